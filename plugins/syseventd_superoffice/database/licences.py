"""The rows about licences as the WebAPI's ExtendedLicenseInfo. Pure.

The database keeps what holds now. What waits at the licence server to be activated, and whether
it can be, is nowhere in it: `New`, `CanBeActivated` and `Reason` are missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Row: TypeAlias = Mapping[str, Any]

VENDOR = "SUPEROFFICE"
SITE = "SiteLicense"


def extended_licences(
    company: Row,
    owners: Sequence[Row],
    modules: Sequence[Row],
    by_users: Mapping[int, int],
    by_satellites: Mapping[int, int] | None,
) -> list[dict[str, Any]]:
    """One ExtendedLicenseInfo for each owner.

    `by_users` and `by_satellites` count the licences in use by a module's id; None where that
    can't be read.
    """
    entries = []
    for owner in owners:
        name = owner["OwnerName"]
        own = [row for row in modules if row["owner"] == owner["id"]]
        current = {**_whole(company), **_without_ids(owner)}
        current["ModuleLicenses"] = [_module(name, row) for row in own]
        entries.append(
            {
                "Current": current,
                "ExtendedModuleLicenses": [
                    _extended(name, row, _in_use(row, by_users, by_satellites)) for row in own
                ],
            }
        )
    return entries


def licence_status(company: Row, owners: Sequence[Row]) -> dict[str, Any] | None:
    """UserAndInstallationLicenceStatus without its users; None without a licence of the vendor's.

    The company is the one that this database says it is.
    """
    vendors = [row for row in owners if str(row["OwnerName"]).strip().upper().startswith(VENDOR)]
    if not vendors:
        return None
    # An add-on's owner may be called after the vendor; its name is longer then.
    own = min(vendors, key=lambda row: len(row["OwnerName"]))
    dates = {name: own[name] for name in ("AdminWarningDate", "ExpiryDate", "GraceDate")}
    return {**dates, **_named(company, "dbContactName")}


def _whole(company: Row) -> dict[str, Any]:
    return _named(company, "ownerContactName")


def _named(company: Row, column: str) -> dict[str, Any]:
    """Whose licence it is, as far as that can be read."""
    told = {"CompanyName": company.get(column), "SerialNr": company.get("serialNo")}
    return {name: text for name, text in told.items() if text is not None}


def _without_ids(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("id", "owner")}


def _module(owner: str, row: Row) -> dict[str, Any]:
    return {"OwnerName": owner, **_without_ids(row)}


def _in_use(
    row: Row, by_users: Mapping[int, int], by_satellites: Mapping[int, int] | None
) -> int | None:
    """How many licences of a module are in use; None where nothing tells.

    One for the whole site is given to nobody: without a link, whether it is used is unknown.
    """
    if by_satellites is None and row["LicenseType"] == "SatelliteLicense":
        return None
    count = by_users.get(row["id"], 0) + (by_satellites or {}).get(row["id"], 0)
    return None if not count and row["LicenseType"] == SITE else count


def _extended(owner: str, row: Row, in_use: int | None) -> dict[str, Any]:
    total = row["NumberOfLicenses"]
    entry = {
        "Current": _module(owner, row),
        "NumberOfLicensesInUse": in_use,
        "NumberOfLicensesTotal": total,
    }
    if in_use is not None and isinstance(total, int):
        entry["NumberOfLicensesFree"] = max(0, total - in_use)
    return entry

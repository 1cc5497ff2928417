"""Licences: what holds, what waits, and what the licence server says."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from syseventd_superoffice.simulator.carriers import with_rights
from syseventd_superoffice.simulator.dates import NO_DATE
from syseventd_superoffice.simulator.licensing import REASON
from syseventd_superoffice.simulator.reading import Reading
from syseventd_superoffice.simulator.vocabulary import NO_TEXT
from syseventd_superoffice.simulator.world import Holding, Licence, Module, PlanLimit, State

NO_SIGNATURE = "(simulated)"
NO_BYTES = base64.b64encode(b"(simulated)").decode("ascii")
ADDRESS = "https://licence.example/simulated"


def extended(holding: Holding, reading: Reading) -> dict[str, Any]:
    """ExtendedLicenseInfo: the licence that holds, and the one that waits."""
    waiting = holding.waiting
    return {
        "Reason": reading.say(REASON if holding.overused else NO_TEXT),
        "CanBeActivated": waiting is not None and not holding.overused,
        "New": None if waiting is None else _licence(waiting, reading),
        "Current": _licence(holding.current, reading),
        "ExtendedModuleLicenses": list(_modules(holding, reading)),
        "AccumulatedNextCheckDate": reading.day(holding.current.next_check),
    }


def _licence(licence: Licence, reading: Reading) -> dict[str, Any]:
    return {
        "CompanyName": licence.company,
        "SerialNr": licence.serial,
        "OwnerName": licence.owner,
        "OwnerDescription": licence.description,
        "NextCheckDate": _nullable(licence.next_check, reading),
        "MaintenanceDate": reading.day(licence.maintenance),
        "AdminWarningDate": _nullable(licence.admin_warning, reading),
        "ExpiryDate": reading.day(licence.expires),
        "GraceDate": reading.day(licence.grace),
        "ExtraFlags": 0,
        "ExtraInfo": None,
        "LicenseUrl": ADDRESS,
        "LicenseVersion": licence.version,
        "DeploymentType": 1,
        "ProductType": None,
        "ProductDescription": licence.product,
        "ModuleLicenses": [_module(licence.owner, module, reading) for module in licence.modules],
        "PublicKey": _public_key(licence.owner, reading),
        "Signature": NO_SIGNATURE,
    }


def _nullable(days: int | None, reading: Reading) -> str | None:
    """A date whose column may be empty: then null, where others have their least date."""
    return None if days is None else reading.day(days)


def _public_key(owner: str, reading: Reading) -> dict[str, Any]:
    """A key of no use, in the vendor's shape."""
    return {
        "OwnerName": owner,
        "SignDate": reading.day(-353),
        "ExpiryDate": NO_DATE,
        "Key": {**dict.fromkeys(("P", "Q", "G", "Y", "J", "Seed"), NO_BYTES), "Counter": 0},
        "Signature": NO_SIGNATURE,
    }


def _module(owner: str, module: Module, reading: Reading) -> dict[str, Any]:
    return {
        "OwnerName": owner,
        "ModuleName": module.name,
        "ModuleDescription": module.description,
        "ModuleTooltip": module.description,
        "ModuleVersion": None,
        "LicenseType": reading.word(module.type),
        "Unrestricted": module.unrestricted,
        "AllowedUserType": 1 if reading.number_enums else "InternalAssociate",
        "NumberOfLicenses": module.seats,
        "ExtraFlags": 0,
        "ExtraInfo": None,
        "SortOrder": None,
        "IsHidden": module.hidden,
        "PrerequisiteModuleName": module.prerequisite,
        "Signature": NO_SIGNATURE,
    }


def _modules(holding: Holding, reading: Reading) -> Iterator[dict[str, Any]]:
    """ExtendedModuleLicense of each module that holds or waits: old and new side by side."""
    old = {module.name: module for module in holding.current.modules}
    new = {module.name: module for module in (holding.waiting.modules if holding.waiting else ())}
    owner = holding.current.owner
    for name in {**old, **new}:
        now, then = old.get(name), new.get(name)
        total = 0 if now is None else now.seats
        coming = 0 if then is None else then.seats
        used = holding.in_use.get(name, 0)
        yield {
            "New": None if then is None else _module(owner, then, reading),
            "Current": None if now is None else _module(owner, now, reading),
            "NumberOfLicensesInUse": used,
            "NumberOfLicensesFree": max(0, total - used),
            "NumberOfLicensesAdded": coming - total if holding.waiting else 0,
            "NumberOfLicensesNewTotal": coming,
            "NumberOfLicensesNewFree": max(0, coming - used),
            "NumberOfLicensesTotal": total,
        }


def server_status(holding: Holding, reading: Reading) -> dict[str, Any]:
    """CheckLicenseStatusResult."""
    return {
        "LicenseStatus": reading.word(holding.status),
        "Message": reading.say(holding.answer),
        "Url": ADDRESS,
    }


def result(succeeded: bool, reason: str = "") -> dict[str, Any]:
    """LicenseResult."""
    return with_rights({"Succeeded": succeeded, "Reason": reason})


def installation_status(state: State, reading: Reading) -> dict[str, Any]:
    """UserAndInstallationLicenceStatus: the dates of the vendor's own licence."""
    licence = state.holdings[0].current
    return {
        "AdminWarningDate": reading.day(licence.admin_warning),
        "ExpiryDate": reading.day(licence.expires),
        "GraceDate": reading.day(licence.grace),
        "CompanyName": state.company,
        "SerialNr": state.serial,
        "UserLicenses": [m.name for m in licence.modules if not m.unrestricted],
    }


def plan_limit(limit: PlanLimit, reading: Reading) -> dict[str, Any]:
    """FencingInfo: filled when the limit is near or reached."""
    near = limit.near
    message = {
        "en": f"{limit.active} of {limit.maximum} active projects (simulated)",
        "sv": f"{limit.active} av {limit.maximum} aktiva projekt (simulerat)",
    }
    return with_rights(
        {
            "ActiveCount": limit.active if near else 0,
            "Maximum": limit.maximum if near else 0,
            "IsNearingMaximum": near,
            "HasReachedMaximum": limit.reached,
            "WarningMessage": reading.say(message) if near else "",
            "WarningTooltip": reading.say(message) if near else "",
        }
    )

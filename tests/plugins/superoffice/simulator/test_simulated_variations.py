"""An installation that answers otherwise, where the vendor leaves open how it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from syseventd_superoffice.simulator.dates import Zones
from syseventd_superoffice.simulator.variations import NEW_FIELD, Variations

EVENTS = "/api/v1/SystemEvent"
LICENCE = "/api/v1/License/EXAMPLEADDON (simulated)"
DATE = re.compile(r"\d{4}-\d\d-\d\dT")


@pytest.fixture
def varied(new_crm: Any) -> Any:
    """Makes an installation with these variations, in Norway, two minutes into its story."""

    def make(**variations: Any) -> Any:
        crm = new_crm("NO", variations=Variations(**variations))
        crm.clock.move(120)
        return crm

    return make


def dates(value: Any) -> Iterator[str]:
    """All dates in an answer."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from dates(item)
    elif isinstance(value, str) and DATE.match(value):
        yield value


def test_keys_can_be_numbers(varied: Any) -> None:
    """As in the vendor's generated samples."""
    for row in varied(number_keys=True).rows():
        assert row["PrimaryKey"] == row["SystemEvent_id"]


def test_links_can_be_missing(varied: Any) -> None:
    """Then a page that is full is all that tells that there may be more."""
    for next_links in (True, False):
        answer = varied(next_links=next_links).ask(EVENTS, {"$top": "2"}).json
        assert (answer["odata.nextLink"] is not None) is next_links
        assert len(answer["value"]) == 2


@pytest.mark.parametrize(
    ("zones", "header", "local", "utc"),
    [
        (Zones.NONE, "UTC, includeTZOffset", "2026-07-01T12:03:00", "2026-07-01T12:00:00"),
        (Zones.Z, "NO", "2026-07-01T12:03:00Z", "2026-07-01T12:00:00Z"),
        (Zones.OFFSET, "NO", "2026-07-01T14:03:00+02:00", "2026-07-01T12:00:00+00:00"),
        (None, "NO, includeTZOffset", "2026-07-01T14:03:00+02:00", "2026-07-01T12:00:00+00:00"),
    ],
)
def test_dates_can_disregard_what_was_asked_for(
    varied: Any, zones: Zones | None, header: str, local: str, utc: str
) -> None:
    """Without a zone, as UTC with a Z, or with an offset, whatever the header says."""
    row = varied(zones=zones).rows(SO_TimeZone=header)[0]
    assert (row["eta"], row["registered"]) == (local, utc)


def test_dates_can_have_seven_digits(varied: Any) -> None:
    """In every answer."""
    crm = varied(fractions=True, zones=Zones.Z, no_date=None)
    for answer in (crm.ask(EVENTS), crm.ask(LICENCE), crm.ask("/api/v1/BatchTask")):
        found = [date for date in dates(answer.json) if not date.startswith("0001")]
        assert found
        assert all(re.fullmatch(r".{19}\.\d{7}Z", date) for date in found)


@pytest.mark.parametrize("no_date", [None, "0001-01-01T00:00:00Z", "1760-01-01T00:00:00"])
def test_no_date_can_be_written_otherwise(varied: Any, no_date: str | None) -> None:
    """As null, with a zone, or as a year of long ago."""
    crm = varied(no_date=no_date)
    assert crm.ask(LICENCE).json["Current"]["ExpiryDate"] == no_date
    message = next(row for row in crm.rows() if row["scope"] == 3)
    assert message["eta"] == no_date


def test_words_can_be_numbers(varied: Any) -> None:
    """Wherever the vendor has a number for them."""
    crm = varied(number_enums=True)
    event = crm.ask(f"{EVENTS}/101").json
    assert (event["Scope"], event["ActivatedBy"]["Type"]) == (2, 1)
    assert crm.ask(f"{EVENTS}/default").json["Scope"] == 0
    module = crm.ask(LICENCE).json["Current"]["ModuleLicenses"][0]
    assert (module["LicenseType"], module["AllowedUserType"]) == (3, 1)
    assert crm.ask("/api/v1/BatchTask/101").json["State"] == 3
    assert crm.ask("/api/v1/User/currentPrincipal").json["RoleType"] == 0
    assert crm.call("FreeText/GetStatus")["SingleWordOperator"] == 1
    status = crm.call(
        "License/GetLicenseStatusFromLicenseServer", {"OwnerName": "EXAMPLEROUTES (simulated)"}
    )
    assert status["LicenseStatus"] == 100
    assert crm.call("Diagnostics/GetSystemMessages", {"AssociateId": 0})[0]["Type"] == 2


def test_fields_can_come_that_nobody_described(varied: Any) -> None:
    """In rows, in objects, and in the objects within; an empty object stays empty."""
    crm = varied(new_fields=True)
    assert all(NEW_FIELD in row for row in crm.rows())
    licence = crm.ask(LICENCE).json
    assert NEW_FIELD in licence["Current"]["ModuleLicenses"][0]
    assert crm.call("FreeText/GetStatus")["FieldProperties"] == {}


def test_fields_and_columns_can_be_missing(varied: Any) -> None:
    """Even those that were asked for."""
    crm = varied(missing=frozenset({"status", "type", "CompanyName"}))
    row = crm.rows({"$select": "eventname,status,type"})[0]
    assert set(row) == {"PrimaryKey", "EntityName", "eventname"}
    assert "CompanyName" not in crm.ask(LICENCE).json["Current"]


def test_by_default_nothing_is_changed(varied: Any) -> None:
    """The very object is handed on."""
    value = {"a": [1, {"b": None, "PrimaryKey": "7"}], "c": {}}
    assert Variations().apply(value) is value

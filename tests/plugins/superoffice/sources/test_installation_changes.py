"""What changed of an installation is told once, for a day."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd import (
    Observation,
    Snapshot,
    Unreachable,
)
from syseventd_superoffice.installation import InstallationSettings
from syseventd_superoffice.installation.source import Installation

NOW = 1_790_000_000.0

VERSIONS = {"NetServerVersion": "11.10.721.0", "NetServerLabel": "Stable", "Version": "v1"}

STATUS = {"CompanyName": "Example Ltd", "SerialNr": "1010000006"}

DATABASE = {
    "company": {
        "version": 1012,
        "revision": 3,
        "ownerContactName": "Example Ltd",
        "dbContactName": "Example Sales",
        "serialNo": "1010000006",
    },
    "travelcurrent": {"systemlevel": 10, "current_id": 0},
    "satellite": [{"satellite_id": 16777216}],
    "productversion": [{"version": "11.9"}, {"version": "11.10"}],
    "databaseType": "Microsoft SQL Server 2022",
}


def source(installation: Any, now: float = NOW, **settings: object) -> Installation:
    written = InstallationSettings.model_validate(settings)
    return Installation(installation.connection, written, clock=lambda: now)


def probe(installation: Any, now: float = NOW, memory: Any = None) -> Snapshot:
    snapshot = installation.probe(source(installation, now), memory or {})
    assert isinstance(snapshot, Snapshot)
    return snapshot


def changed(installation: Any, before: dict[str, Any], after: dict[str, Any]) -> list[Observation]:
    """What is told when an installation that answered `before` answers `after`."""
    installation.answers(**before)
    first = probe(installation)
    assert first.observations == ()
    installation.answers(**after)
    return list(probe(installation, NOW + 300, first.memory).observations)


def test_a_new_version_is_told(installation: Any) -> None:
    """From which to which, once, for a day."""
    after = VERSIONS | {"NetServerVersion": "11.11.1.0"}
    [event] = changed(installation, {"versions": VERSIONS}, {"versions": after})
    assert (event.kind, event.activated_at) == ("version-changed", NOW + 300)
    assert event.message == "from 11.10.721.0 to 11.11.1.0"
    assert dict(event.details) == {"From": "11.10.721.0", "To": "11.11.1.0"}


@pytest.mark.parametrize(
    ("field", "kind"), [("SerialNr", "serial-changed"), ("CompanyName", "company-changed")]
)
def test_a_new_owner_is_told(installation: Any, field: str, kind: str) -> None:
    """Serial number and company name, each by itself."""
    before = {"versions": VERSIONS, "licence_status": STATUS}
    after = {"licence_status": STATUS | {field: "Other"}}
    [event] = changed(installation, before, after)
    assert event.kind == kind


def test_another_teller_is_no_change(installation: Any) -> None:
    """What the database calls the company is not compared with what the licence calls it."""
    before = {"versions": VERSIONS, "licence_status": STATUS | {"CompanyName": "EXAMPLE"}}
    assert changed(installation, before, {"database": DATABASE}) == []


def test_two_tellers_tell_a_change_once(installation: Any) -> None:
    """Where a failure makes another part the first that knows, nothing is told again."""
    both = {"versions": VERSIONS, "database": DATABASE}
    new = VERSIONS | {"NetServerVersion": "12"}
    rows = DATABASE | {"productversion": [{"version": "12"}]}
    [event] = changed(installation, both, {"versions": new, "database": rows})
    assert event.message == "from 11.10.721.0 to 12"


def test_satellites_that_come_and_go_are_told(installation: Any) -> None:
    """By their numbers, each once."""
    other = DATABASE | {"satellite": [{"satellite_id": 33554432}]}
    events = changed(installation, {"database": DATABASE}, {"database": other})
    assert [(e.kind, e.message) for e in events] == [
        ("satellite-added", "Satellite 33554432"),
        ("satellite-removed", "Satellite 16777216"),
    ]


@pytest.mark.parametrize(
    "satellites", [None, "x", [7], [{"satellite_id": None}], [{"satellite_id": "x"}]]
)
def test_satellites_that_can_not_be_read_are_not_removed(
    installation: Any, satellites: object
) -> None:
    """A row that can't be read may be any of them."""
    after = {"database": DATABASE | {"satellite": satellites}}
    assert changed(installation, {"database": DATABASE}, after) == []


def test_a_database_that_fails_removes_no_satellites(installation: Any) -> None:
    """What was not seen is remembered as it was."""
    installation.answers(versions=VERSIONS, database=DATABASE)
    first = probe(installation)
    installation.answers(database=Unreachable("crm", "no route"))
    failed = probe(installation, NOW + 1, first.memory)
    installation.answers(database=DATABASE | {"satellite": []})
    [event] = probe(installation, NOW + 2, failed.memory).observations
    assert event.kind == "satellite-removed"

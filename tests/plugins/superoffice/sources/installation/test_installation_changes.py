"""What changed of an installation is told once, for a day."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd import Unreachable

NOW = 1_790_000_000.0


def test_a_new_version_is_told(versions: Any, watch: Any) -> None:
    """From which to which, once, for a day."""
    after = versions | {"NetServerVersion": "11.11.1.0"}
    [event] = watch.changed({"versions": versions}, {"versions": after})
    assert (event.kind, event.activated_at) == ("version-changed", NOW + 300)
    assert event.message == "from 11.10.721.0 to 11.11.1.0"
    assert dict(event.details) == {"From": "11.10.721.0", "To": "11.11.1.0"}


@pytest.mark.parametrize(
    ("field", "kind"), [("SerialNr", "serial-changed"), ("CompanyName", "company-changed")]
)
def test_a_new_owner_is_told(
    licence_status: Any, versions: Any, watch: Any, field: str, kind: str
) -> None:
    """Serial number and company name, each by itself."""
    before = {"versions": versions, "licence_status": licence_status}
    after = {"licence_status": licence_status | {field: "Other"}}
    [event] = watch.changed(before, after)
    assert event.kind == kind


def test_another_teller_is_no_change(
    database: Any, licence_status: Any, versions: Any, watch: Any
) -> None:
    """What the database calls the company is not compared with what the licence calls it."""
    before = {"versions": versions, "licence_status": licence_status | {"CompanyName": "EXAMPLE"}}
    assert watch.changed(before, {"database": database}) == []


def test_two_tellers_tell_a_change_once(database: Any, versions: Any, watch: Any) -> None:
    """Where a failure makes another part the first that knows, nothing is told again."""
    both = {"versions": versions, "database": database}
    new = versions | {"NetServerVersion": "12"}
    rows = database | {"productversion": [{"version": "12"}]}
    [event] = watch.changed(both, {"versions": new, "database": rows})
    assert event.message == "from 11.10.721.0 to 12"


def test_satellites_that_come_and_go_are_told(database: Any, watch: Any) -> None:
    """By their numbers, each once."""
    other = database | {"satellite": [{"satellite_id": 33554432}]}
    events = watch.changed({"database": database}, {"database": other})
    assert [(e.kind, e.message) for e in events] == [
        ("satellite-added", "Satellite 33554432"),
        ("satellite-removed", "Satellite 16777216"),
    ]


@pytest.mark.parametrize(
    "satellites", [None, "x", [7], [{"satellite_id": None}], [{"satellite_id": "x"}]]
)
def test_satellites_that_can_not_be_read_are_not_removed(
    database: Any, watch: Any, satellites: object
) -> None:
    """A row that can't be read may be any of them."""
    after = {"database": database | {"satellite": satellites}}
    assert watch.changed({"database": database}, after) == []


def test_a_database_that_fails_removes_no_satellites(
    database: Any, versions: Any, watch: Any
) -> None:
    """What was not seen is remembered as it was."""
    watch.answers(versions=versions, database=database)
    first = watch.probe()
    watch.answers(database=Unreachable("crm", "no route"))
    failed = watch.probe(NOW + 1, first.memory)
    watch.answers(database=database | {"satellite": []})
    [event] = watch.probe(NOW + 2, failed.memory).observations
    assert event.kind == "satellite-removed"

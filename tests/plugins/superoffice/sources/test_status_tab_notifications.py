"""The part System notifications of the Status tab: the list that SuperOffice shows there."""

from __future__ import annotations

from typing import Any

from syseventd import Event, Observation, Snapshot, SourceId, Target
from syseventd.interface import Table, TargetView
from syseventd_superoffice import status_tab

NOON = 1_785_585_600.0
"""2026-08-01 12:00 UTC."""


def drawn(*events: Event, **snapshots: Snapshot) -> Table:
    target = Target("crm", "superoffice", None)
    _, table = status_tab.tables(TargetView(target, events, snapshots))
    assert all(len(row) == len(table.headings) for row in table.rows)
    return table


def event(kind: str, source: str = "system-events", number: int = 1, **seen: Any) -> Event:
    observation = Observation(f"{kind}-{number}", kind, seen.pop("name", kind), **seen)
    return Event(number, SourceId("crm", source), observation, NOON)


def test_the_columns_of_the_list() -> None:
    """All that SuperOffice's own list shows of an event."""
    table = drawn(
        event(
            "no-login",
            name="No Login",
            status="Active",
            message="Back at two",
            activated_at=NOON,
            activated_by="Mona Toring",
            expected_end=NOON + 7200,
            details=(("Type", "Whole system"), ("User ID", "MONA")),
        )
    )
    assert table.caption == "System notifications"
    assert dict(zip(table.headings, table.rows[0], strict=True)) == {
        "Event": "No Login",
        "Status": "Active",
        "Message": "Back at two",
        "Activated": "2026-08-01 12:00 UTC",
        "Activated by": "Mona Toring (MONA)",
        "Finished": "2026-08-01 14:00 UTC",
        "Type": "Whole system",
    }


def test_what_is_not_known_is_left_empty() -> None:
    """An event that says little has the state in which we see it; who is known by an ID alone."""
    [row] = drawn(event("import", "imports", scope="database", details=(("User ID", "X"),))).rows
    assert row == ("import", "active", "", "", "X", "", "database")
    [row] = drawn(event("no-login", activated_by="X", details=(("User ID", "X"),))).rows
    assert row[4] == "X"
    [row] = drawn(event("no-login", activated_by="Mona Toring")).rows
    assert row[4] == "Mona Toring"


def test_who_reports_it_does_not_count() -> None:
    """Rebuilds and imports stand in the list; other events are no system events."""
    table = drawn(
        event("freetext-rebuild", "freetext", 1, activated_at=NOON),
        event("saint-rebuild", "saint", 2, activated_at=NOON + 60),
        event("batch-task", "imports", 3),
        event("licence-expiry", "licences", 4),
        event("system-event", number=5, activated_at=NOON - 60),
    )
    assert [row[0] for row in table.rows] == ["saint-rebuild", "freetext-rebuild", "system-event"]


def test_an_empty_list_says_so() -> None:
    """Once it was read: before that, nobody knows."""
    assert drawn().rows == ()
    [row] = drawn(**{"system-events": Snapshot()}).rows
    assert row[0] == "none is active"

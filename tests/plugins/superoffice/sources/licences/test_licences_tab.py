"""The tab `licences`: what SuperOffice's own Licences screen says, and how many days are left."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pytest

from syseventd import NEVER, Expiry, Seats, Snapshot, Target
from syseventd.interface import Share, Table, TargetView
from syseventd_superoffice.licences import tables

DAY = 86400.0
NOW = 20_000 * DAY


def drawn(snapshot: Snapshot | None = None, events: Any = (), now: Any = NOW) -> Sequence[Table]:
    target: Any = Target("crm", "superoffice", None)
    snapshots = {} if snapshot is None else {"licences": snapshot}
    return tables(TargetView(target, tuple(events), snapshots), now)


def filled(table: Table) -> list[dict[str, Any]]:
    """The cells of each row by their headings; empty ones are left out."""
    assert all(len(row) == len(table.headings) for row in table.rows)
    rows = (zip(table.headings, row, strict=True) for row in table.rows)
    return [{heading: cell for heading, cell in row if cell} for row in rows]


SNAPSHOT = Snapshot(
    expiries=(
        Expiry("licence", "A", NOW + 10 * DAY, subject="Example AB", serial="1010000006"),
        Expiry("grace", "A", NOW + DAY),
        Expiry("maintenance", "A", NOW),
        Expiry("next_check", "A", NOW - DAY),
        Expiry("licence", "B", NEVER),
    ),
    seats=(
        Seats("A", "user", 3, 10, "User"),
        Seats("A", "web", None, None),
        Seats("A", "blind", None, 7),
        Seats("A", "sales", 10, 10),
        Seats("A", "service", 12, 10),
        Seats("A", "server", 1, 1),
        Seats("LATER", "x", 0, 1),
    ),
    facts={"licence data": "every owner, with seats", "licence server (A)": "up to date"},
)


def test_every_owner_with_its_dates() -> None:
    """One row an owner, under what can be read of them."""
    owners, *_ = drawn(SNAPSHOT)
    assert owners.caption == "What can be read: every owner, with seats"
    assert filled(owners) == [
        {
            "Owner": "A",
            "Issued to": "Example AB, 1010000006",
            "Expires": "2024-10-14 (10 days left)",
            "Grace until": "2024-10-05 (1 day left)",
            "Maintenance until": "2024-10-04 (today)",
            "Next check": "2024-10-03 (1 day ago)",
            "Licence server": "up to date",
        },
        {"Owner": "B", "Expires": "never"},
        {"Owner": "LATER"},
    ]


def test_every_owners_licences_with_what_is_left() -> None:
    """The columns of the vendor's screen, and how much is in use; of a site's nothing runs out."""
    _, first, second, third = drawn(SNAPSHOT)
    assert [table.caption for table in (first, second, third)] == ["A", "B", "LATER"]
    assert first.headings == ("Licence", "Module", "In use", "Available", "Total", "Use")
    assert first.rows == (
        ("User", "user", "3", "7", "10", Share(0.3)),
        ("web", "web", "unknown", "unlimited", "unlimited", ""),
        ("blind", "blind", "unknown", "unknown", "7", ""),
        ("sales", "sales", "10", "0", "10", Share(1.0, "all in use")),
        ("service", "service", "12", "0", "10", Share(1.2, "over the limit")),
        ("server", "server", "1", "0", "1", ""),
    )
    assert second.rows == ()
    assert filled(third)[0]["Available"] == "1"
    assert first.numbers == {"In use", "Available", "Total"}


def test_facts_that_it_tells_need_not_stand_elsewhere() -> None:
    """Of the licence server, and how much can be read."""
    owners, *_ = drawn(SNAPSHOT)
    assert {"licence data", "licence server (A)", "licence server (B)"} <= owners.facts


def test_what_waits_and_what_the_server_says(watch: Any, entry: Any, module: Any) -> None:
    """The owner's row tells what waits and what the licence server said."""
    waiting = entry("SUPEROFFICE", module("web", 3, 10, new=20), New={}, Reason="Not paid")
    watch.probe("2026-11-01", waiting, entry("B", New={}))
    owners, *_ = drawn(watch.snapshot, watch.known.events.values(), NOW)
    first, other = filled(owners)
    assert first["Waiting licence"] == "can't be activated: Not paid. Web: 10 → 20"
    assert first["Licence server"] == "can't be asked here"
    assert other["Waiting licence"] == "can't be activated"


def test_before_the_first_probe() -> None:
    """Nothing is known yet, and nothing is shown."""
    assert [table.rows for table in drawn()] == [()]


@pytest.mark.parametrize("days", [-3, 4])
def test_days_are_counted_from_today(days: int) -> None:
    """Without a time the present counts."""
    snapshot = Snapshot(expiries=(Expiry("licence", "A", time.time() + days * DAY),))
    [row] = filled(drawn(snapshot, now=None)[0])
    assert f"({abs(days)} days {'left' if days > 0 else 'ago'})" in row["Expires"]

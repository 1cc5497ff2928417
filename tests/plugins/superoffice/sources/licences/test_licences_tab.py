"""The tab `licences`: what SuperOffice's own Licences screen says, and how many days are left."""

from __future__ import annotations

import time
from typing import Any

import pytest

from syseventd import NEVER, Expiry, Seats, Snapshot, Target
from syseventd.interface import TargetView
from syseventd_superoffice.licences import table

DAY = 86400.0
NOW = 20_000 * DAY


def rows(snapshot: Snapshot | None = None, events: Any = (), now: Any = NOW) -> Any:
    target: Any = Target("crm", "superoffice", None)
    snapshots = {} if snapshot is None else {"licences": snapshot}
    drawn = table(TargetView(target, tuple(events), snapshots), now)
    assert all(len(row) == len(drawn.headings) for row in drawn.rows)
    return [dict(zip(drawn.headings, row, strict=True)) for row in drawn.rows]


def filled(row: dict[str, str]) -> dict[str, str]:
    return {heading: text for heading, text in row.items() if text}


def test_owners_with_their_dates_and_seats() -> None:
    """Each owner with its dates, and below it its licences with their seats."""
    snapshot = Snapshot(
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
            Seats("LATER", "x", 0, 1),
        ),
    )
    assert [filled(row) for row in rows(snapshot)] == [
        {
            "Owner": "A",
            "Licence": "Example AB, 1010000006",
            "Expires": "2024-10-14 (10 days left)",
            "Grace until": "2024-10-05 (1 day left)",
            "Maintenance until": "2024-10-04 (today)",
            "Next check": "2024-10-03 (1 day ago)",
        },
        {"Owner": "A", "Licence": "User", "In use": "3", "Total": "10"},
        {"Owner": "A", "Licence": "web", "In use": "unknown", "Total": "unlimited"},
        {"Owner": "B", "Expires": "never"},
        {"Owner": "LATER"},
        {"Owner": "LATER", "Licence": "x", "In use": "0", "Total": "1"},
    ]


def test_what_waits_what_the_server_says_and_the_plan(watch: Any, entry: Any, module: Any) -> None:
    """The owner's row tells what waits and what the licence server said; the plan comes last."""
    watch.installation.answers(plan_limit={"ActiveCount": 91, "Maximum": 100})
    waiting = entry("SUPEROFFICE", module("web", 3, 10, new=20), New={}, Reason="Not paid")
    watch.probe("2026-11-01", waiting, entry("B", New={}))
    first, seats, other, plan = rows(watch.snapshot, watch.known.events.values(), NOW)
    assert first["Waiting licence"] == ("can't be activated: Not paid. Web: 10 → 20")
    assert first["Licence server"] == "can't be asked here"
    assert other["Waiting licence"] == "can't be activated"
    assert seats["Waiting licence"] == ""
    assert filled(plan) == {"Licence": "Limit of the plan", "In use": "91", "Total": "100"}


def test_before_the_first_probe() -> None:
    """Nothing is known yet, and nothing is shown."""
    assert rows() == []


@pytest.mark.parametrize("days", [-3, 4])
def test_days_are_counted_from_today(days: int) -> None:
    """Without a time the present counts."""
    snapshot = Snapshot(expiries=(Expiry("licence", "A", time.time() + days * DAY),))
    [row] = rows(snapshot, now=None)
    assert f"({abs(days)} days {'left' if days > 0 else 'ago'})" in row["Expires"]

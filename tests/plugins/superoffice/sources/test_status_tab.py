"""The tabs that show what SuperOffice's own Status tab shows."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd import (
    NEVER,
    Event,
    Expiry,
    Measurement,
    Meter,
    Observation,
    Snapshot,
    SourceId,
)
from syseventd.interface import TargetView
from syseventd_superoffice import metered_tab, status_tab

DAY = 86400.0


def status(**snapshots: Snapshot) -> dict[str, str]:
    target: Any = None
    table = status_tab.table(TargetView(target, (), snapshots))
    assert all(len(row) == len(table.headings) for row in table.rows)
    return dict(table.rows)  # type: ignore[arg-type]


def test_the_database_part() -> None:
    """The rows of the vendor's screen, in its order, from whichever source knows them."""
    rows = status(
        installation=Snapshot(
            facts={
                "company": "Example Ltd",
                "serial": "1010000006",
                "database_type": "Microsoft SQL Server 2022",
                "installation_type": "central",
                "logged_in_as": "Mona Toring (monitor)",
                "plan": "Growth",
                "restrictions": "97 of 100",
                "version": "11.10",
            }
        ),
        licences=Snapshot(
            expiries=(
                Expiry("licence", "SUPEROFFICE", 20_000 * DAY),
                Expiry("grace", "SUPEROFFICE", 10_000 * DAY),
                Expiry("licence", "ADDON", NEVER),
            ),
            facts={"subscription": "SuperOffice CRM Suite"},
        ),
        tenant=Snapshot(facts={"tenant_state": "Running"}),
    )
    assert list(rows.items()) == [
        ("Owner", "Example Ltd"),
        ("Serial number", "1010000006"),
        ("Subscription", "SuperOffice CRM Suite"),
        ("Type", "Microsoft SQL Server 2022"),
        ("Central or satellite", "central"),
        ("Next expiry date", "2024-10-04 (SUPEROFFICE)"),
        ("User logged in", "Mona Toring (monitor)"),
        ("Plan", "Growth"),
        ("Restrictions", "97 of 100"),
        ("Version", "11.10"),
        ("Tenant's state", "Running"),
    ]


def test_what_nobody_knows_has_no_row() -> None:
    """Before the first probe, or where a source is off, nothing is made up."""
    assert status() == {}
    assert status(installation=Snapshot(facts={"version": "11.10"})) == {"Version": "11.10"}


def test_licences_that_never_expire() -> None:
    """Never is an answer."""
    never = Snapshot(expiries=(Expiry("licence", "SUPEROFFICE", NEVER),))
    assert status(licences=never) == {"Next expiry date": "never"}


def test_the_installation_knows_best() -> None:
    """Where two sources differ, the one that asks what an installation is is shown."""
    rows = status(
        installation=Snapshot(facts={"company": "New Ltd"}),
        licences=Snapshot(facts={"company": "Old Ltd"}),
    )
    assert rows["Owner"] == "New Ltd"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("plan-limit-near", "97 of 100, nearly reached"),
        ("plan-limit-reached", "97 of 100, reached"),
        ("licence-expiry", "97 of 100"),
    ],
)
def test_the_plans_limit(kind: str, said: str) -> None:
    """How many of how many, and whether the installation calls that near, or reached."""
    target: Any = None
    event = Event(1, SourceId("crm", "licences"), Observation("plan", kind, "Plan"), 0.0)
    snapshots = {"licences": Snapshot(facts={"plan limit": "97 of 100"})}
    table = status_tab.table(TargetView(target, (event,), snapshots))
    assert table.rows == (("Limit of the plan", said),)


def metered(snapshot: Snapshot | None = None) -> list[tuple[str, ...]]:
    target: Any = None
    snapshots = {} if snapshot is None else {"metered": snapshot}
    table = metered_tab.table(TargetView(target, (), snapshots))
    assert all(len(row) == len(table.headings) for row in table.rows)
    return list(table.rows)


def test_the_metered_services() -> None:
    """Used, threshold, share, and what the month comes to; storage in GB."""
    snapshot = Snapshot(
        meters=(
            Meter("storage_bytes", 40e9, 50e9, "Storage space used", estimated=True),
            Meter("chats", 900, 1_500, "Chat sessions started", estimated=True),
        ),
        measurements=(Measurement("metered_expected_ratio", 1.2, "chats"),),
        observations=(
            Observation(
                "metered-forecast:chats",
                "metered-forecast",
                "Chat sessions started",
                details=(("Passed on", "2026-11-26"),),
            ),
        ),
    )
    assert metered(snapshot) == [
        ("Storage space used", "40.0 GB", "50.0 GB", "80%", "", ""),
        ("Chat sessions started", "900", "1,500", "60%", "1,800", "2026-11-26"),
    ]


@pytest.mark.parametrize("snapshot", [None, Snapshot()])
def test_before_anything_was_counted(snapshot: Snapshot | None) -> None:
    """There is no row."""
    assert metered(snapshot) == []


def test_a_service_without_threshold() -> None:
    """It says that none is configured."""
    snapshot = Snapshot(meters=(Meter("forms", 5, None, "Form submissions"),))
    assert metered(snapshot) == [("Form submissions", "5", "not configured", "", "", "")]

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
    Problem,
    Snapshot,
    SourceId,
    Target,
)
from syseventd.interface import Cell, Share, TargetView
from syseventd_superoffice import metered_tab, status_tab
from syseventd_superoffice.database.settings import DatabaseSettings
from syseventd_superoffice.settings import SuperOfficeSettings

DAY = 86400.0
NOW = 20_000 * DAY - 3600
URL = "https://crm.example.com"
DATABASE: Any = DatabaseSettings.model_construct()


def status(settings: Any = None, **snapshots: Snapshot) -> dict[str, str]:
    target = Target("crm", "superoffice", settings)
    table = status_tab.table(TargetView(target, (), snapshots), NOW)
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
                "restrictions": "85 of 100 active projects",
                "version": "11.10",
            }
        ),
        licences=Snapshot(
            expiries=(
                Expiry("licence", "SUPEROFFICE", 20_000 * DAY),
                Expiry("grace", "SUPEROFFICE", 10_000 * DAY),
                Expiry("licence", "ADDON", NEVER),
            ),
            facts={
                "subscription": "SuperOffice CRM Suite",
                "plan limit": "97 of 100 active projects",
            },
        ),
        tenant=Snapshot(facts={"tenant_state": "Running"}),
    )
    assert list(rows.items()) == [
        ("Owner", "Example Ltd"),
        ("Serial number", "1010000006"),
        ("Subscription", "SuperOffice CRM Suite"),
        ("Type", "Microsoft SQL Server 2022"),
        ("Central or satellite", "central"),
        ("Next expiry date", "2024-10-04 (1 day left): SUPEROFFICE"),
        ("User logged in", "Mona Toring (monitor)"),
        ("Plan", "Growth"),
        ("Restrictions", "97 of 100 active projects"),
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


def licence(owner: str, days: float, grace: float | None = None) -> tuple[Expiry, ...]:
    """The dates of an owner, in days from the present day."""
    dates = {"licence": days} | ({} if grace is None else {"grace": grace})
    return tuple(Expiry(k, owner, (19_999 + day) * DAY) for k, day in dates.items())


def test_what_has_expired_is_no_next_date() -> None:
    """It is said to have, with its grace; next is what is still to come."""
    dates = (*licence("LATER", 30), *licence("OVER", -3, 9), *licence("SOON", 2))
    assert status(licences=Snapshot(expiries=dates)) == {
        "Expired": "2024-09-30 (3 days ago): OVER; its grace ends 2024-10-12 (9 days left)",
        "Next expiry date": "2024-10-05 (2 days left): SOON",
    }


def test_what_expired_within_the_day_has_expired() -> None:
    """At once, and not a day later."""
    rows = status(licences=Snapshot(expiries=licence("OVER", 0)))
    assert rows == {"Expired": "2024-10-03 (today): OVER"}


def test_nothing_has_expired_with_a_day_left() -> None:
    """Where the licence's midnight comes before the daemon's."""
    end = 20_000 * DAY - 3600  # midnight in Stockholm
    rows = status(licences=Snapshot(expiries=(Expiry("licence", "OVER", end),)))
    assert rows == {"Expired": "2024-10-04 (today): OVER"}


def test_where_all_has_expired_nothing_is_next() -> None:
    """Nor is a grace that is over still to come."""
    rows = status(licences=Snapshot(expiries=licence("OVER", -30, -18)))
    assert rows == {
        "Expired": "2024-09-03 (30 days ago): OVER; its grace ended 2024-09-15 (18 days ago)"
    }
    rows = status(licences=Snapshot(expiries=licence("OVER", -30)))
    assert rows == {"Expired": "2024-09-03 (30 days ago): OVER"}


def test_what_only_the_database_tells_is_said_to_be_missing() -> None:
    """Onsite, and once the installation was asked."""
    told = Snapshot(facts={"version": "11.10"})
    settings = SuperOfficeSettings.model_construct(url=URL)
    rows = status(settings, installation=told)
    why = "not known: the WebAPI does not tell it, only the database does"
    assert (rows["Type"], rows["Central or satellite"]) == (why, why)
    known = Snapshot(facts={"database_type": "Microsoft SQL Server 2022"})
    assert status(settings, installation=known)["Type"] == "Microsoft SQL Server 2022"


def test_a_tenants_database_is_not_ours_to_know() -> None:
    """The rows stand there, and say so."""
    told = Snapshot(facts={"version": "11.10"})
    settings = SuperOfficeSettings.model_construct(tenant="Cust12345")
    why = "not told online, where SuperOffice runs the database"
    assert status(settings, installation=told, licences=Snapshot()) == {
        "Type": why,
        "Central or satellite": why,
        "Version": "11.10",
    }


def test_where_nothing_could_be_read_the_rows_say_so() -> None:
    """A login that is refused leaves no screen without its rows."""
    settings = SuperOfficeSettings.model_construct(url=URL, database=DATABASE)
    why = "not known: the source installation has told nothing yet; see Sources"
    and_why = "not known: the source licences has told nothing yet; see Sources"
    assert list(status(settings).items()) == [
        ("Owner", why),
        ("Serial number", why),
        ("Subscription", and_why),
        ("Type", why),
        ("Central or satellite", why),
        ("Next expiry date", and_why),
        ("User logged in", why),
    ]


def test_what_another_source_knows_is_known() -> None:
    """Licences tell the owner too, and dates are kept from before a restart."""
    settings = SuperOfficeSettings.model_construct(url=URL, database=DATABASE)
    facts = {"company": "Example Ltd", "serial": "1010000006"}
    rows = status(settings, licences=Snapshot(facts=facts, expiries=licence("OWNER", 2)))
    assert (rows["Owner"], rows["Serial number"]) == ("Example Ltd", "1010000006")
    assert rows["Next expiry date"] == "2024-10-05 (2 days left): OWNER"
    assert "Subscription" not in rows


def test_the_installation_knows_best() -> None:
    """Where two sources differ, the one that asks what an installation is is shown."""
    rows = status(
        installation=Snapshot(facts={"company": "New Ltd"}),
        licences=Snapshot(facts={"company": "Old Ltd"}),
    )
    assert rows["Owner"] == "New Ltd"


OLD = Snapshot(facts={"restrictions": "97 of 100 active projects"})
"""What the source that asks more seldom still says."""


def restrictions(*events: Event, **snapshots: Snapshot) -> str | None:
    """The row Restrictions; None where there is none."""
    target = Target("crm", "superoffice", None)
    rows: Any = dict(status_tab.table(TargetView(target, events, snapshots), NOW).rows)
    return rows.get("Restrictions")


@pytest.mark.parametrize(
    ("kind", "message", "said"),
    [
        ("plan-limit-near", "99 of 100 projects", "99 of 100 projects, nearly reached"),
        (
            "plan-limit-reached",
            "100 of 100 active projects",
            "100 of 100 active projects, reached: no more can be made",
        ),
        ("plan-limit-reached", "", "reached: no more can be made"),
        ("licence-expiry", "2027-03-27", "98 of 100 active projects"),
    ],
)
def test_the_plans_limit(kind: str, message: str, said: str) -> None:
    """How many of how many of what, and what that means, by the newest that says it."""
    seen = Observation("plan", kind, "Plan", message=message)
    event = Event(1, SourceId("crm", "licences"), seen, 0.0)
    licences = Snapshot(facts={"plan limit": "98 of 100 active projects"})
    assert restrictions(event, licences=licences, installation=OLD) == said


@pytest.mark.parametrize(
    ("licences", "said"),
    [
        ({}, "97 of 100 active projects"),
        ({"licences": Snapshot()}, None),
        (
            {"licences": Snapshot(problems=(Problem("plan limit", "no answer"),))},
            "97 of 100 active projects",
        ),
    ],
)
def test_what_was_asked_seldom_is_believed_where_nobody_knows_better(
    licences: dict[str, Snapshot], said: str | None
) -> None:
    """A limit that is near no more is told by nobody: what was is over."""
    assert restrictions(installation=OLD, **licences) == said


def test_facts_that_the_tab_tells_need_not_stand_elsewhere() -> None:
    """Each of its rows is a fact, but for the dates."""
    target = Target("crm", "superoffice", None)
    facts = status_tab.table(TargetView(target, (), {}), NOW).facts
    assert {"company", "serial", "plan limit", "role", "database_context"} <= facts


def metered(snapshot: Snapshot | None = None) -> list[tuple[Cell, ...]]:
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
                details=(("Over its threshold on", "2026-11-26"),),
            ),
        ),
        facts={"chats counted": "incomplete: 30 h of this month went by uncounted"},
    )
    assert metered(snapshot) == [
        ("Storage space used", "40.0 GB", "50.0 GB", Share(0.8), "", "", ""),
        (
            *("Chat sessions started", "900", "1,500", Share(0.6), "1,800", "2026-11-26"),
            "incomplete: 30 h of this month went by uncounted",
        ),
    ]


@pytest.mark.parametrize("snapshot", [None, Snapshot()])
def test_before_anything_was_counted(snapshot: Snapshot | None) -> None:
    """There is no row."""
    assert metered(snapshot) == []


def test_a_service_without_threshold() -> None:
    """It says that none is configured."""
    snapshot = Snapshot(meters=(Meter("forms", 5, None, "Form submissions"),))
    assert metered(snapshot) == [("Form submissions", "5", "not configured", "", "", "", "")]


def test_a_service_above_its_threshold_says_so() -> None:
    """In words beside its share."""
    snapshot = Snapshot(meters=(Meter("forms", 6, 5, "Form submissions"),))
    [row] = metered(snapshot)
    assert row[3] == Share(1.2, "above the threshold")


def test_remarks_need_not_stand_elsewhere() -> None:
    """The table tells these facts."""
    target: Any = None
    snapshots = {"metered": Snapshot(meters=(Meter("forms", 6),))}
    assert metered_tab.table(TargetView(target, (), snapshots)).facts == {"forms counted"}

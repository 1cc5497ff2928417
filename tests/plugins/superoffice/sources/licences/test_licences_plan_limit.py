"""The limit of a plan: near, reached, and where nobody can tell."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd import Measurement, NotAvailable, Snapshot, Step, Target, Unreachable
from syseventd.interface import TargetView
from syseventd_superoffice import status_tab

NEAR, REACHED = "plan-limit-near", "plan-limit-reached"
DAY, NEXT = "2026-11-01", "2026-11-03"


def fencing(active: object, near: object = False, reached: object = False) -> dict[str, object]:
    return {
        "ActiveCount": active,
        "Maximum": 100,
        "IsNearingMaximum": near,
        "HasReachedMaximum": reached,
        "WarningMessage": f"{active} of 100 active projects" if near or reached else None,
        "WarningTooltip": None,
    }


def test_a_limit_that_is_approached_and_reached(watch: Any, entry: Any) -> None:
    """One event, from near to reached and until it is neither."""
    for answer in (fencing(1), fencing(85, True), fencing(100, False, True), fencing(50)):
        watch.installation.answers(plan_limit=answer)
        watch.probe(DAY, entry())
    assert [(s.step, s.event.observation.kind) for s in watch.steps] == [
        (Step.STARTED, NEAR),
        (Step.CHANGED, REACHED),
        (Step.ENDED, REACHED),
    ]
    near = watch.steps[0].event.observation
    assert (near.key, near.status, near.message) == (
        "plan-limit:SUPEROFFICE",
        "near",
        "85 of 100 active projects",
    )
    assert near.details == (("Active", "85"), ("Maximum", "100"))


def test_the_limit_is_measured(watch: Any, entry: Any) -> None:
    """As a fact and as two gauges."""
    watch.installation.answers(plan_limit=fencing(12))
    watch.probe(DAY, entry())
    assert watch.snapshot.facts["plan limit"] == "12 of 100"
    assert watch.snapshot.measurements == (
        Measurement("plan_active_entities", 12.0, "SUPEROFFICE"),
        Measurement("plan_maximum_entities", 100.0, "SUPEROFFICE"),
    )


def test_the_fact_says_of_what(watch: Any, entry: Any) -> None:
    """In the installation's words, and no number twice."""
    watch.installation.answers(plan_limit=fencing(97, True))
    watch.probe(DAY, entry())
    assert watch.snapshot.facts["plan limit"] == "97 of 100 active projects"


def test_a_limit_that_is_near_is_asked_for_more_often(watch: Any, entry: Any) -> None:
    """It may be reached at any moment."""
    watch.installation.answers(plan_limit=fencing(84))
    assert watch.probe(DAY, entry(), licence_server=False).ask_again is None
    watch.installation.answers(plan_limit=fencing(97, True))
    assert watch.probe(DAY, entry(), licence_server=False).ask_again == 900.0


def test_a_plan_that_fills_up_within_the_hour(watch: Any, entry: Any) -> None:
    """The tab says so at once, though another source was told of 97 and asks once an hour."""
    old = Snapshot(facts={"restrictions": "97 of 100 active projects"})

    def restrictions() -> str:
        events = tuple(watch.known.events.values())
        snapshots = {"licences": watch.snapshot, "installation": old}
        view = TargetView(Target("crm", "superoffice", None), events, snapshots)
        rows: Any = dict(status_tab.table(view).rows)
        return str(rows["Restrictions"])

    watch.installation.answers(plan_limit=fencing(97, True))
    watch.probe("2026-11-01T12:00:00", entry())
    assert restrictions() == "97 of 100 active projects, nearly reached"
    watch.installation.answers(plan_limit=fencing(100, True, True))
    watch.probe("2026-11-01T12:20:00", entry())
    assert restrictions() == "100 of 100 active projects, reached: no more can be made"


@pytest.mark.parametrize("empty", [{}, {"ActiveCount": 0, "Maximum": 0}, {"Maximum": 9}])
def test_no_limit(watch: Any, entry: Any, empty: dict[str, object]) -> None:
    """Where nothing is limited, or far off, nothing is said."""
    watch.installation.answers(plan_limit=empty)
    watch.probe(DAY, entry())
    assert "plan limit" not in watch.snapshot.facts
    assert not watch.snapshot.measurements
    assert not watch.problems


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Unreachable("crm", "no route"), "plan limit: crm can't be reached: no route"),
        (7, "plan_limit: is no object"),
        (fencing(1, near="so so"), 'plan_limit: IsNearingMaximum "so so" is neither'),
    ],
)
def test_a_limit_that_cant_be_asked_ends_nothing(
    watch: Any, entry: Any, answer: object, said: str
) -> None:
    """The licences are read all the same, and it is said what went wrong."""
    watch.installation.answers(plan_limit=fencing(90, True))
    watch.probe(DAY, entry())
    watch.installation.answers(plan_limit=answer)
    watch.probe(NEXT, entry())
    assert watch.told(NEAR) == [(Step.STARTED, "near")]
    assert watch.snapshot.expiries
    assert said in watch.problems[0]


def test_it_is_the_vendors_plan(watch: Any, entry: Any) -> None:
    """Its event goes by the vendor's name, as the installation spells it."""
    watch.installation.answers(plan_limit=fencing(90, True))
    name = "SuperOffice (simulated)"
    watch.probe(DAY, entry("SUPEROFFICE-ADDON"), entry(name))
    assert [seen.key for seen in watch.open(NEAR)] == [f"plan-limit:{name}"]


def test_an_installation_without_the_question_is_asked_daily(installation: Any, entry: Any) -> None:
    """That is no problem of anybody's."""
    from syseventd_superoffice.licences import Licences

    now = [0.0]
    source = Licences(installation.connection, clock=lambda: now[0])
    installation.answers(licences=[entry()], plan_limit=NotAvailable("no such path"))
    for hour in range(49):
        now[0] = hour * 3600.0
        assert not installation.probe(source).problems
    assert installation.access.asked["plan_limit"] == 3


def test_a_limit_that_takes_too_long(
    installation: Any, entry: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It costs nobody the licences."""
    import asyncio

    from syseventd_superoffice.licences import Licences, source

    async def for_ever(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(source, "PLAN_WITHIN", 0.01)
    installation.answers(licences=[entry()])
    installation.access.plan_limit = for_ever
    snapshot = installation.probe(Licences(installation.connection, clock=lambda: 0.0))
    assert snapshot.expiries
    assert [str(p) for p in snapshot.problems] == ["plan limit: no answer within 0.01 s"]

"""An event that must never be cancelled and vanishes too early is said so, for a day."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd import NotAvailable, Observation, Unreachable
from syseventd_superoffice.cancellations import GIVEN_UP, recalled
from syseventd_superoffice.news import KEPT
from syseventd_superoffice.system_events import CANCELLED, KINDS, WHILE_ACTIVE

NOW = 1785592800.0

GRACE = 120.0


def row(key: str = "kSEPublishContact", number: int = 1, **more: object) -> dict[str, object]:
    return {"PrimaryKey": number, "eventkey": key, "scope": 2, "registered": NOW - 100, **more}


def test_an_event_that_vanishes_while_its_task_runs_went_too_early(watch: Any) -> None:
    """It is said once the task has run on for a while, with the task that shows it."""
    watch.probe(row())
    assert watch.told() == []
    assert watch.after(GRACE - 1) == []
    [told] = watch.after(1)
    assert told == Observation(
        key=f"{CANCELLED}/kSEPublishContact",
        kind=CANCELLED,
        name="kSEPublishContact went too early",
        message="kSEPublishContact must never be cancelled, and was gone by 2026-08-01 14:00 UTC: "
        "Publish (task-628) was still running at 2026-08-01 14:02 UTC.",
        activated_at=NOW + GRACE,
    )
    assert CANCELLED in {kind.name for kind in KINDS}


def test_it_is_shown_for_a_day(watch: Any) -> None:
    """Over restarts too, and whatever becomes of the task; then it is over."""
    watch.probe(row())
    watch.told()
    first = watch.after(GRACE)
    watch.tasks()
    watch.restart()
    watch.now += KEPT - 1
    assert watch.told() == first
    watch.now += 1
    assert watch.told() == []
    assert watch.memory == {}


def test_it_is_told_again_where_it_was_not_stored(watch: Any) -> None:
    """What the store does not have was told to nobody."""
    watch.probe(row())
    watch.told()
    watch.now += GRACE
    watch.running()
    assert len(watch.told(stored=False)) == len(watch.told()) == 1


def test_one_that_vanished_while_nobody_looked_is_told(watch: Any) -> None:
    """A restart does not forget which events were there."""
    watch.probe(row())
    watch.restart()
    watch.told()
    assert len(watch.after(GRACE)) == 1


def test_the_usual_end_is_no_news(watch: Any) -> None:
    """The task is written off a little after its event."""
    watch.probe(row())
    assert watch.told() == []
    watch.tasks()
    watch.now += GRACE
    assert watch.told() == []
    assert watch.memory == {}


def test_we_ask_again_soon_until_it_is_clear(watch: Any) -> None:
    """The list may be empty, and the question is open."""
    watch.probe(row())
    assert watch.probe().ask_again == WHILE_ACTIVE
    watch.now += GRACE
    watch.tasks()
    assert watch.probe().ask_again is None


@pytest.mark.parametrize(
    "changes",
    [
        {"activated_at": NOW + 1},
        {"stalled": True},
        {"heartbeat": NOW - 1},
    ],
)
def test_a_task_that_does_not_do_its_work_is_no_evidence(
    watch: Any, changes: dict[str, object]
) -> None:
    """It began later, stands still, or has given no sign of life since."""
    watch.probe(row())
    watch.probe()
    watch.now += GRACE
    watch.running(**changes)
    assert watch.told() == []
    watch.now += GIVEN_UP
    watch.running(**changes)
    assert watch.told() == []
    assert watch.memory == {}


def test_a_task_of_another_kind_is_no_evidence(watch: Any) -> None:
    """An import may run on."""
    watch.probe(row())
    watch.probe()
    watch.now += GRACE
    watch.tasks(Observation("task-1", "import", "Import", marks=frozenset({"task:1"})))
    assert watch.told() == []


def test_a_task_without_a_heartbeat_is_believed(watch: Any) -> None:
    """Where none is told, that it is listed as running must do."""
    watch.probe(row())
    watch.probe()
    watch.now += GRACE
    watch.running(heartbeat=None, activated_at=None)
    assert len(watch.told()) == 1


def test_the_end_of_one_of_several_is_no_news(watch: Any) -> None:
    """There is one event for each kind of record: as many as tasks are left."""
    watch.probe(row(), row("kSEPublishSale", 2))
    watch.told(row("kSEPublishSale", 2))
    assert watch.after(GRACE, row("kSEPublishSale", 2)) == []


def test_one_of_several_that_went_too_early_is_told(task: Any, watch: Any) -> None:
    """Two tasks run, and one event is left."""
    watch.probe(row(), row("kSEPublishSale", 2))
    watch.probe(row("kSEPublishSale", 2))
    watch.now += GRACE
    watch.tasks(*(task(number=n, heartbeat=watch.now) for n in (1, 2)))
    [told] = watch.told(row("kSEPublishSale", 2))
    assert "kSEPublishContact" in told.name


def test_one_that_came_back_was_not_gone(watch: Any) -> None:
    """Somebody put it right, or another began."""
    watch.probe(row())
    watch.told()
    assert watch.after(GRACE, row(number=2)) == []
    assert watch.told() == []


@pytest.mark.parametrize(
    ("rows", "complete"), [([], False), ([row(scope=9)], True), ([{}, {"eventkey": "x"}], True)]
)
def test_one_that_could_not_be_read_is_not_gone(
    watch: Any, rows: list[object], complete: bool
) -> None:
    """Nothing is said because we could not look."""
    watch.probe(row())
    watch.probe(*rows, complete=complete)
    watch.now += GRACE
    watch.running()
    assert watch.told(*rows, complete=complete) == []
    assert watch.told(row()) == []


@pytest.mark.parametrize("failure", [Unreachable("crm", "it is down"), NotAvailable("no right")])
def test_while_nobody_sees_the_tasks_nothing_is_said(
    watch: Any, installation: Any, failure: Exception
) -> None:
    """We wait for them to be seen again, and not for ever."""

    async def fail() -> None:
        raise failure

    watch.probe(row())
    with pytest.raises(type(failure)):
        installation.probe(
            type("Look", (), {"probe": lambda _: watch.witnesses.look("imports", fail())})()
        )
    watch.probe()
    watch.now += GRACE
    assert watch.told() == []
    assert watch.memory
    watch.now += GIVEN_UP
    assert watch.told() == []
    assert watch.memory == {}


def test_where_tasks_are_seen_again_it_is_told(watch: Any) -> None:
    """The evidence may come late."""
    watch.witnesses.switch_on("imports", None)
    watch.probe(row())
    watch.probe()
    watch.now += 3 * GRACE
    assert watch.told() == []
    watch.running()
    assert len(watch.told()) == 1


def test_the_grace_is_configured(watch: Any) -> None:
    """An installation may take longer to write off its tasks, also longer than we are patient."""
    watch.configured(publish_grace="2h")
    watch.probe(row())
    watch.probe()
    assert watch.after(7199) == []
    assert len(watch.after(1)) == 1


def test_other_events_may_go(watch: Any) -> None:
    """Only what must never be cancelled is followed."""
    watch.probe(row("kSEFreetextRebuild"))
    assert watch.memory == {}
    assert watch.after(GRACE) == []


def test_a_shortest_time_is_believed_without_tasks(watch: Any) -> None:
    """Where the configuration names one, an event that lasted less went too early."""
    watch.configured(shortest_publish="2m")
    watch.probe(row(), row("b", 2, registered=None), row("kSEPublishSale", 3, registered=NOW - 120))
    [told] = watch.told()
    assert told.key == f"{CANCELLED}/kSEPublishContact"
    assert told.message.endswith(": it lasted 100 s, and takes at least 120 s here.")


@pytest.mark.parametrize("year", [1900, 1969, 8999])
def test_a_date_far_off_makes_no_event_forgotten(watch: Any, year: int) -> None:
    """Whatever date a row tells, it is remembered as it was told."""
    watch.probe(row(registered=f"{year}-01-01T00:00:00Z"), row("kSEPublishSale", 2))
    assert len(recalled(watch.memory)) == 2


def test_the_longest_of_lists_is_followed_in_part(watch: Any) -> None:
    """The memory is bounded, whatever a list holds."""
    watch.probe(*(row(f"kSEPublish{n}", n) for n in range(1, 500)))
    assert len(watch.memory["never cancelled"]) < 20_000

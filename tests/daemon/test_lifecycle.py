"""What one snapshot changes in the lives of events."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from syseventd import lifecycle
from syseventd.lifecycle import SAME_START
from syseventd.model import (
    Advance,
    EndReason,
    EventKey,
    Expiry,
    Known,
    Observation,
    Problem,
    Snapshot,
    SourceId,
    Step,
)

SOURCE = SourceId("crm", "imports")


class Life:
    """One source, whose snapshots come one second after another."""

    def __init__(self) -> None:
        self.ids: Iterator[int] = count(1)
        self.known = Known(SOURCE)
        self.now = 1000.0

    def sees(self, *observations: Observation, **snapshot: Any) -> Advance:
        return self.takes(Snapshot(observations, **snapshot))

    def takes(self, snapshot: Snapshot) -> Advance:
        self.now += 1.0
        advance = lifecycle.advance(self.known, snapshot, self.now, self.ids)
        self.known = advance.known
        return advance


@pytest.fixture
def life() -> Life:
    return Life()


def seen(key: str = "a", **facts: Any) -> Observation:
    return Observation(key, "import", f"Import {key}", **facts)


def steps(advance: Advance) -> list[tuple[str, Step, EndReason | None]]:
    return [
        (t.event.observation.key, t.step, t.event.end_reason if t.step is Step.ENDED else None)
        for t in advance.transitions
    ]


# --- started ----------------------------------------------------------------------------------


def test_what_is_new_starts(life: Life) -> None:
    """The event has the transition's number, our time, and what the source said."""
    (started,) = life.sees(seen()).transitions
    assert (started.id, started.step, started.at) == (1, Step.STARTED, 1001.0)
    assert started.event.id == 1
    assert started.event.source == SOURCE
    assert started.event.started_at == 1001.0
    assert started.event.observation == seen()
    assert life.known.events == {EventKey("", "a"): started.event}


def test_the_same_key_in_another_scope_is_another_event(life: Life) -> None:
    """Scope and key identify together."""
    life.sees(seen(scope="one"), seen(scope="two"))
    assert list(life.known.events) == [EventKey("one", "a"), EventKey("two", "a")]


def test_an_incomplete_snapshot_starts_what_it_lists(life: Life) -> None:
    """What was seen is there, whatever else may be."""
    assert steps(life.sees(seen(), complete=False)) == [("a", Step.STARTED, None)]


def test_a_hidden_key_that_is_listed_starts(life: Life) -> None:
    """What is seen wins over the word that it was not."""
    assert steps(life.sees(seen(), unseen=frozenset("a"))) == [("a", Step.STARTED, None)]


# --- changed ----------------------------------------------------------------------------------


def test_what_differs_changes(life: Life) -> None:
    """Each field that differs is named with its old and its new value."""
    life.sees(seen(progress=0.1, status="running"))
    (changed,) = life.sees(seen(progress=0.9, status="running", message="soon")).transitions
    assert changed.step is Step.CHANGED
    assert changed.changes == {"progress": (0.1, 0.9), "message": ("", "soon")}
    assert (changed.event.id, changed.event.started_at) == (1, 1001.0)
    assert life.known.events[EventKey("", "a")] == changed.event


def test_nothing_new_is_no_step_and_keeps_the_same_mapping(life: Life) -> None:
    """Readers keep what they made of it as long as it is the same object."""
    life.sees(seen(), seen("b"))
    before = life.known
    advance = life.sees(seen("b"), seen())
    assert advance.transitions == ()
    assert not advance.renewed
    assert advance.known.events is before.events
    assert advance.known.expiries is before.expiries


def test_a_heartbeat_alone_updates_and_records_nothing(life: Life) -> None:
    """A beating heart is no step in a life."""
    life.sees(seen(heartbeat=1.0))
    before = life.known.events
    assert life.sees(seen(heartbeat=2.0)).transitions == ()
    assert life.known.events[EventKey("", "a")].observation.heartbeat == 2.0
    assert life.known.events is not before
    assert before[EventKey("", "a")].observation.heartbeat == 1.0


def test_a_heartbeat_beside_a_change_is_not_among_the_changes(life: Life) -> None:
    """The record holds what a reader of the history wants to know."""
    life.sees(seen(heartbeat=1.0))
    (changed,) = life.sees(seen(heartbeat=2.0, status="stuck")).transitions
    assert changed.changes == {"status": ("", "stuck")}
    assert changed.event.observation.heartbeat == 2.0


def test_the_known_before_is_left_as_it_was(life: Life) -> None:
    """Pure: the board shows the old one until the new one is durable."""
    life.sees(seen(), seen("b"))
    before, copy = life.known.events, dict(life.known.events)
    life.sees(seen(status="new"), seen("c"))
    assert before == copy


# --- ended, and what ends nothing -------------------------------------------------------------


def test_what_is_gone_ends(life: Life) -> None:
    """A complete snapshot that no longer lists it ends it, at our time."""
    life.sees(seen(), seen("b"))
    (ended,) = life.sees(seen("b")).transitions
    assert (ended.step, ended.at) == (Step.ENDED, 1002.0)
    assert (ended.event.id, ended.event.ended_at) == (1, 1002.0)
    assert ended.event.end_reason is EndReason.GONE
    assert list(life.known.events) == [EventKey("", "b")]


def test_what_returns_after_its_end_is_a_new_event(life: Life) -> None:
    """Even with the same start: what was said to have ended stays ended."""
    life.sees(seen(activated_at=5.0))
    life.sees()
    assert steps(life.sees(seen(activated_at=5.0))) == [("a", Step.STARTED, None)]
    assert life.known.events[EventKey("", "a")].id == 3


def test_an_incomplete_snapshot_ends_nothing(life: Life) -> None:
    """More may exist than is listed."""
    life.sees(seen(), seen("b"))
    assert steps(life.sees(seen(status="new"), complete=False)) == [("a", Step.CHANGED, None)]
    assert len(life.known.events) == 2


def test_what_could_not_be_looked_at_does_not_end(life: Life) -> None:
    """Its key is named; the rest of the snapshot is complete."""
    life.sees(seen(), seen("b"))
    assert steps(life.sees(unseen=frozenset("a"))) == [("b", Step.ENDED, EndReason.GONE)]


def test_nothing_ends_under_what_could_not_be_looked_at(life: Life) -> None:
    """A folder that can't be listed hides all that is in it, and nothing beside it."""
    life.sees(seen("/etc/ssl/a"), seen("/etc/ssl/deep/b"), seen("/etc/other"))
    assert steps(life.sees(unseen_under=("/etc/ssl/",))) == [
        ("/etc/other", Step.ENDED, EndReason.GONE)
    ]


def test_a_source_that_is_no_longer_watched_ends_all_that_it_had(life: Life) -> None:
    """With the reason; and its dates hold no more."""
    life.takes(Snapshot((seen(), seen("b")), (Expiry("licence", "Sales", 5.0),)))
    advance = lifecycle.unwatch(life.known, 2000.0, life.ids)
    assert steps(advance) == [
        ("a", Step.ENDED, EndReason.UNWATCHED),
        ("b", Step.ENDED, EndReason.UNWATCHED),
    ]
    assert {t.at for t in advance.transitions} == {2000.0}
    assert advance.known == Known(SOURCE)
    assert advance.renewed


def test_a_source_that_knew_nothing_leaves_nothing_to_store(life: Life) -> None:
    """No step, no renewed date."""
    advance = lifecycle.unwatch(life.known, 2000.0, life.ids)
    assert (advance.transitions, advance.renewed) == ((), False)


# --- starts -----------------------------------------------------------------------------------


def test_a_new_start_is_a_new_occurrence(life: Life) -> None:
    """The old one ends as replaced, then the new one starts, with a number of its own."""
    life.sees(seen(activated_at=100.0))
    advance = life.sees(seen(activated_at=200.0))
    assert steps(advance) == [
        ("a", Step.ENDED, EndReason.REPLACED),
        ("a", Step.STARTED, None),
    ]
    old, new = (t.event for t in advance.transitions)
    assert (old.id, old.observation.activated_at) == (1, 100.0)
    assert (new.id, new.observation.activated_at) == (3, 200.0)
    assert life.known.events == {EventKey("", "a"): new}


def test_a_new_occurrence_stands_behind_the_older_events(life: Life) -> None:
    """Open events are listed oldest first."""
    life.sees(seen(activated_at=100.0), seen("b"))
    life.sees(seen(activated_at=200.0), seen("b"))
    assert [key.key for key in life.known.events] == ["b", "a"]
    assert [event.id for event in life.known.events.values()] == [2, 4]


def test_an_earlier_start_is_a_new_occurrence_too(life: Life) -> None:
    """The source's clock may have been set back."""
    life.sees(seen(activated_at=200.0))
    assert len(life.sees(seen(activated_at=100.0)).transitions) == 2


def test_an_incomplete_snapshot_replaces_what_it_lists(life: Life) -> None:
    """The old occurrence is over: the source shows the new one in its place."""
    life.sees(seen(activated_at=100.0))
    assert len(life.sees(seen(activated_at=200.0), complete=False).transitions) == 2


@pytest.mark.parametrize("shift", [-0.999, -0.5, 0.5, 0.999])
def test_a_start_may_be_rounded(life: Life, shift: float) -> None:
    """Sources round in their own ways; the start stays as it was first told."""
    life.sees(seen(activated_at=100.0))
    assert life.sees(seen(activated_at=100.0 + shift)).transitions == ()
    assert life.known.events[EventKey("", "a")].observation.activated_at == 100.0


def test_roundings_do_not_add_up(life: Life) -> None:
    """A start that creeps away is measured from the first one told."""
    life.sees(seen(activated_at=100.0))
    assert life.sees(seen(activated_at=100.6)).transitions == ()
    assert len(life.sees(seen(activated_at=101.2)).transitions) == 2


def test_the_limit_of_rounding_is_a_new_start(life: Life) -> None:
    """One second off is another start."""
    life.sees(seen(activated_at=100.0))
    assert len(life.sees(seen(activated_at=100.0 + SAME_START)).transitions) == 2


def test_a_rounded_start_is_not_among_the_changes(life: Life) -> None:
    """What else differs is recorded, the start is as before."""
    life.sees(seen(activated_at=100.0))
    (changed,) = life.sees(seen(activated_at=100.4, status="new")).transitions
    assert changed.changes == {"status": ("", "new")}
    assert changed.event.observation.activated_at == 100.0


def test_a_start_that_becomes_known_is_a_change(life: Life) -> None:
    """The same event, which now has a start."""
    life.sees(seen())
    (changed,) = life.sees(seen(activated_at=100.0)).transitions
    assert changed.changes == {"activated_at": (None, 100.0)}
    assert changed.event.id == 1


def test_a_start_that_was_known_stays_known(life: Life) -> None:
    """A source that forgets to tell it does not take it back."""
    life.sees(seen(activated_at=100.0))
    assert life.sees(seen()).transitions == ()
    assert life.known.events[EventKey("", "a")].observation.activated_at == 100.0
    assert len(life.sees(seen(activated_at=200.0)).transitions) == 2


# --- duplicates -------------------------------------------------------------------------------


def test_duplicates_are_one_event_and_reported(life: Life) -> None:
    """The first report counts; what only another one says fills its gaps."""
    advance = life.sees(
        seen(status="running"),
        seen(status="stopped", message="why"),
        seen(progress=0.5, message="because"),
    )
    assert steps(advance) == [("a", Step.STARTED, None)]
    assert advance.problems == (
        Problem("a", "is listed 3 times in one snapshot; taken as one event"),
    )
    assert life.known.events[EventKey("", "a")].observation == seen(
        status="running", message="why", progress=0.5
    )


def test_a_zero_is_no_gap(life: Life) -> None:
    """Progress of nothing, and the epoch, are known."""
    life.sees(seen(progress=0.0, activated_at=0.0), seen(progress=0.7, activated_at=9.0))
    observation = life.known.events[EventKey("", "a")].observation
    assert (observation.progress, observation.activated_at) == (0.0, 0.0)


def test_duplicates_that_stay_are_no_change(life: Life) -> None:
    """They are merged in the same way each time, and reported each time."""
    life.sees(seen(), seen(message="why"))
    advance = life.sees(seen(), seen(message="why"))
    assert advance.transitions == ()
    assert len(advance.problems) == 1


def test_each_key_that_is_listed_twice_is_reported(life: Life) -> None:
    """And none that is listed once."""
    advance = life.sees(seen(), seen("b"), seen("b"), seen("c"), seen())
    assert [problem.where for problem in advance.problems] == ["b", "a"]


# --- numbers ----------------------------------------------------------------------------------


def test_numbers_grow_over_all_steps(life: Life) -> None:
    """One after another, in the order of the transitions, none left out."""
    drawn = [
        t.id
        for advance in (
            life.sees(seen(), seen("b", activated_at=1.0), seen("c")),
            life.sees(seen(status="new"), seen("b", activated_at=9.0)),
            life.sees(),
        )
        for t in advance.transitions
    ]
    assert drawn == list(range(1, len(drawn) + 1))


def test_a_clock_that_is_set_back_starts_and_ends_as_usual(life: Life) -> None:
    """Order is told by numbers, times are as the clock showed them."""
    life.sees(seen())
    life.now = 0.0
    (ended,) = life.sees().transitions
    assert (ended.event.started_at, ended.event.ended_at) == (1001.0, 1.0)

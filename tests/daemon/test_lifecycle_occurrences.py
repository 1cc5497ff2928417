"""One occurrence is one event, whichever sources report it; and how it ended is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from syseventd import lifecycle
from syseventd.model import (
    Advance,
    Ending,
    EndReason,
    Event,
    Known,
    Observation,
    Snapshot,
    SourceId,
    Step,
)


class Target:
    """A target whose sources are probed one second after another."""

    def __init__(self) -> None:
        self.ids: Iterator[int] = count(1)
        self.known: dict[str, Known] = {}
        self.now = 1000.0

    def sees(self, source: str, *observations: Observation, **snapshot: Any) -> Advance:
        """One probe of `source`."""
        self.now += 1.0
        name = SourceId("crm", source)
        known = self.known.get(source, Known(name))
        others = [other for at, other in self.known.items() if at != source]
        snap = Snapshot(observations, **snapshot)
        advance = lifecycle.advance(known, snap, self.now, self.ids, others)
        for after in (advance.known, *advance.givers):
            self.known[after.source.source] = after
        return advance

    def open(self) -> list[Event]:
        return [event for known in self.known.values() for event in known.events.values()]


@pytest.fixture
def target() -> Target:
    return Target()


def seen(key: str, *marks: str, **facts: Any) -> Observation:
    return Observation(key, "import", "Import", marks=frozenset(marks), **facts)


def steps(advance: Advance) -> list[tuple[int, Step, EndReason | None]]:
    return [(t.event.id, t.step, t.event.end_reason) for t in advance.transitions]


def test_another_source_takes_an_event_over(target: Target) -> None:
    """A shared mark makes it the same event: its source changes, and nothing starts or ends."""
    target.sees("system-events", seen("kImport", "row:1"))
    advance = target.sees("imports", seen("task-7", "task:7", "row:1"))
    (step,) = advance.transitions
    assert (step.event.id, step.step) == (1, Step.CHANGED)
    assert step.changes["source"] == ("system-events", "imports")
    assert [e.source.source for e in target.open()] == ["imports"]
    assert [giver.source.source for giver in advance.givers] == ["system-events"]


def test_the_giver_does_not_end_what_it_gave(target: Target) -> None:
    """Its next complete snapshot says nothing of it, and nothing ends."""
    target.sees("system-events", seen("kImport", "row:1"))
    target.sees("imports", seen("task-7", "task:7", "row:1"))
    assert target.sees("system-events").transitions == ()


def test_an_event_keeps_its_key_and_its_start(target: Target) -> None:
    """However the next source calls it, and whenever that says that it began."""
    target.sees("system-events", seen("kImport", "row:1", activated_at=50.0))
    target.sees("imports", seen("task-7", "task:7", "row:1", activated_at=70.0))
    (event,) = target.open()
    assert (event.observation.key, event.observation.activated_at) == ("kImport", 50.0)


def test_marks_of_witnesses_that_do_not_look_are_kept(target: Target) -> None:
    """So that the event is found by them when they look again, and the others do not."""
    target.sees("imports", seen("task-7", "task:7", "row:1"))
    target.sees("imports", seen("task-7", "task:7"))
    advance = target.sees("system-events", seen("kImport", "row:1"))
    assert steps(advance) == [(1, Step.CHANGED, None)]


def test_the_same_key_is_enough_where_no_witness_tells_them_apart(target: Target) -> None:
    """The one index of a database: first its row is seen, then its task."""
    target.sees("system-events", seen("freetext", "row:1"))
    advance = target.sees("freetext", seen("freetext", "task:7"))
    assert steps(advance) == [(1, Step.CHANGED, None)]


def test_a_witness_that_calls_it_otherwise_tells_the_next_one(target: Target) -> None:
    """Same key, another row: the first has ended, although nobody saw it gone."""
    target.sees("freetext", seen("freetext", "row:1", activated_at=50.0))
    advance = target.sees("freetext", seen("freetext", "row:2", activated_at=50.0))
    assert steps(advance) == [
        (1, Step.ENDED, EndReason.REPLACED),
        (3, Step.STARTED, None),
    ]


def test_one_that_goes_on_by_another_task_is_the_same(target: Target) -> None:
    """Its row and its key stayed: the work was only taken up anew."""
    target.sees("saint", seen("saint", "row:1", "task:7"))
    advance = target.sees("saint", seen("saint", "row:1", "task:8"))
    assert steps(advance) == [(1, Step.CHANGED, None)]


def test_the_next_task_under_the_same_row_is_another_event(target: Target) -> None:
    """One row says that imports run; each import is known by its task."""
    target.sees("imports", seen("task-7", "row:1", "task:7"))
    advance = target.sees("imports", seen("task-8", "row:1", "task:8"))
    assert steps(advance) == [(2, Step.STARTED, None), (1, Step.ENDED, EndReason.GONE)]


def test_an_unmarked_event_is_never_taken_over(target: Target) -> None:
    """A stranger's source may call its events as it likes."""
    target.sees("one", Observation("backup", "import", "Import"))
    advance = target.sees(
        "two", seen("backup", "row:1"), Observation("backup", "import", "I", scope="x")
    )
    assert [t.step for t in advance.transitions] == [Step.STARTED, Step.STARTED]
    assert len(target.open()) == 3


def test_what_another_still_sees_does_not_end(target: Target) -> None:
    """A mark in `unseen` keeps every event that has it."""
    target.sees("imports", seen("task-7", "task:7", "row:1"))
    assert target.sees("imports", unseen=frozenset({"row:1"})).transitions == ()
    assert steps(target.sees("imports")) == [(1, Step.ENDED, EndReason.GONE)]


def test_a_whole_witness_may_be_out_of_sight(target: Target) -> None:
    """What marks begin with keeps every event that this witness knows."""
    target.sees("imports", seen("task-7", "task:7", "row:1"), seen("task-8", "task:8"))
    advance = target.sees("imports", unseen_under=("row:",))
    assert steps(advance) == [(2, Step.ENDED, EndReason.GONE)]


def test_two_events_that_turn_out_to_be_one_are_merged(target: Target) -> None:
    """The one that goes on is the one that is reported; the other ends and says why."""
    target.sees("system-events", seen("kImport", "row:1"))
    target.sees("imports", seen("task-7", "task:7"))
    advance = target.sees("imports", seen("task-7", "task:7", "row:1"))
    assert steps(advance) == [
        (2, Step.CHANGED, None),
        (1, Step.ENDED, EndReason.MERGED),
    ]
    assert [event.id for event in target.open()] == [2]


def test_two_events_never_share_an_identity(target: Target) -> None:
    """One that goes on under a key that another one comes with: the new one is called otherwise."""
    target.sees("system-events", seen("kImport", "row:1"))
    target.sees("imports", seen("task-7", "task:7", "row:1"))
    target.sees("imports", seen("task-7", "task:7"), seen("kImport", "row:2"))
    assert [e.observation.key for e in target.open()] == ["kImport", "kImport~3"]
    again = target.sees("imports", seen("task-7", "task:7"), seen("kImport", "row:2"))
    assert again.transitions == ()


def test_an_event_taken_over_makes_room_for_one_with_its_key(target: Target) -> None:
    """Both sources call theirs the same; each keeps its event."""
    target.sees("imports", seen("k", "task:7"))
    target.sees("system-events", seen("k", "task:8"))
    target.sees("imports", seen("k", "task:7"), seen("task-8", "task:8"))
    assert sorted(e.observation.key for e in target.open()) == ["k", "k~2"]


def test_a_scope_that_is_learnt_changes_the_event(target: Target) -> None:
    """Only one witness says whom it concerns."""
    target.sees("freetext", seen("freetext", "task:7"))
    advance = target.sees("freetext", seen("freetext", "row:1", scope="database"))
    (step,) = advance.transitions
    assert (step.event.id, step.changes["scope"]) == (1, ("", "database"))
    assert len(target.open()) == 1
    back = target.sees("freetext", seen("freetext", "task:7"))
    assert [e.observation.scope for e in target.open()] == ["database"], back


def test_its_source_says_how_an_event_ended(target: Target) -> None:
    """A failed task: the reason, and the words that it left."""
    target.sees("imports", seen("task-7", "task:7", message="reading"))
    told = Ending(seen("task-7", "task:7", message="no such file"), EndReason.FAILED)
    advance = target.sees("imports", endings=(told,))
    (step,) = advance.transitions
    assert (step.step, step.event.end_reason) == (Step.ENDED, EndReason.FAILED)
    assert step.changes["message"] == ("reading", "no such file")
    assert step.event.observation.message == "no such file"
    assert target.open() == []


def test_what_ended_between_two_probes_is_recorded_if_it_is_fresh(target: Target) -> None:
    """It starts and ends at once; what ended long ago is no news."""
    fresh = Ending(seen("task-7", "task:7"), EndReason.FAILED, fresh=True)
    old = Ending(seen("task-6", "task:6"), EndReason.FAILED)
    advance = target.sees("imports", endings=(fresh, old))
    assert steps(advance) == [
        (1, Step.STARTED, None),
        (1, Step.ENDED, EndReason.FAILED),
    ]
    assert target.open() == []


def test_an_ending_is_found_by_its_marks(target: Target) -> None:
    """Whichever source has the event, and whatever it is called there."""
    target.sees("system-events", seen("kImport", "row:1", "task:7"))
    told = Ending(seen("task-7", "task:7"), EndReason.SUCCEEDED)
    advance = target.sees("imports", endings=(told,))
    assert steps(advance) == [(1, Step.ENDED, EndReason.SUCCEEDED)]
    assert target.open() == []


def test_an_ending_ends_one_event_once(target: Target) -> None:
    """Told twice in one snapshot, or beside a report that it goes on, it is one step."""
    target.sees("imports", seen("task-7", "task:7"))
    told = Ending(seen("task-7", "task:7"), EndReason.FAILED)
    advance = target.sees("imports", endings=(told, told))
    assert steps(advance) == [(1, Step.ENDED, EndReason.FAILED)]


def test_memory_is_kept_until_it_is_told_anew(target: Target) -> None:
    """A snapshot without memory leaves it; an empty one clears it."""
    assert target.sees("imports", memory={"last": "7"}).remembered
    assert not target.sees("imports").remembered
    assert target.known["imports"].memory == {"last": "7"}
    assert not target.sees("imports", memory={"last": "7"}).remembered
    assert target.sees("imports", memory={}).remembered
    assert target.known["imports"].memory == {}


def test_a_given_event_leaves_the_rest_of_its_source(target: Target) -> None:
    """Dates and memory stay where they were."""
    target.sees("system-events", seen("kImport", "row:1"), memory={"a": "b"})
    target.sees("imports", seen("task-7", "row:1"))
    assert target.known["system-events"].memory == {"a": "b"}


SOURCES = ("system-events", "imports", "freetext")


class OneOccurrenceOneEvent(RuleBasedStateMachine):
    """Whoever reports what is there, in whatever words: each occurrence is one event."""

    def __init__(self) -> None:
        super().__init__()
        self.target = Target()
        self.there: list[int] = []
        self.numbers = count(1)
        self.event_of: dict[int, int] = {}
        self.ended: set[int] = set()

    @rule()
    def begin(self) -> None:
        self.there.append(next(self.numbers))

    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        if self.there:
            self.there.remove(data.draw(st.sampled_from(self.there)))

    @rule(data=st.data(), source=st.sampled_from(SOURCES))
    def probe(self, data: st.DataObject, source: str) -> None:
        """One source reports some of what is there, and hides the rest."""
        mine = data.draw(st.sets(st.sampled_from(self.there))) if self.there else set()
        reports = [self._report(data, source, number) for number in sorted(mine)]
        hidden = frozenset(f"row:{n}" for n in self.there if n not in mine)
        self._check(self.target.sees(source, *reports, unseen=hidden))

    def _report(self, data: st.DataObject, source: str, number: int) -> Observation:
        """Always with its row; with its task, its own key, and a start, as it pleases."""
        marks = {f"row:{number}"} | data.draw(st.sampled_from([set(), {f"task:{number}"}]))
        key = data.draw(st.sampled_from([f"k{number % 2}", f"{source}-{number}"]))
        at = data.draw(st.sampled_from([None, float(number), number + 30.0]))
        scope = data.draw(st.sampled_from(["", "database"]))
        return seen(key, *marks, activated_at=at, scope=scope)

    def _check(self, advance: Advance) -> None:
        for transition in advance.transitions:
            number = occurrence(transition.event)
            assert self.event_of.setdefault(number, transition.event.id) == transition.event.id
            if transition.step is Step.ENDED:
                assert number not in self.there
                assert number not in self.ended
                self.ended.add(number)
            assert transition.event.end_reason not in (EndReason.MERGED,)
        numbers = [t.id for t in advance.transitions]
        assert numbers == sorted(set(numbers))

    @invariant()
    def open_once(self) -> None:
        open_ones = [occurrence(event) for event in self.target.open()]
        assert len(open_ones) == len(set(open_ones))
        assert not self.ended & set(open_ones)

    @invariant()
    def kept_under_its_identity(self) -> None:
        for name, known in self.target.known.items():
            for key, event in known.events.items():
                assert key == event.observation.identity
                assert event.source.source == name

    def teardown(self) -> None:
        self.there.clear()
        for source in SOURCES:
            self._check(self.target.sees(source))
        assert self.target.open() == []
        assert self.ended == set(self.event_of)


def occurrence(event: Event) -> int:
    """Which occurrence an event is of, by its row."""
    (row,) = (mark for mark in event.observation.marks if mark.startswith("row:"))
    return int(row.removeprefix("row:"))


TestOneOccurrenceOneEvent = OneOccurrenceOneEvent.TestCase
TestOneOccurrenceOneEvent.settings = settings(
    max_examples=200, stateful_step_count=30, deadline=None
)


def test_nothing_is_drawn_where_nothing_changes(target: Target) -> None:
    """The same reports once more: no step, and the same objects."""
    reports: Iterable[Observation] = (seen("a", "row:1"), seen("b", "row:2", "task:2"))
    target.sees("imports", *reports)
    before = target.known["imports"]
    assert target.sees("imports", *reports).transitions == ()
    assert target.known["imports"].events is before.events

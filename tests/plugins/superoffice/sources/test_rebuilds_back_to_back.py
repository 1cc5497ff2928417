"""A rebuild that begins as another ends: what tells the two apart, and what can't."""

from __future__ import annotations

import itertools

import pytest

from syseventd import EndReason, Observation, Snapshot, SourceId, Step, lifecycle
from syseventd.model import Known
from syseventd_superoffice.witnesses import Witnesses

SOURCES = ("system-events", "imports", "freetext", "saint")


class Target:
    """What the daemon makes of what the sources of one target see, one round after the other."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._witnesses = Witnesses(lambda: 0.0)
        self._ids = itertools.count(1)
        self._known = {name: Known(SourceId("crm", name)) for name in SOURCES}
        self.steps: list[tuple[Step, EndReason | None]] = []
        for name in SOURCES:
            self._witnesses.switch_on(name, 60.0)

    def sees(self, **marks: str) -> None:
        """Two rounds: what one source leaves to another is known after the first."""
        for name in SOURCES * 2:
            mark = marks.get(name.replace("-", "_"))
            seen = () if mark is None else (self._sighting(mark),)
            snapshot = self._witnesses.report(name, seen).instead_of(Snapshot())
            others = [known for other, known in self._known.items() if other != name]
            advance = lifecycle.advance(self._known[name], snapshot, 0.0, self._ids, others)
            self._known |= {k.source.source: k for k in (advance.known, *advance.givers)}
            self.steps += [(t.step, t.event.end_reason) for t in advance.transitions]

    def _sighting(self, mark: str) -> Observation:
        return Observation(self._kind, self._kind, "Rebuild", marks=frozenset({mark}))


STARTED, REPLACED = (Step.STARTED, None), (Step.ENDED, EndReason.REPLACED)


@pytest.mark.parametrize("kind", ["freetext-rebuild", "saint-rebuild"])
def test_another_row_and_another_task_are_another_rebuild(kind: str) -> None:
    """Where one witness sees it, another name is another rebuild."""
    for first, second in [
        ({"system_events": "system-event:1"}, {"system_events": "system-event:2"}),
        ({"imports": "task:1"}, {"imports": "task:2"}),
    ]:
        target = Target(kind)
        target.sees(**first)
        target.sees(**first)
        target.sees(**second)
        ends = [step for step in target.steps if step[0] is not Step.CHANGED]
        assert ends == [STARTED, REPLACED, STARTED], (first, second)


def test_a_moment_between_them_that_anybody_saw_tells_them_apart() -> None:
    """Row and task are gone, and others come."""
    target = Target("freetext-rebuild")
    target.sees(system_events="system-event:1", imports="task:1")
    target.sees()
    target.sees(system_events="system-event:2", imports="task:2")
    steps = [step for step, _ in target.steps if step is not Step.CHANGED]
    assert steps == [Step.STARTED, Step.ENDED, Step.STARTED]


def test_row_and_task_that_change_between_two_looks_are_taken_for_one() -> None:
    """The lists are asked at different times: the new row may be of the task that was seen last."""
    target = Target("freetext-rebuild")
    target.sees(system_events="system-event:1", imports="task:1")
    target.sees(system_events="system-event:2", imports="task:2")
    assert [step for step, _ in target.steps if step is not Step.CHANGED] == [Step.STARTED]


def test_a_row_that_stays_while_tasks_follow_each_other_is_one_rebuild() -> None:
    """SAINT's counters and status monitors are two tasks of one night."""
    target = Target("saint-rebuild")
    target.sees(system_events="system-event:1", imports="task:1")
    target.sees(system_events="system-event:1", imports="task:2")
    assert [step for step, _ in target.steps if step is not Step.CHANGED] == [Step.STARTED]


def test_an_index_that_is_only_asked_whether_it_is_rebuilt_tells_nothing_apart() -> None:
    """The key of its row is all that is seen there; that is the same for each rebuild."""
    target = Target("freetext-rebuild")
    target.sees(freetext="freetext:kSEFreetextRebuild")
    target.sees(freetext="freetext:kSEFreetextRebuild")
    assert target.steps == [STARTED]

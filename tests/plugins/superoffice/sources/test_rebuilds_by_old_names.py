"""An event that is known by names which nobody sees now: it ends with its rebuild, and not sooner.

The daemon starts anew, so that it knows no more of it than its names, while a source fails.
"""

from __future__ import annotations

import asyncio
import itertools

import pytest

from syseventd import Observation, Snapshot, SourceId, Unreachable, lifecycle
from syseventd.model import Known
from syseventd_superoffice.witnesses import PATIENCE, PROMPT, Witnesses

KIND = "freetext-rebuild"


class Target:
    """What the daemon makes of what the sources of one target see, restarts included."""

    def __init__(self, *sources: str, slow: tuple[str, ...] = ()) -> None:
        self._now = 0.0
        self._ids = itertools.count(1)
        self._known = {name: Known(SourceId("crm", name)) for name in sources}
        self.restart(slow)

    def restart(self, slow: tuple[str, ...] = ()) -> None:
        """Nothing is kept but what was stored. Soon nobody waits for a source that is late."""
        self._witnesses = Witnesses(lambda: self._now)
        for name in self._known:
            self._witnesses.switch_on(name, PROMPT * 2 if name in slow else 60.0)
        self._now += PATIENCE + 1

    def sees(self, source: str, *marks: str, stored: bool = True) -> None:
        """One probe of a source; its report may be impossible to store."""
        seen = tuple(Observation(KIND, KIND, "Rebuild", marks=frozenset({m})) for m in marks)
        snapshot = self._witnesses.report(source, seen).instead_of(Snapshot())
        if not stored:
            return
        others = [known for other, known in self._known.items() if other != source]
        advance = lifecycle.advance(self._known[source], snapshot, 0.0, self._ids, others)
        self._known |= {k.source.source: k for k in (advance.known, *advance.givers)}

    def fails(self, source: str) -> None:
        async def asking() -> None:
            raise Unreachable("crm.example.com", "refused the connection")

        with pytest.raises(Unreachable):
            asyncio.run(self._witnesses.look(source, asking()))

    @property
    def open(self) -> list[frozenset[str]]:
        """The names of each event that is open, the oldest first."""
        found = (event for known in self._known.values() for event in known.events.values())
        return [e.observation.marks for e in sorted(found, key=lambda event: event.id)]


ROWS, TASKS = "system-events", "imports"
FIRST, SECOND = (frozenset({f"system-event:{n}", f"task:{n}"}) for n in (1, 2))


@pytest.mark.parametrize("restarted_again", [False, True])
def test_a_rebuild_that_ended_is_not_open_beside_the_next(restarted_again: bool) -> None:
    """Who reported its tasks could not look from its end to the next one's beginning."""
    target = Target(ROWS, TASKS)
    target.sees(ROWS, "system-event:1")
    target.sees(TASKS, "task:1")
    assert target.open == [FIRST]
    target.restart()
    target.fails(TASKS)
    target.sees(ROWS, "system-event:1")
    target.sees(ROWS)
    assert target.open == [FIRST], "its task may still be there"
    target.sees(ROWS, "system-event:2")
    if restarted_again:
        target.restart()
        target.fails(TASKS)
        target.sees(ROWS, "system-event:2")
    assert target.open == [FIRST, frozenset({"system-event:2"})]
    target.sees(TASKS, "task:2")
    target.sees(ROWS, "system-event:2")
    assert target.open == [SECOND]
    target.sees(ROWS)
    target.sees(TASKS)
    assert target.open == []


@pytest.mark.parametrize("tries", [1, 3])
def test_a_report_that_could_not_be_stored_ends_nothing(tries: int) -> None:
    """The event goes on under its old name until it has a new one, however often that fails."""
    target = Target("freetext", TASKS, ROWS)
    target.fails("freetext")
    target.sees(ROWS)
    target.sees(TASKS, "task:1")
    assert target.open == [frozenset({"task:1"})]
    target.restart()
    target.sees("freetext")
    target.sees(ROWS, "system-event:1")  # by now the index is looked at, and reports it
    for _ in range(tries):
        target.sees("freetext", stored=False)
        target.sees(TASKS)
        assert target.open == [frozenset({"task:1"})]
    target.sees("freetext")
    target.sees(TASKS)
    assert target.open == [frozenset({"task:1", "system-event:1"})]


def test_a_rebuild_that_was_seen_by_the_index_alone_goes_on() -> None:
    """Row and task call it by no name that it had; but what had none of theirs may be the same."""
    target = Target("freetext", TASKS, ROWS, slow=("freetext",))
    target.fails(ROWS)
    target.sees("freetext", "freetext:key")
    target.sees(TASKS)
    assert target.open == [frozenset({"freetext:key"})]
    target.restart()  # and now the index is looked at often, and reports it
    target.sees("freetext")
    target.sees(ROWS, "system-event:1")
    for _ in range(2):
        target.sees(TASKS, "task:1")
        target.sees("freetext", stored=False)
        assert target.open == [frozenset({"freetext:key"})]
    target.sees("freetext")
    target.sees(TASKS, "task:1")
    assert target.open == [FIRST | {"freetext:key"}]

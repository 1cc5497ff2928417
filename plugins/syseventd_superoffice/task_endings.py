"""Which batch tasks have ended since they were last looked at, restarts included. Pure.

A row says that its task ended, and not when. So the source remembers which tasks had not ended,
and the highest number that there was: what has ended now and was among the first, or has a
higher number, ended since.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, islice

from syseventd_superoffice.batch_tasks import Task, Tasks
from syseventd_superoffice.remembered import NOT_OURS

MEMORY = "tasks"
"""The name under which the source's memory holds it."""

MOST = 2_000
"""Tasks that are remembered as not ended: those that run first, then those that wait."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is remembered of the tasks: the highest number, and the ids of those not ended."""

    highest: int
    pending: frozenset[str]

    def ended_since(self, tasks: Iterable[Task]) -> tuple[Task, ...]:
        """Those of some tasks that have ended, which had not when this was remembered."""
        return tuple(t for t in tasks if t.id in self.pending or t.number > self.highest)

    def written(self) -> str:
        """As the memory holds it."""
        return json.dumps({"highest": self.highest, "pending": sorted(self.pending)})


def recalled(memory: Mapping[str, str]) -> Remembered | None:
    """What a memory holds of the tasks; None where they were never looked at.

    What no version of us wrote counts as nothing.
    """
    try:
        known = json.loads(memory[MEMORY])
        return Remembered(int(known["highest"]), frozenset(map(str, known["pending"])))
    except NOT_OURS:
        return None


def remember(before: Remembered | None, tasks: Tasks, held: Iterable[Task]) -> Remembered:
    """What to remember of a list. `held` are tasks whose ending was not told yet.

    Where not all rows were seen, or none, what was remembered holds as well.
    """
    pending = [task.id for task in chain(tasks.active, held, tasks.unclear, tasks.waiting)]
    highest = tasks.highest
    if before is not None and not tasks.complete:
        over = {task.id for task in tasks.ended}
        pending += sorted(before.pending - over)
    if before is not None and not (tasks.complete and tasks.counts):
        highest = max(highest, before.highest)
    return Remembered(highest, frozenset(islice(dict.fromkeys(pending), MOST)))

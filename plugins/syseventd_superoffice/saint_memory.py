"""What SAINT's source remembers: how long parts took, since when they wait, the run under way.

Pure. The memory is texts; each function takes what it held and returns what it is to hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, NamedTuple

from syseventd import Timestamp
from syseventd_superoffice.remembered import NOT_OURS, read_number
from syseventd_superoffice.saint_parts import COUNTERS, MONITORS, Part, Parts

NAME = "saint"
"""The name under which the memory holds all of it."""

KEPT = 9
"""Durations of each part that are kept; the latest."""

LEAST = 3
"""Durations without which nothing is said of what is usual."""

MISSED = 90000.0
"""Seconds for which a regeneration goes on while nothing can be seen of what ran: a day, in which
what is not available was asked again, and an hour.
"""


class Run(NamedTuple):
    """A regeneration: all that is regenerated without a pause. It is named by what began it."""

    mark: str
    began_at: Timestamp
    running: tuple[str, ...]
    """The parts that were running when they were seen last."""
    missed_since: Timestamp | None = None
    """Since when none of them can be seen, and none of the others runs."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered.

    `took` holds for each part when it was generated last and the seconds that it took lately;
    `dirty_since` since when each part has had values to work out; `run` is the regeneration
    under way, if any.
    """

    took: Mapping[str, tuple[Timestamp, tuple[float, ...]]] = field(default_factory=dict)
    dirty_since: Mapping[str, Timestamp] = field(default_factory=dict)
    run: Run | None = None

    def usual(self, part: str) -> float | None:
        """How many seconds a part usually takes; None without enough evidence."""
        _, durations = self.took.get(part, (0.0, ()))
        return median(durations) if len(durations) >= LEAST else None

    def written(self) -> dict[str, str]:
        """As a source's memory holds it."""
        held: dict[str, Any] = {
            "took": self.took,
            "dirty": self.dirty_since,
            "run": self.run,
        }
        held = {name: value for name, value in held.items() if value}
        return {NAME: json.dumps(held)} if held else {}


def recalled(memory: Mapping[str, str]) -> Memory:
    """What a source's memory holds. What no version of us wrote counts as nothing."""
    try:
        held = json.loads(memory.get(NAME, "{}"))
        return Memory(
            {str(name): _read_took(*told) for name, told in held.get("took", {}).items()},
            {str(name): read_number(at) for name, at in held.get("dirty", {}).items()},
            _read_run(*held["run"]) if "run" in held else None,
        )
    except NOT_OURS:
        return Memory()


def _read_took(at: float, durations: Iterable[float]) -> tuple[Timestamp, tuple[float, ...]]:
    return read_number(at), tuple(map(read_number, durations))


def _read_run(
    mark: str, began_at: float, running: Iterable[str], missed_since: float | None = None
) -> Run:
    since = None if missed_since is None else read_number(missed_since)
    return Run(str(mark), read_number(began_at), tuple(map(str, running)), since)


def updated(before: Memory, parts: Parts, now: Timestamp) -> Memory:
    """What is to be remembered once these parts were seen at `now`."""
    seen = {part.name: part for part in parts.parts}
    took = {p.name: told for p in parts.parts if (told := _took(before, p))}
    dirty = {p.name: _dirty_since(before, p, now) for p in parts.parts if p.wanted and p.dirty}
    return Memory(
        _kept(before.took, seen, parts) | took,
        _kept(before.dirty_since, seen, parts) | dirty,
        _run(before.run, seen, parts, now),
    )


def _run(before: Run | None, seen: Mapping[str, Part], parts: Parts, now: Timestamp) -> Run | None:
    """The regeneration under way. One goes on while the next part begins as the last one ends.

    Once all that runs came to its end in it before, it is another one that began right after it.
    """
    running = sorted((part for part in parts.parts if part.is_running), key=_started)
    names = tuple(part.name for part in running)
    if before is not None:
        # What can't be read may be running still.
        missed = tuple(_kept(dict.fromkeys(before.running), seen, parts))
        if names and not missed and all(_ended_in(before, part) for part in running):
            return _begun_by(running)
        if names:
            return before._replace(running=(*names, *missed), missed_since=None)
        since = now if before.missed_since is None else before.missed_since
        if missed and now - since < MISSED:
            return before._replace(running=missed, missed_since=since)
        return None
    return _begun_by(running) if running else None


def _begun_by(running: Sequence[Part]) -> Run:
    """A new regeneration of which these parts run, the one that began first before the others."""
    first = running[0]
    mark = f"saint:{first.name.replace(' ', '-')}:{_started(first):.0f}"
    return Run(mark, _started(first), tuple(part.name for part in running))


def _ended_in(run: Run, part: Part) -> bool:
    """Whether a part that runs was generated before, but in this regeneration."""
    return part.generated is not None and part.generated > run.began_at


def _kept(before: Mapping[str, Any], seen: Mapping[str, Part], parts: Parts) -> dict[str, Any]:
    """What was known of parts that could not be looked at. What is gone is forgotten."""
    missed = parts.unsure | parts.lacking
    return {n: value for n, value in before.items() if n not in seen and _group(n) in missed}


def _group(name: str) -> str:
    return COUNTERS if name.startswith(COUNTERS) else MONITORS


def _took(before: Memory, part: Part) -> tuple[Timestamp, tuple[float, ...]] | None:
    """A part's durations, with its last one if that is new."""
    known = before.took.get(part.name)
    if part.took is None or part.generated is None:
        return known
    at, durations = known or (None, ())
    if part.generated == at:
        return known
    return part.generated, (*durations, part.took)[-KEPT:]


def _dirty_since(before: Memory, part: Part, now: Timestamp) -> Timestamp:
    """Since when a part has had values to work out: at the earliest, since it was generated."""
    return max(before.dirty_since.get(part.name, now), part.generated or 0.0)


def _started(part: Part) -> Timestamp:
    return 0.0 if part.started is None else part.started

"""What the state of SAINT's parts means as events: regenerating, old, never generated. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from syseventd import Observation, Timestamp
from syseventd.interface import EventKind
from syseventd.settings import format_duration
from syseventd_superoffice.moments import moment
from syseventd_superoffice.saint_memory import Memory
from syseventd_superoffice.saint_parts import GROUPS, Part, Parts
from syseventd_superoffice.values import known_marks

REBUILD = "saint-rebuild"
STALE = "saint-stale"
NEVER = "saint-never"
SCOPE = "database"

MOST_NAMED = 10
"""Parts that a text names one by one."""

SHORTEST_USUAL = 60.0
"""Seconds that a part may always be reckoned with: who usually takes two is not late at four."""

KINDS = (
    EventKind(
        STALE, "SAINT values are old", "Status pictures, statistics and counters show old values."
    ),
    EventKind(
        NEVER, "SAINT was never generated", "Status pictures, statistics and counters show nothing."
    ),
)


class Limits(NamedTuple):
    """How old values may be, and how long they may wait to be worked out anew; in seconds."""

    oldest: float
    needing_update: float


def regenerating(
    parts: Parts, memory: Memory, now: Timestamp, slow_factor: float
) -> tuple[Observation, ...]:
    """The regeneration under way, if any: counters and status monitors are one event.

    It is expected to end once each part that runs has taken `slow_factor` times its usual time;
    where that is not known of all of them, nothing is expected. So it is overdue, not stalled,
    when it takes longer: nobody knows that it stands still.
    """
    running = [part for part in parts.parts if part.is_running]
    if not running or memory.run is None:
        return ()
    latest = {part.name: _latest(part, memory, slow_factor) for part in running}
    ends = [end for end in latest.values() if end is not None]
    late = [part for part in running if (end := latest[part.name]) is not None and now > end]
    details = {
        "Regenerating": _named([str(part) for part in running]),
        "Usual duration": _named(list(_usual(running, memory))),
        "Longer than usual": _named([str(part) for part in late]),
    }
    return (
        Observation(
            REBUILD,
            REBUILD,
            "SAINT regeneration",
            scope=SCOPE,
            activated_at=memory.run.began_at,
            expected_end=max(ends) if len(ends) == len(running) else None,
            details=tuple((heading, text) for heading, text in details.items() if text),
            marks=known_marks(frozenset({memory.run.mark})),
        ),
    )


def _latest(part: Part, memory: Memory, slow_factor: float) -> Timestamp | None:
    """When a part that runs should have ended at the latest; None where that is not known."""
    usual = memory.usual(part.name)
    if usual is None or part.started is None:
        return None
    return part.started + slow_factor * max(usual, SHORTEST_USUAL)


def _usual(running: Sequence[Part], memory: Memory) -> Iterator[str]:
    for part in running:
        usual = memory.usual(part.name)
        if usual is not None:
            yield f"{part.name} {format_duration(max(round(usual), 1))}"


def states(parts: Parts, memory: Memory, now: Timestamp, limits: Limits) -> Iterator[Observation]:
    """One event for the counters that are old, one for the status monitors; and the same for
    those that were never generated.
    """
    for group, title in GROUPS.items():
        of_group = [part for part in parts.parts if part.group == group]
        never = [str(part) for part in of_group if part.was_never_generated]
        if never:
            yield _event(NEVER, group, f"{title} were never generated", never)
        old = [f"{part}: {why}" for part in of_group if (why := _stale(part, memory, now, limits))]
        if old:
            yield _event(STALE, group, f"{title} are old", old)


def unknown(parts: Parts) -> frozenset[str]:
    """The events of which nobody can say now whether they have ended."""
    groups = parts.unsure | parts.lacking
    return frozenset(_key(kind, group) for kind in (STALE, NEVER) for group in groups)


def _stale(part: Part, memory: Memory, now: Timestamp, limits: Limits) -> str:
    """Why a part's values are old; "" where they are not."""
    if not part.wanted or part.generated is None:
        return ""
    if now - part.generated > limits.oldest:
        return f"last generated {moment(part.generated)}"
    since = memory.dirty_since.get(part.name)
    if since is None or now - since <= limits.needing_update:
        return ""
    return f"needs update since {moment(since)}"


def _key(kind: str, group: str) -> str:
    return f"{kind}:{group}"


def _event(kind: str, group: str, name: str, lines: Sequence[str]) -> Observation:
    message = "\n".join(_some(lines))
    return Observation(_key(kind, group), kind, name, message=message, scope=SCOPE)


def _named(texts: Sequence[str]) -> str:
    return ", ".join(_some(texts))


def _some(texts: Sequence[str]) -> Sequence[str]:
    """The first few; and how many more there are."""
    if len(texts) <= MOST_NAMED:
        return texts
    return (*texts[:MOST_NAMED], f"and {len(texts) - MOST_NAMED} more")

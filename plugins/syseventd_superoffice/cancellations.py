"""Whether an event that must never be cancelled has gone too early. Pure.

Such an event is gone when its work is done. Too early means that a batch task which does that
work, and began before, still runs: it has given a sign of life since, and there are more such
tasks than events left. Lists are read at different moments, and a task is written off a little
after its event: so nothing is said before a while has passed. Where nobody can see the tasks,
only the time that an event lasted tells, if the configuration names a shortest one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from syseventd import Observation, Timestamp
from syseventd_superoffice.kinds import NEVER_CANCELLED
from syseventd_superoffice.moments import moment
from syseventd_superoffice.remembered import NOT_OURS, read_number

MEMORY = "never cancelled"
"""The name under which the source's memory holds them."""

GIVEN_UP = 900.0
"""Seconds beyond the grace after which no evidence is waited for any more."""

MOST = 100
"""Events that are followed at a time."""


@dataclass(frozen=True, slots=True)
class Followed:
    """An event that must not be cancelled. `gone_at` is when it was first missing.

    `mark` is the number of its row, by which it is known whatever else of it can't be read.
    """

    scope: str
    key: str
    kind: str
    name: str
    began_at: Timestamp | None
    gone_at: Timestamp | None = None
    mark: str = ""

    @property
    def names(self) -> frozenset[str]:
        """What it is found by in a list."""
        return _names(self.scope, self.key, {self.mark} if self.mark else ())


@dataclass(frozen=True, slots=True)
class Cancelled:
    """One that has gone too early, and why we think so."""

    event: Followed
    gone_at: Timestamp
    reason: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known when we judge. Times are Unix seconds, lengths seconds.

    `events` are all that are listed; `unseen` are keys and marks of which nobody knows whether they
    are, and where the list is not `complete` nothing is missing. `tasks` are what the batch tasks
    show; None where nobody can look. A task may run on for `grace` after its event is gone.
    """

    now: Timestamp
    events: Sequence[Observation]
    unseen: frozenset[str]
    complete: bool
    tasks: Sequence[Observation] | None
    grace: float
    shortest: float | None


def recalled(memory: Mapping[str, str]) -> tuple[Followed, ...]:
    """The events that a memory holds. What no version of us wrote counts as nothing."""
    try:
        return tuple(_read(*item) for item in json.loads(memory.get(MEMORY, "[]")))
    except NOT_OURS:
        return ()


def _read(
    scope: str,
    key: str,
    kind: str,
    name: str,
    began_at: float | None,
    gone_at: float | None,
    mark: str = "",
) -> Followed:
    """An event as it was written. Raises one of NOT_OURS."""
    began_at, gone_at = (None if at is None else read_number(at) for at in (began_at, gone_at))
    return Followed(str(scope), str(key), str(kind), str(name), began_at, gone_at, str(mark))


def _names(scope: str, key: str, marks: Iterable[str]) -> frozenset[str]:
    return frozenset({f"{scope}/{key}", *marks})


def written(followed: Iterable[Followed]) -> dict[str, str]:
    """Events as a memory holds them."""
    items = [[f.scope, f.key, f.kind, f.name, f.began_at, f.gone_at, f.mark] for f in followed]
    return {MEMORY: json.dumps(items)} if items else {}


def judge(
    before: Iterable[Followed], evidence: Evidence
) -> tuple[tuple[Followed, ...], tuple[Cancelled, ...]]:
    """Which events are followed from now on, and which of those before were cancelled."""
    present = [
        Followed(o.scope, o.key, o.kind, o.name, o.activated_at, mark=min(o.marks, default=""))
        for o in evidence.events
        if o.kind in NEVER_CANCELLED
    ]
    renewed = frozenset[str]().union(*(event.names for event in present))
    listed = frozenset[str]().union(*(_names(o.scope, o.key, o.marks) for o in evidence.events))
    earlier = [event for event in before if renewed.isdisjoint(event.names)]
    there = [event for event in earlier if _may_be_there(event, listed, evidence)]
    following = [*present, *(replace(event, gone_at=None) for event in there)]
    left = Counter(event.kind for event in following)
    cancelled = list[Cancelled]()
    for event in earlier:
        if event in there:
            continue
        gone_at = evidence.now if event.gone_at is None else event.gone_at
        reason = _too_early(event, gone_at, evidence, left[event.kind])
        if reason:
            cancelled.append(Cancelled(event, gone_at, reason))
        elif reason is None:
            following.append(replace(event, gone_at=gone_at))
    return tuple(following[:MOST]), tuple(cancelled)


def _may_be_there(event: Followed, listed: frozenset[str], evidence: Evidence) -> bool:
    """Whether an event is listed, of whatever kind it seems now, or may be for all we know."""
    if not listed.isdisjoint(event.names):
        return True
    if event.key in evidence.unseen or event.mark in evidence.unseen:
        return True
    return event.gone_at is None and not evidence.complete


def _too_early(event: Followed, gone_at: Timestamp, evidence: Evidence, left: int) -> str | None:
    """Why an event that is gone went too early; "" if it did not; None while nobody can tell.

    `left` is how many of its kind are still there.
    """
    since = evidence.now - gone_at
    if evidence.shortest and event.began_at is not None:
        lasted = gone_at - event.began_at
        if lasted < evidence.shortest:
            return f"it lasted {lasted:.0f} s, and takes at least {evidence.shortest:.0f} s here"
    open_question = None if since < evidence.grace + GIVEN_UP else ""
    if evidence.tasks is None or since < evidence.grace:
        return open_question
    running = [task for task in evidence.tasks if _may_do(task, event, gone_at)]
    alive = [t for t in running if t.heartbeat is None or t.heartbeat > gone_at]
    if len(running) <= left:
        return ""
    if len(alive) <= left:
        return open_question
    names = ", ".join(f"{task.name} ({task.key})" for task in alive[:3])
    return f"{names} was still running at {moment(evidence.now)}"


def _may_do(task: Observation, event: Followed, gone_at: Timestamp) -> bool:
    """Whether a task may be doing what an event was shown for."""
    began = task.activated_at is None or task.activated_at <= gone_at
    return task.kind == event.kind and began and not task.stalled

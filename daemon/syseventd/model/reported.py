"""What a source reports: events and their ends, expiries, seats, meters, numbers, problems."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from syseventd.model.names import EventKey
from syseventd.model.times import NEVER, Timestamp, check_time


@dataclass(frozen=True, slots=True)
class Observation:
    """One event as its source reports it now.

    `key` (with `scope`) identifies it inside its source and becomes a metric label: it must not
    be text that people type. `kind` is one that a plugin declared. `activated_at`, `expected_end`
    and `heartbeat` are Unix seconds; `progress` is a share from 0 to 1. Unknown is `None` or "".
    `stalled` says that it runs and stands still. `details` are further columns for people: their
    headings with their texts.

    `marks` are the names that the watched system itself gives this one occurrence, such as
    `task:628`: a witness, a colon, and what is its own for each occurrence. Whatever has marks
    may be reported by any source of its target: reports that share a mark, or have the same key
    and no witness that tells them apart, are one event. Where there are marks, they and not
    `activated_at` tell the next occurrence from this one.

    `portrait` names the picture of who activated it: one of its source's, or of another source
    of its target. Nothing changes for the event where there is no such picture, or not yet.

    Raises ValueError for an empty key, a time that is none, a mark without a colon, or progress
    outside 0 to 1.
    """

    key: str
    kind: str
    name: str
    status: str = ""
    message: str = ""
    scope: str = ""
    activated_at: Timestamp | None = None
    activated_by: str = ""
    expected_end: Timestamp | None = None
    progress: float | None = None
    heartbeat: Timestamp | None = None
    stalled: bool = False
    details: tuple[tuple[str, str], ...] = ()
    marks: frozenset[str] = frozenset()
    portrait: str = ""

    def __post_init__(self) -> None:
        if not self.key:
            raise ValueError(f"an observation of kind {self.kind!r} has no key")
        if self.marks:
            _check_marks(self.key, self.marks)
        if self.progress is not None and not 0 <= self.progress <= 1:
            raise ValueError(f"{self.key}: progress {self.progress!r} is not a share from 0 to 1")
        check_time(self.key, "activated_at", self.activated_at)
        check_time(self.key, "expected_end", self.expected_end)
        check_time(self.key, "heartbeat", self.heartbeat)

    @property
    def identity(self) -> EventKey:
        return EventKey(self.scope, self.key)


def _check_marks(owner: str, marks: frozenset[str]) -> None:
    for mark in marks:
        witness, colon, name = mark.partition(":")
        if not (witness and colon and name):
            raise ValueError(f"{owner}: {mark!r} is no mark; write `witness:name`")


class EndReason(StrEnum):
    """Why an event ended."""

    GONE = "gone"
    """A complete snapshot no longer lists it."""
    REPLACED = "replaced"
    """The same key came back with a new start: that is a new occurrence."""
    UNWATCHED = "unwatched"
    """Its target or source was taken out of the configuration."""
    SUCCEEDED = "succeeded"
    """Its source says that it came to a good end."""
    FAILED = "failed"
    """Its source says that it failed; its message says how."""
    RENEWED = "renewed"
    """What was about to run out was renewed."""
    MERGED = "merged"
    """It turned out to be the same occurrence as another open event, which goes on."""


@dataclass(frozen=True, slots=True)
class Ending:
    """An event that is over, and how it ended, as its source itself says.

    `observation` is how it stood at its end, and finds the event as any observation does.
    `fresh` says that it ended since the source was last asked: then it is recorded even if it
    was never seen to run. Where it is not fresh, one that nobody knows is no news.
    """

    observation: Observation
    reason: EndReason
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Expiry:
    """A date after which something stops: a fact, which stays true while nobody can look.

    `kind` is one of the contract's words (`licence`, `grace`, `certificate` …), `name` is unique
    for target and kind, `at` is Unix seconds or `NEVER`. `subject`, `issuer` and `serial` say
    whom it concerns; `not_before` is when it begins to hold.
    """

    kind: str
    name: str
    at: Timestamp
    not_before: Timestamp | None = None
    subject: str = ""
    issuer: str = ""
    serial: str = ""

    def __post_init__(self) -> None:
        if self.at != NEVER:
            check_time(self.name, "at", self.at)
        check_time(self.name, "not_before", self.not_before)


@dataclass(frozen=True, slots=True)
class Seats:
    """How many seats of one licence are used. `limit` is None where use is unrestricted."""

    owner: str
    licence: str
    used: int | None
    limit: int | None
    title: str = ""

    @property
    def available(self) -> int | None:
        """How many more may be taken; None where that is not limited, or not known."""
        return None if self.used is None or self.limit is None else max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class Meter:
    """What was used of a metered service in this period, and the threshold that may be passed.

    `estimated` says that it was worked out, and is not what will be invoiced.
    """

    name: str
    used: float
    threshold: float | None = None
    title: str = ""
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number that was measured: a sample of a gauge that the plugin declared by `name`.

    `part` says of what, where a gauge has several: the table that an index is of, a state.
    `value` is in the unit that the gauge's name ends with; a time is Unix seconds.
    """

    name: str
    value: float
    part: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a probe could not read, while the rest went on: where, and why."""

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"

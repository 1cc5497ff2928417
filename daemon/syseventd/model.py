"""The words of syseventd: what a source reports, and what becomes of it. All of it is immutable."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

Timestamp: TypeAlias = float
"""Seconds since 1970-01-01 UTC, as Prometheus counts them. `math.inf` stands for "never"."""

NEVER: Timestamp = math.inf

EARLIEST: Timestamp = -6e10
"""About the year 68. Python's dates end a little before; no source means a date that old."""

LATEST: Timestamp = 2.5e11
"""About the year 9892. What lies beyond can't be shown as a date."""

LARGEST_PICTURE = 65536
"""Bytes of one picture."""

LONGEST_SIDE = 1024
"""Pixels. A few bytes may unpack to a picture that fills a browser's memory."""

_PICTURE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
_PNG = re.compile(rb"\x89PNG\r\n\x1a\n\0\0\0\rIHDR(.{4})(.{4})", re.DOTALL)
"""The signature, and a header that begins with width and height (RFC 2083)."""

NO_FACTS: Mapping[str, str] = MappingProxyType({})
NO_MEMORY: Mapping[str, str] = MappingProxyType({})


class Outcome(StrEnum):
    """How one probe ended. The first three are no failures."""

    OK = "ok"
    NOT_AVAILABLE = "not_available"
    PAUSED = "paused"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    UNAUTHORIZED = "unauthorized"
    THROTTLED = "throttled"
    MALFORMED = "malformed"
    ERROR = "error"

    @property
    def failed(self) -> bool:
        """Whether the source should have answered and did not."""
        return self in FAILURES


FAILURES = frozenset(Outcome) - {Outcome.OK, Outcome.NOT_AVAILABLE, Outcome.PAUSED}


class SourceId(NamedTuple):
    """One source of one target: what is scheduled, probed and stored as a unit."""

    target: str
    source: str

    def __str__(self) -> str:
        return f"{self.target}/{self.source}"


class EventKey(NamedTuple):
    """What tells the events of one source apart."""

    scope: str
    key: str


def _check_time(owner: str, name: str, value: Timestamp | None) -> None:
    if value is not None and not EARLIEST <= value <= LATEST:
        raise ValueError(f"{owner}: {name} is {value!r}, which is no time in Unix seconds")


def _check_marks(owner: str, marks: frozenset[str]) -> None:
    for mark in marks:
        witness, colon, name = mark.partition(":")
        if not (witness and colon and name):
            raise ValueError(f"{owner}: {mark!r} is no mark; write `witness:name`")


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
        _check_time(self.key, "activated_at", self.activated_at)
        _check_time(self.key, "expected_end", self.expected_end)
        _check_time(self.key, "heartbeat", self.heartbeat)

    @property
    def identity(self) -> EventKey:
        return EventKey(self.scope, self.key)


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
            _check_time(self.name, "at", self.at)
        _check_time(self.name, "not_before", self.not_before)


@dataclass(frozen=True, slots=True)
class Seats:
    """How many seats of one licence are used. `limit` is None where use is unrestricted."""

    owner: str
    licence: str
    used: int | None
    limit: int | None
    title: str = ""


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
class Picture:
    """A small picture in PNG that pages show, such as a portrait.

    `name` is what observations call it by: letters, digits, `.`, `_` and `-`. One that has a
    `fault` can be made, and is never shown.
    """

    name: str
    content: bytes = field(repr=False)

    @property
    def fault(self) -> str:
        """Why it can't be shown: its name, or no PNG, or too large; "" where it can."""
        name, content = self.name, self.content
        if not (isinstance(name, str) and _PICTURE_NAME.fullmatch(name)):
            return "its name is not 1 to 64 letters, digits, dots, dashes and underscores"
        if type(content) is not bytes:
            return f"its content is a {type(content).__name__}, not bytes"
        if len(content) > LARGEST_PICTURE:
            return f"it has {len(content)} bytes; {LARGEST_PICTURE} are the most"
        header = _PNG.match(content)
        if header is None:
            return "it is no PNG"
        width, height = int.from_bytes(header[1]), int.from_bytes(header[2])
        if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE):
            return f"it is {width} by {height} pixels; {LONGEST_SIDE} are the most"
        return ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a probe could not read, while the rest went on: where, and why."""

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


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
class Snapshot:
    """All that one probe saw.

    `complete` False says that more may exist than is listed: then nothing ends. `unseen` names
    the event keys and expiry names that could not be looked at, while the rest is complete:
    nothing named here ends, nor what begins with one of `unseen_under` (all below a folder that
    could not be read, say, when nobody can list it). `ask_again` is how many seconds the source
    would like to wait for its next probe. `facts` are short texts about the target; `version`,
    `serial` and `database_type` among them become labels of its info metric. `unseen` may also
    hold marks, and `unseen_under` what they begin with: no event that has such a one ends.

    `endings` are events that the source knows to have ended, and how. `memory` is what it wants
    to be told again before its next probe, restarts included (`recall`); it is stored together
    with what the snapshot changes. None leaves it as it was.

    `pictures` are what observations name. They are of the present alone, and never stored; one
    that is too large, or no PNG, is left out and told.
    """

    observations: tuple[Observation, ...] = ()
    expiries: tuple[Expiry, ...] = ()
    seats: tuple[Seats, ...] = ()
    meters: tuple[Meter, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    facts: Mapping[str, str] = field(default_factory=lambda: NO_FACTS)
    problems: tuple[Problem, ...] = ()
    endings: tuple[Ending, ...] = ()
    memory: Mapping[str, str] | None = None
    complete: bool = True
    unseen: frozenset[str] = frozenset()
    unseen_under: tuple[str, ...] = ()
    ask_again: float | None = None
    pictures: tuple[Picture, ...] = ()

    def hides(self, name: str) -> bool:
        """Whether what has this key or name may exist, although the snapshot doesn't list it."""
        return not self.complete or self.hides_mark(name)

    def hides_mark(self, mark: str) -> bool:
        """Whether what has this mark was named as out of sight, or left to another source."""
        return mark in self.unseen or mark.startswith(self.unseen_under)


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """One probe: how it ended, when it began, how many seconds it took, and what it saw.

    `reason` says what went wrong in words for people. `retry_after` is how many seconds the
    target, or its source, asked to be left alone.
    """

    outcome: Outcome
    started_at: Timestamp
    duration: float
    snapshot: Snapshot | None = None
    reason: str = ""
    retry_after: float | None = None


class Step(StrEnum):
    """One step in the life of an event."""

    STARTED = "started"
    CHANGED = "changed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Event:
    """An occurrence that we track from its start to its end.

    `id` is ours, and the same number as its first transition's. `observation` is how the source
    reported it last. `started_at` and `ended_at` are when we saw it start and end, in Unix
    seconds; when the source says that it began is `observation.activated_at`.
    """

    id: int
    source: SourceId
    observation: Observation
    started_at: Timestamp
    ended_at: Timestamp | None = None
    end_reason: EndReason | None = None

    @property
    def state(self) -> str:
        """`active`, `stalled` (open, and its source says that it stands still) or `ended`."""
        if self.ended_at is not None:
            return "ended"
        return "stalled" if self.observation.stalled else "active"

    @property
    def began_at(self) -> Timestamp:
        """When it began: as its source says, else when we first saw it."""
        activated_at = self.observation.activated_at
        return self.started_at if activated_at is None else activated_at


@dataclass(frozen=True, slots=True)
class Transition:
    """One step in an event's life. `event` is as it stands after the step.

    `id` grows with every transition of the whole daemon: it is the place in the stream that
    readers follow. `changes` names each field that changed with its old and its new value.
    """

    id: int
    step: Step
    at: Timestamp
    event: Event
    changes: Mapping[str, tuple[object, object]] = field(default_factory=dict)


OpenEvents: TypeAlias = Mapping[EventKey, Event]
"""The events of one source that have started and not ended."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one source: its open events, the expiries that hold, its memory."""

    source: SourceId
    events: OpenEvents = field(default_factory=dict)
    expiries: tuple[Expiry, ...] = ()
    memory: Mapping[str, str] = field(default_factory=lambda: NO_MEMORY)


@dataclass(frozen=True, slots=True)
class Advance:
    """What one snapshot changes: the steps to record, and what is known after them.

    `renewed` says whether any expiry changed, `remembered` whether the source's memory did.
    `givers` are other sources of the target, as they stand after events of theirs went over to
    this one. `problems` is what the snapshot got wrong.
    """

    known: Known
    transitions: tuple[Transition, ...] = ()
    renewed: bool = False
    problems: tuple[Problem, ...] = ()
    remembered: bool = False
    givers: tuple[Known, ...] = ()

    @property
    def to_store(self) -> bool:
        """Whether there is anything that must survive."""
        return bool(self.transitions) or self.renewed or self.remembered

    @property
    def sources(self) -> tuple[SourceId, ...]:
        """All whose events it changes; first the one that was asked."""
        return (self.known.source, *(giver.source for giver in self.givers))


@dataclass(frozen=True, slots=True)
class Target:
    """One configured system that is watched. `settings` is an instance of its type's class."""

    name: str
    type: str
    settings: object

"""One probe of one source: how it ended, and all that it saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from syseventd.model.pictures import Picture
from syseventd.model.reported import (
    Ending,
    Expiry,
    Measurement,
    Meter,
    Observation,
    Problem,
    Seats,
)
from syseventd.model.times import Timestamp

NO_FACTS: Mapping[str, str] = MappingProxyType({})


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

"""How often a source is asked: its grid, its backoff, what it asks for. Pure: no clock."""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import blake2b

from syseventd.model import Outcome, ProbeResult, Timestamp

DAY = 86400.0
CLOSE = 1e-3
"""Share of an interval by which a time may be off the grid, as clocks and floats round it."""
SPREAD = 60.0
"""Seconds over which first runs, and runs after a pause, are spread, where intervals are long."""
TOGETHER = 2.0
"""Seconds within which a target's sources run first: some need to know what the others see."""


@dataclass(frozen=True, slots=True)
class PaceSettings:
    """How often a source is asked. All in seconds.

    `ask_again_within` bounds what a snapshot, or a pause, may ask for. `backoff_ceiling` is the
    longest wait after failures; without it 15 minutes, or the interval where that is longer.
    `first_within` is how long first runs may take to come, at the most the spread.
    """

    interval: float
    ask_again_within: tuple[float, float] = (1.0, DAY)
    backoff_ceiling: float | None = None
    first_within: float = SPREAD

    @property
    def ceiling(self) -> float:
        if self.backoff_ceiling is None:
            return max(900.0, self.interval)
        return max(self.backoff_ceiling, self.interval)

    @property
    def spread(self) -> float:
        """Seconds over which the runs of sources with this interval are spread."""
        return min(self.interval, SPREAD)

    def soon(self, seconds: float) -> float:
        """`seconds` within the bounds of what may be asked for."""
        shortest, longest = self.ask_again_within
        return max(min(seconds, longest), min(shortest, self.interval))


@dataclass(frozen=True, slots=True)
class Pace:
    """What the results so far ask for. `NORMAL` is the plain interval.

    `every` is the wait from one run to the next where it isn't the interval; `not_before` is
    when the target asked to be left alone until; `failures` counts those in a row.
    """

    failures: int = 0
    every: float | None = None
    not_before: Timestamp = -math.inf


NORMAL = Pace()


def phase_of(*names: str) -> float:
    """Where in its interval a source of this name runs, from 0 to 1: the same after each restart.

    Where in theirs all sources of a target run first, for the name of a target alone.
    """
    digest = blake2b("\0".join(names).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def first_time(
    settings: PaceSettings, target_phase: float, phase: float, now: Timestamp
) -> Timestamp:
    """When a source runs first, or again after a pause: not all targets at once."""
    within = min(settings.spread, settings.first_within)
    together = min(within, TOGETHER)
    return now + target_phase * (within - together) + phase * together


def next_time(
    settings: PaceSettings, phase: float, pace: Pace, previous: Timestamp, now: Timestamp
) -> Timestamp:
    """When a source that ran at `previous` runs next. Always later than `now`.

    At the normal pace that is on its grid, `phase` of an interval after its multiples, or on the
    way there: from half an interval after `previous` to a whole one.
    """
    earliest = max(now, pace.not_before)
    if pace.every is None:
        return _towards_grid(settings.interval, phase, previous, earliest)
    planned = previous + pace.every
    if planned <= now:  # overtaken, by a long run or a pause: keep the beat
        planned = _on_grid(pace.every, previous % pace.every / pace.every, now)
    return max(planned, pace.not_before)


def _towards_grid(
    interval: float, phase: float, previous: Timestamp, after: Timestamp
) -> Timestamp:
    """The next time on the grid; where that is too soon, half-way to the one after it."""
    close = previous + interval * CLOSE
    time = _on_grid(interval, phase, max(after, close))
    if time - previous < interval / 2:
        return (previous + time + interval) / 2
    return time


def _on_grid(interval: float, phase: float, after: Timestamp) -> Timestamp:
    """The first time later than `after` on the grid."""
    offset = phase * interval
    time = offset + math.floor((after - offset) / interval) * interval
    while time <= after:  # at most twice: floats round
        time = max(time + interval, math.nextafter(time, math.inf))
    return time


def follow(settings: PaceSettings, pace: Pace, result: ProbeResult, now: Timestamp) -> Pace:
    """What `result`, which came at `now`, makes of the pace."""
    if result.outcome is Outcome.OK:
        again = None if result.snapshot is None else result.snapshot.ask_again
        return NORMAL if again is None else Pace(every=settings.soon(again))
    if result.outcome is Outcome.NOT_AVAILABLE:
        return Pace(every=max(DAY, settings.interval))
    if result.outcome is Outcome.PAUSED:
        return _paused(settings, result.retry_after, now)
    return _failed(settings, pace.failures + 1, result.retry_after, now)


def _paused(settings: PaceSettings, retry_after: float | None, now: Timestamp) -> Pace:
    if retry_after is None:
        return NORMAL
    wait = settings.soon(min(retry_after, DAY))
    return Pace(every=wait, not_before=now + wait)


def _failed(
    settings: PaceSettings, failures: int, retry_after: float | None, now: Timestamp
) -> Pace:
    """Waits twice as long with each failure in a row, or as long as the target asked for.

    The first wait is twice the interval, or two minutes where that is less: what is asked once an
    hour should not stay unseen for two because the network came up late.
    """
    if retry_after is not None:
        wait = max(settings.interval, min(retry_after, DAY))
        return Pace(failures, wait, now + wait)
    doubled = settings.spread * 2.0 ** min(failures, 60)
    return Pace(failures, min(doubled, settings.ceiling))

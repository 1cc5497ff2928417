"""When a threshold will be passed, should a month go on as it began. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from syseventd import Timestamp

DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Growth:
    """How much was added in how many seconds: the evidence of a forecast."""

    gained: float
    seconds: float

    @property
    def per_day(self) -> float:
        return self.gained / self.seconds * DAY


@dataclass(frozen=True, slots=True)
class Forecast:
    """What will be used at the month's end, and when the threshold is passed (Unix seconds)."""

    growth: Growth
    month_end: float
    passed_at: Timestamp


def forecast(
    used: float, threshold: float, growth: Growth, now: Timestamp, month_end: Timestamp
) -> Forecast | None:
    """What comes of `used` so far if it grows on as it did; None where it does not grow.

    `threshold` is above zero. One that is passed already was passed now, for all this knows.
    """
    if growth.seconds <= 0 or growth.gained <= 0:
        return None
    to_come = growth.gained * (month_end - now) / growth.seconds
    left = max(0.0, threshold - used)
    return Forecast(growth, used + to_come, now + left * growth.seconds / growth.gained)

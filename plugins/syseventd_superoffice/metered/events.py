"""What is told of a metered service: near its threshold, above it, or bound to pass it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from syseventd import Meter, Observation, Timestamp
from syseventd.interface import EventKind, Severity
from syseventd_superoffice.metered.allowances import GIGABYTE
from syseventd_superoffice.metered.forecasts import DAY, Forecast
from syseventd_superoffice.metered.months import Month, day_of
from syseventd_superoffice.remembered import NOT_OURS

NEAR = "metered-near"
OVER = "metered-over"
FORECAST = "metered-forecast"

KINDS = (
    EventKind(
        NEAR,
        "Metered service is near its threshold",
        "Users notice nothing; above the threshold, more is invoiced.",
        severity=Severity.INFO,
    ),
    EventKind(
        OVER,
        "Metered service is above its threshold",
        "Users notice nothing; what is above is added to the next invoice.",
    ),
    EventKind(
        FORECAST,
        "Metered service will pass its threshold",
        "Users notice nothing; at this month's rate, more will be invoiced.",
        severity=Severity.INFO,
    ),
)

PASSED_ON = "Over its threshold on"
"""The heading of the day on which a threshold will be passed."""

MARGIN = 0.02
"""By how much of the threshold use must fall before it counts as no longer near, or above it."""

CALM = 0.95
"""The share of the threshold expected at the month's end below which a forecast is taken back."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A meter, when it was read, and what it will come to; `note` is what to know of its number."""

    meter: Meter
    month: Month
    at: Timestamp
    forecast: Forecast | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """Events of one meter, and what must be remembered so that they stay as they are."""

    observations: tuple[Observation, ...]
    memory: Mapping[str, str]


def tell(
    reading: Reading, near: float, zone: tzinfo, memory: Mapping[str, str] | None = None
) -> Told:
    """The events of a meter; `near` is the share of the threshold from which it is near it."""
    known = memory or {}
    meter = reading.meter
    if not meter.threshold:
        return Told((), {})
    share = meter.used / meter.threshold
    level = _level(share, near, known.get(f"level:{meter.name}", ""))
    if level == OVER:
        return Told((_level_event(reading, OVER, share),), {f"level:{meter.name}": OVER})
    events = [_level_event(reading, NEAR, share)] if level else []
    kept = {f"level:{meter.name}": level} if level else {}
    expected = _expected(reading, zone, known.get(f"{FORECAST}:{meter.name}", ""))
    if expected is not None:
        observation, kept[f"{FORECAST}:{meter.name}"] = expected
        events.append(observation)
    return Told(tuple(events), kept)


def keys_of(name: str) -> frozenset[str]:
    """The keys of all events that a meter may have."""
    return frozenset(f"{kind}:{name}" for kind in (NEAR, OVER, FORECAST))


def _level(share: float, near: float, before: str) -> str:
    if share > 1 or (before == OVER and share > 1 - MARGIN):
        return OVER
    if share >= near or (before in (NEAR, OVER) and share > near - MARGIN):
        return NEAR
    return ""


def _level_event(reading: Reading, kind: str, share: float) -> Observation:
    meter = reading.meter
    assert meter.threshold is not None  # noqa: S101 — tell() made sure
    # Round numbers, so that the event changes seldom: the meter has the exact one.
    part = f"more than {int(share * 10) * 10:,}" if kind == OVER else f"{int(share * 100)}"
    used = f"{part} % of {amount(meter, meter.threshold)} used this month, estimated"
    where = "above" if kind == OVER else "near"
    return Observation(
        f"{kind}:{meter.name}",
        kind,
        f"{meter.title}: {where} the threshold",
        message=used,
        details=(("Note", reading.note),) if reading.note else (),
    )


def _expected(reading: Reading, zone: tzinfo, before: str) -> tuple[Observation, str] | None:
    """The forecast as an event, with its text to remember; None where nothing is to be feared."""
    meter, told = reading.meter, _remembered(before, reading.month)
    coming = reading.forecast
    assert meter.threshold is not None  # noqa: S101 — tell() made sure
    if coming is None or coming.month_end <= meter.threshold * (CALM if told else 1):
        return None
    if coming.passed_at < reading.month.end:
        day = day_of(coming.passed_at, zone)
        if told is None or told[0] != day:
            # Evidence is written anew when the day moves: the event changes no more often.
            told = (day, _evidence(reading, coming, zone))
    if told is None or told[0] < day_of(reading.at, zone):
        return None
    day, details = told
    observation = Observation(
        f"{FORECAST}:{meter.name}",
        FORECAST,
        f"{meter.title}: will pass the threshold this month",
        message=f"passes {amount(meter, meter.threshold)} on {day} at this month's rate, estimated",
        details=details,
    )
    return observation, json.dumps([reading.month.name, day, details])


def _evidence(reading: Reading, coming: Forecast, zone: tzinfo) -> tuple[tuple[str, str], ...]:
    meter, growth = reading.meter, coming.growth
    assert meter.threshold is not None  # noqa: S101 — tell() made sure
    counted_at = datetime.fromtimestamp(reading.at, zone).strftime("%Y-%m-%d %H:%M %Z")
    lines = (
        ("Counted until", counted_at),
        ("Used so far", amount(meter, meter.used)),
        ("Threshold", amount(meter, meter.threshold)),
        ("Days counted", f"{growth.seconds / DAY:.1f}"),
        ("Added in these days", amount(meter, growth.gained)),
        ("Rate per day", amount(meter, growth.per_day)),
        (PASSED_ON, day_of(coming.passed_at, zone)),
        ("Expected at the month's end", amount(meter, coming.month_end)),
    )
    return (*lines, ("Note", reading.note)) if reading.note else lines


def _remembered(text: str, month: Month) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    """Day and evidence of the forecast that stands, if it is of this month."""
    try:
        name, day, details = json.loads(text)
        lines = tuple((str(heading), str(line)) for heading, line in details)
    except NOT_OURS:
        return None
    return (str(day), lines) if name == month.name else None


def amount(meter: Meter, value: float) -> str:
    """A number of a meter for people: bytes as GB, all others whole."""
    if meter.name.endswith("_bytes"):
        return f"{value / GIGABYTE:,.1f} GB"
    return f"{value:,.0f}"

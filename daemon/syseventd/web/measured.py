"""What was measured of one target, as its page lists it: licences, meters and plugins' gauges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal, TypeAlias

from syseventd.board import SourceRecord
from syseventd.interface import Gauge
from syseventd.model import EARLIEST, LATEST, Measurement, Meter, Seats, Snapshot, Timestamp
from syseventd.web.paging import Page, cut
from syseventd.web.summaries import seats_by_owner

MOST = 200
"""How many licences, meters and measurements of one source the page shows."""

LARGEST_SHARE = 1e6
"""Above it a ratio is told as a plain number."""

Unit: TypeAlias = Literal["time", "share", "seconds", "number"]


@dataclass(frozen=True, slots=True)
class MeasurementRow:
    """One measurement. `title` is None where no plugin declared its gauge; `unit` is how to say it.

    `part` says of what; "" where there is only one.
    """

    title: str | None
    name: str
    part: str
    value: float
    unit: Unit


@dataclass(frozen=True, slots=True)
class Measured:
    """All that one source measured, and whether it is too old to be the present."""

    record: SourceRecord
    stale: bool
    licences: Mapping[str, Sequence[Seats]]
    more_licences: int
    meters: Page[Meter]
    measurements: Page[MeasurementRow]


def measured(
    records: Sequence[SourceRecord],
    gauges: Mapping[str, Gauge],
    now: Timestamp,
    elsewhere: Set[str] = frozenset(),
) -> list[Measured]:
    """What each source that measures anything measured last.

    `elsewhere` names the sources whose licences and meters stand in a tab.
    """
    return [
        _measured(record, record.snapshot, gauges, now, record.source.source in elsewhere)
        for record in records
        if record.snapshot is not None
    ]


def _measured(
    record: SourceRecord,
    shot: Snapshot,
    gauges: Mapping[str, Gauge],
    now: Timestamp,
    elsewhere: bool,
) -> Measured:
    seats = () if elsewhere else shot.seats
    return Measured(
        record,
        not record.fresh(now),
        seats_by_owner(seats[:MOST]),
        max(0, len(seats) - MOST),
        cut(() if elsewhere else shot.meters, MOST),
        cut(shot.measurements, MOST).map(lambda one: _row(one, gauges.get(one.name))),
    )


def _row(measurement: Measurement, gauge: Gauge | None) -> MeasurementRow:
    title = None if gauge is None else gauge.help.rstrip(". ")
    unit = _unit(measurement.name, measurement.value)
    return MeasurementRow(title, measurement.name, measurement.part, measurement.value, unit)


def _unit(name: str, value: float) -> Unit:
    """How people read a value, by the unit that the gauge's name ends with."""
    if name.endswith("_timestamp_seconds") and EARLIEST <= value <= LATEST:
        return "time"
    if name.endswith("_ratio") and abs(value) <= LARGEST_SHARE:
        return "share"
    return "seconds" if name.endswith("_seconds") else "number"

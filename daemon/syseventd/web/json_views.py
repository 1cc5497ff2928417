"""How each word of the model looks in JSON. Times are ISO 8601 in UTC; "never" is null."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from syseventd.board import Board, SourceRecord
from syseventd.days import days_left
from syseventd.interface import Gauge, Severity
from syseventd.model import (
    NEVER,
    Event,
    Expiry,
    Measurement,
    Meter,
    ProbeResult,
    Seats,
    Snapshot,
    SourceId,
    Timestamp,
    Transition,
)
from syseventd.web.portraits import Portraits
from syseventd.web.rows import Kinds, severity_of
from syseventd.web.speech import iso_time
from syseventd.web.summaries import facts_of, next_expiry, source_state, target_state

Json: TypeAlias = dict[str, object]

MOST = 1000
"""How many items of one list a reply holds; `totals` says how many there are."""

_TIMES = frozenset({"activated_at", "expected_end", "heartbeat"})
_NAMES = {"marks": "also_known_as"}
"""What the API calls otherwise than the model."""


def time_or_null(at: Timestamp | None) -> str | None:
    """A time in ISO 8601; null for one that is unknown, and for never."""
    return None if at is None or at == NEVER else iso_time(at)


def event_json(event: Event, severity: Severity, portrait: str | None = None) -> Json:
    """One event, as the contract names its parts; `portrait` is where that picture is."""
    seen = event.observation
    return {
        "id": event.id,
        "target": event.source.target,
        "source": event.source.source,
        "key": seen.key,
        "kind": seen.kind,
        "name": seen.name,
        "status": seen.status,
        "message": seen.message,
        "scope": seen.scope,
        "state": event.state,
        "severity": severity,
        "activated_at": time_or_null(seen.activated_at),
        "activated_by": seen.activated_by,
        "portrait": portrait,
        "expected_end": time_or_null(seen.expected_end),
        "started_at": iso_time(event.started_at),
        "ended_at": time_or_null(event.ended_at),
        "end_reason": event.end_reason,
        "progress": seen.progress,
        "stalled": seen.stalled,
        "details": _details(seen.details),
        "also_known_as": sorted(seen.marks),
    }


def transition_json(transition: Transition) -> Json:
    """One step in an event's life, with what it changed."""
    return {
        "id": transition.id,
        "step": transition.step,
        "at": iso_time(transition.at),
        "changes": {
            _NAMES.get(name, name): {"from": _changed(name, old), "to": _changed(name, new)}
            for name, (old, new) in transition.changes.items()
        },
    }


def _changed(name: str, value: object) -> object:
    """The old or the new value of what changed, as `event_json` has it."""
    if name in _TIMES and isinstance(value, int | float):
        return time_or_null(value)
    if name == "details" and isinstance(value, list | tuple):
        return _details(value)
    if name == "marks" and isinstance(value, frozenset | list):
        return sorted(value)
    return value


def _details(details: Iterable[tuple[str, str]]) -> list[Json]:
    return [{"name": heading, "text": text} for heading, text in details]


def target_json(board: Board, name: str, now: Timestamp, *, unwatched: bool) -> Json:
    """One line of the list of targets. `unwatched`: it can't be watched."""
    records = board.records(name)
    soonest = next_expiry(records)
    return {
        "name": name,
        "type": board.targets[name].type,
        "state": target_state(records, unwatched=unwatched),
        "sources": {r.source.source: source_state(r, unwatched=unwatched) for r in records},
        "events": sum(len(record.known.events) for record in records),
        "next_expiry": None if soonest is None else expiry_json(soonest, now),
    }


def target_detail_json(
    board: Board,
    name: str,
    dates: Sequence[tuple[SourceId, Expiry]],
    kinds: Kinds,
    gauges: Mapping[str, Gauge],
    history: Callable[[SourceId], Sequence[ProbeResult]],
    next_run: Callable[[SourceId], Timestamp | None],
    now: Timestamp,
    *,
    unwatched: bool,
) -> Json:
    """All that is known of one target, and the last probes of its sources, newest first.

    `kinds` and `gauges` are those that plugins declared, `dates` its expiries, the soonest first.
    `unwatched`: it can't be watched.
    """
    records = board.records(name)
    return {
        "name": name,
        "type": board.targets[name].type,
        "state": target_state(records, unwatched=unwatched),
        "facts": facts_of(records),
        **_measurements_json(records, gauges),
        "expiries": [{"source": s.source, **expiry_json(e, now)} for s, e in dates[:MOST]],
        "events": _events_json(board, name, kinds, now),
        "totals": {
            "events": sum(len(record.known.events) for record in records),
            "expiries": len(dates),
            "measurements": sum(len(shot.measurements) for _, shot in _snapshots(records)),
        },
        "sources": {
            r.source.source: {
                "state": source_state(r, unwatched=unwatched),
                **_source_json(r, next_run(r.source), now),
            }
            for r in records
        },
        "probes": _probes_json(records, history),
    }


def _snapshots(records: Iterable[SourceRecord]) -> list[tuple[SourceRecord, Snapshot]]:
    return [(record, record.snapshot) for record in records if record.snapshot is not None]


def _measurements_json(records: Iterable[SourceRecord], gauges: Mapping[str, Gauge]) -> Json:
    """Licences, meters, and what gauges measure."""
    snapshots = _snapshots(records)
    measurements = [(r, one) for r, shot in snapshots for one in shot.measurements]
    return {
        "licences": [_measured(r, _seats_json(s)) for r, shot in snapshots for s in shot.seats],
        "meters": [_measured(r, _meter_json(m)) for r, shot in snapshots for m in shot.meters],
        "measurements": [
            _measured(r, _measurement_json(one, gauges.get(one.name)))
            for r, one in measurements[:MOST]
        ],
    }


def _events_json(board: Board, name: str, kinds: Kinds, now: Timestamp) -> list[Json]:
    """A target's open events, the newest first, each with the picture of who activated it."""
    portraits = Portraits(board.records(name))
    return [
        event_json(event, severity_of(event, kinds, now), portraits.path_of(event))
        for event in board.newest_events(name, MOST)
    ]


def _measured(record: SourceRecord, measurement: Json) -> Json:
    """A measurement, with the source that made it and when that last answered."""
    source = record.source.source
    return {**measurement, "source": source, "measured_at": time_or_null(record.last_success)}


def _source_json(record: SourceRecord, next_run: Timestamp | None, now: Timestamp) -> Json:
    """One source's health, without its state. `since` is null until its first probe has ended."""
    return {
        "since": time_or_null(record.since or None),
        "outcome": record.outcome,
        "reason": record.reason,
        "last_success": time_or_null(record.last_success),
        "next_run": time_or_null(next_run),
        "stale": not record.fresh(now),
        "probes": record.probes,
        "failures": {str(outcome): count for outcome, count in sorted(record.failures.items())},
        "problems": [{"where": p.where, "reason": p.reason} for p in record.problems[:MOST]],
        "problems_total": len(record.problems),
    }


def _probes_json(
    records: Iterable[SourceRecord], history: Callable[[SourceId], Sequence[ProbeResult]]
) -> list[Json]:
    probes = [
        (record.source.source, probe) for record in records for probe in history(record.source)
    ]
    probes.sort(key=lambda pair: pair[1].started_at, reverse=True)
    return [
        {
            "source": source,
            "outcome": probe.outcome,
            "started_at": iso_time(probe.started_at),
            "duration_seconds": probe.duration,
            "reason": probe.reason,
            "retry_after_seconds": probe.retry_after,
        }
        for source, probe in probes[:MOST]
    ]


def expiry_json(expiry: Expiry, now: Timestamp) -> Json:
    """One date after which something stops; `at` is null where it never does."""
    return {
        "kind": expiry.kind,
        "name": expiry.name,
        "at": time_or_null(expiry.at),
        "days_left": days_left(expiry, now),
        "not_before": time_or_null(expiry.not_before),
        "subject": expiry.subject,
        "issuer": expiry.issuer,
        "serial": expiry.serial,
    }


def _seats_json(seats: Seats) -> Json:
    return {
        "owner": seats.owner,
        "licence": seats.licence,
        "title": seats.title,
        "used": seats.used,
        "limit": seats.limit,
        "available": seats.available,
    }


def _meter_json(meter: Meter) -> Json:
    return {
        "name": meter.name,
        "title": meter.title,
        "used": meter.used,
        "threshold": meter.threshold,
        "estimated": meter.estimated,
    }


def _measurement_json(measurement: Measurement, gauge: Gauge | None) -> Json:
    """One number that a plugin measured; of what no plugin declared there is no help."""
    return {
        "name": measurement.name,
        "part": measurement.part,
        "value": measurement.value,
        "help": "" if gauge is None else gauge.help,
    }

"""What `syseventd probe` saw, for people and for machines."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from syseventd.cli.words import counted, printable
from syseventd.model import Observation, ProbeResult, Snapshot, SourceId, Timestamp
from syseventd.web import by_cause

NAMED = 3
"""How many sources that fail for one reason are named there."""


def as_data(results: Mapping[SourceId, ProbeResult]) -> dict[str, Any]:
    """The results as JSON-ready data, by `target/source`. Never is null, times are ISO 8601."""
    return {
        str(name): {
            "outcome": str(result.outcome),
            "reason": result.reason,
            "started_at": _iso(result.started_at),
            "duration_seconds": round(result.duration, 6),
            "snapshot": _snapshot_data(result.snapshot),
        }
        for name, result in results.items()
    }


_TIMES = frozenset({"activated_at", "expected_end", "heartbeat", "at", "not_before"})


def _snapshot_data(snapshot: Snapshot | None) -> dict[str, Any] | None:
    if snapshot is None:
        return None
    return {
        "complete": snapshot.complete,
        "unseen": sorted(snapshot.unseen),
        "unseen_under": list(snapshot.unseen_under),
        "ask_again": snapshot.ask_again,
        "facts": dict(snapshot.facts),
        "memory": None if snapshot.memory is None else dict(snapshot.memory),
        "pictures": [{"name": p.name, "bytes": len(p.content)} for p in snapshot.pictures],
        **{name: [_fields(item) for item in getattr(snapshot, name)] for name in _LISTS},
    }


_LISTS = ("observations", "endings", "expiries", "seats", "meters", "measurements", "problems")


def _fields(item: Any) -> dict[str, Any]:
    """What is known of an item; of a time also that it is not."""
    return {
        f.name: _field(f.name, value)
        for f in dataclasses.fields(item)
        if (value := getattr(item, f.name)) not in (None, "") or f.name in _TIMES
    }


def _field(name: str, value: Any) -> Any:
    if name in _TIMES:
        return _iso(value)
    if isinstance(value, Observation):
        return _fields(value)
    if name == "details":
        return [{"name": heading, "text": text} for heading, text in value]
    return sorted(value) if isinstance(value, frozenset) else value


def _iso(time: Timestamp | None) -> str | None:
    if time is None or math.isinf(time):
        return None
    return datetime.fromtimestamp(time, UTC).isoformat().replace("+00:00", "Z")


def as_text(results: Mapping[SourceId, ProbeResult]) -> str:
    """The results for people: what was seen, every problem, a line a source, and why they failed.

    A reason of one source alone stands on its line; one that several share is told once, last.
    """
    lines: list[str] = []
    shots = {name: r.snapshot for name, r in results.items() if r.snapshot is not None}
    for name, snapshot in shots.items():
        seen = list(_seen(snapshot))
        lines += [str(name), *(f"  {line}" for line in seen)] if seen else []
    lines.extend(f"problem  {n}  {p}" for n, snapshot in shots.items() for p in snapshot.problems)
    shared = _shared_reasons(results)
    told = {name for _, names in shared for name in names}
    lines.extend(_closing(name, r, told=name in told) for name, r in results.items())
    lines.extend(f"{_together(names)}: {reason}" for reason, names in shared)
    return "".join(printable(line) + "\n" for line in lines)


def _seen(snapshot: Snapshot) -> Iterator[str]:
    """What a source saw, a line each."""
    for name, value in snapshot.facts.items():
        yield f"fact     {name}: {value}"
    for event in snapshot.observations:
        yield from _event("event", event, ", stands still" if event.stalled else "")
    for ending in snapshot.endings:
        yield from _event("ended", ending.observation, f", {ending.reason}")
    for expiry in snapshot.expiries:
        yield f"expiry   {expiry.kind} {expiry.name}: {_iso(expiry.at) or 'never'}"
    for seats in snapshot.seats:
        used = "unknown" if seats.used is None else seats.used
        limit = ", unrestricted" if seats.limit is None else f" of {seats.limit}"
        yield f"seats    {seats.owner} {seats.licence}: {used}{limit}"
    for meter in snapshot.meters:
        threshold = ", no limit" if meter.threshold is None else f" of {meter.threshold:g}"
        estimated = ", estimated" if meter.estimated else ""
        yield f"meter    {meter.name}: {meter.used:g}{threshold}{estimated}"
    for one in snapshot.measurements:
        part = f" {one.part}" if one.part else ""
        yield f"measured {one.name}{part}: {one.value:.15g}"


def _event(what: str, event: Observation, how: str) -> Iterator[str]:
    """An event with its details, a line each."""
    since = f", since {_iso(event.activated_at)}" if event.activated_at is not None else ""
    status = f" {event.status}" if event.status else ""
    named = f": {event.name}" if event.name != event.key else ""
    message = f"; {event.message}" if event.message else ""
    yield f"{what:<8} {event.kind} {event.key}{named}{status}{how}{since}{message}"
    for heading, text in event.details:
        yield f"         {heading}: {text}"


def _shared_reasons(
    results: Mapping[SourceId, ProbeResult],
) -> list[tuple[str, list[SourceId]]]:
    """The reasons for which several sources saw nothing, with those sources."""
    blind = [name for name, r in results.items() if r.snapshot is None and r.reason]
    causes = by_cause(blind, lambda name: (results[name].outcome, results[name].reason))
    return [(reason, names) for reason, names in causes if len(names) > 1]


def _together(names: Sequence[SourceId]) -> str:
    """Sources by name while those are few: their own lines stand above."""
    return ", ".join(map(str, names)) if len(names) <= NAMED else f"{len(names)} sources"


def _closing(name: SourceId, result: ProbeResult, *, told: bool) -> str:
    """How a probe ended, and how much it saw. `told`: why it failed is told elsewhere."""
    ended = f"{name}  {result.outcome} in {result.duration:.3f} s"
    if result.snapshot is None:
        return f"{ended}: {result.reason}" if result.reason and not told else ended
    unseen = "" if result.snapshot.complete else "; not all could be seen, so nothing ends"
    return f"{ended}: {_counts(result.snapshot)}{unseen}"


def _counts(snapshot: Snapshot) -> str:
    counts = (
        (len(snapshot.facts), "fact", "facts"),
        (len(snapshot.observations), "event", "events"),
        (len(snapshot.endings), "event that ended", "events that ended"),
        (len(snapshot.expiries), "date", "dates"),
        (len(snapshot.seats), "licence's seats", "licences' seats"),
        (len(snapshot.meters), "meter", "meters"),
        (len(snapshot.measurements), "measurement", "measurements"),
        (len(snapshot.pictures), "picture", "pictures"),
        (len(snapshot.problems), "problem", "problems"),
    )
    told = [counted(number, one, many) for number, one, many in counts if number]
    return ", ".join(told) or "nothing to report"

"""`syseventd probe`: asks one target once and shows what it saw; stores nothing."""

from __future__ import annotations

import asyncio
import dataclasses
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from syseventd.cli.listing import printable
from syseventd.config import Config
from syseventd.errors import NoSuchSource
from syseventd.model import ProbeResult, Snapshot, SourceId, Timestamp
from syseventd.watching import WatchedTarget


async def probe(config: Config, name: str) -> dict[SourceId, ProbeResult]:
    """The results of a target's sources, or of the one that is named after a slash.

    Raises NoSuchSource.
    """
    target_name, _, source_name = name.partition("/")
    target_config = config.targets.get(target_name)
    if target_config is None:
        raise NoSuchSource(f'target "{target_name}"', _hint(target_name, list(config.targets)))
    names = [source.type.name for source in target_config.sources]
    if source_name and source_name not in names:
        raise NoSuchSource(f'source "{source_name}" of {target_name}', _hint(source_name, names))
    target = WatchedTarget(target_config)
    try:
        wanted = [s for s in target.sources.values() if source_name in ("", s.name.source)]
        results = await asyncio.gather(*(s.prober.probe(s.config.timeout) for s in wanted))
        return {s.name: result for s, result in zip(wanted, results, strict=True)}
    finally:
        await target.aclose()


def _hint(name: str, known: list[str]) -> str:
    nearest = get_close_matches(name, known, 1)
    return f"{', '.join(known) or 'none'}" + (f'; did you mean "{nearest[0]}"?' if nearest else "")


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
        "facts": dict(snapshot.facts),
        **{
            name: [_fields(item) for item in getattr(snapshot, name)]
            for name in ("observations", "expiries", "seats", "meters", "problems")
        },
    }


def _fields(item: Any) -> dict[str, Any]:
    return {
        f.name: _iso(value) if f.name in _TIMES else value
        for f in dataclasses.fields(item)
        if (value := getattr(item, f.name)) not in (None, "") or f.name in _TIMES
    }


def _iso(time: Timestamp | None) -> str | None:
    if time is None or math.isinf(time):
        return None
    return datetime.fromtimestamp(time, UTC).isoformat().replace("+00:00", "Z")


def as_text(results: Mapping[SourceId, ProbeResult]) -> str:
    """The results for people."""
    lines: list[str] = []
    for name, result in results.items():
        reason = f": {result.reason}" if result.reason else ""
        lines.append(f"{name}  {result.outcome} in {result.duration:.3f} s{reason}")
        if result.snapshot is not None:
            lines.extend("  " + line for line in _snapshot_lines(result.snapshot))
    return "".join(printable(line) + "\n" for line in lines)


def _snapshot_lines(snapshot: Snapshot) -> list[str]:
    lines = [f"fact     {name}: {value}" for name, value in snapshot.facts.items()]
    for event in snapshot.observations:
        since = f", since {_iso(event.activated_at)}" if event.activated_at is not None else ""
        status = f" {event.status}" if event.status else ""
        lines.append(f"event    {event.kind} {event.key}: {event.name}{status}{since}")
    for expiry in snapshot.expiries:
        lines.append(f"expiry   {expiry.kind} {expiry.name}: {_iso(expiry.at) or 'never'}")
    for seats in snapshot.seats:
        used = "unknown" if seats.used is None else seats.used
        limit = ", unrestricted" if seats.limit is None else f" of {seats.limit}"
        lines.append(f"seats    {seats.owner} {seats.licence}: {used}{limit}")
    for meter in snapshot.meters:
        threshold = ", no limit" if meter.threshold is None else f" of {meter.threshold:g}"
        lines.append(f"meter    {meter.name}: {meter.used:g}{threshold}")
    lines.extend(f"problem  {problem}" for problem in snapshot.problems)
    if not snapshot.complete:
        lines.append("note     not all could be seen; nothing ends because of this probe")
    return lines or ["nothing to report"]

"""What the commands print for people: plugins, what would be watched, events."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from syseventd.cli.words import NAMED, counted, printable
from syseventd.config import Config
from syseventd.interface import Severity
from syseventd.plugins import Catalogue
from syseventd.settings import format_duration

EVENT_COLUMNS = (
    "id",
    "state",
    "target",
    "source",
    "kind",
    "name",
    "status",
    "activated_at",
    "started_at",
    "expected_end",
    "ended_at",
    "message",
)
"""What is known of an event, as the API names it; CSV has them all, its details and severity."""
SINCE = "since"
SEVERITY = "severity"
"""The API names it too; a daemon from before it did so tells none."""
_SHOWN_COLUMNS = (
    "id",
    SEVERITY,
    *(SINCE if n == "activated_at" else n for n in EVENT_COLUMNS[1:] if n != "started_at"),
)
_WORST_FIRST = {str(severity): place for place, severity in enumerate(Severity)}


def table(rows: Iterable[Sequence[object]]) -> str:
    """Rows in aligned columns, two spaces apart. Control characters become spaces."""
    texts = [[printable(str(cell)) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)] if texts else []
    return "".join(
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() + "\n"
        for row in texts
    )


def watched(config: Config) -> str:
    """What a valid configuration watches, a line a source, and what it makes no sense to ask."""
    rows = [
        (
            f"{target.target.name}/{source.type.name}",
            target.target.type,
            f"every {format_duration(source.interval)}",
            f"timeout {format_duration(source.timeout)}",
        )
        for target in config.targets.values()
        for source in target.sources
    ]
    sinks = [f"sink {sink.name}: {sink.type.name}\n" for sink in config.sinks.values()]
    sources = counted(len(rows), "source", "sources")
    targets = counted(len(config.targets), "target", "targets")
    left_out = "".join(f"{line}\n" for line in _left_out(config))
    return f"{table(rows)}{''.join(sinks)}{left_out}{sources} of {targets}\n"


def _left_out(config: Config) -> Iterator[str]:
    """The sources that are not asked for want of something, a line for all targets alike."""
    alike: dict[tuple[str, str], list[str]] = {}
    for left in config.left_out:
        alike.setdefault((left.source, left.needs), []).append(left.target)
    for (source, needs), targets in alike.items():
        more = f" and {len(targets) - NAMED} more" if len(targets) > NAMED else ""
        line = f"{', '.join(targets[:NAMED])}{more}: {source} will not be asked: it needs {needs}"
        yield printable(line)


def nothing_watched(config: Config) -> str | None:
    """Why a valid configuration watches nothing at all; None where it does, or may later."""
    if any(target.sources for target in config.targets.values()) or config.unwatched:
        return None
    if config.targets:
        return "nothing is watched: every source of every target is switched off"
    return "nothing is watched: no target is configured; write a block such as [targets.crm]"


def plugins_data(catalogue: Catalogue) -> dict[str, Any]:
    """The plugins as JSON-ready data."""
    return {
        "plugins": [
            {
                "name": plugin.name,
                "version": plugin.version,
                "origin": plugin.origin,
                "target_types": [o.name for o in plugin.offers.target_types],
                "sources": [f"{o.target_type}/{o.name}" for o in plugin.offers.source_types],
                "sinks": [o.name for o in plugin.offers.sink_types],
                "event_kinds": [o.name for o in plugin.offers.event_kinds],
                "gauges": [o.name for o in plugin.offers.gauges],
                "tabs": [f"{o.target_type}/{o.name}" for o in plugin.offers.tabs],
            }
            for plugin in catalogue.plugins
        ],
        "refused": [
            {"name": r.name, "version": r.version, "origin": r.origin, "reason": r.reason}
            for r in catalogue.refused
        ],
    }


def plugins(catalogue: Catalogue) -> str:
    """The plugins for people: a block each, the refused ones last."""
    lines = []
    for plugin in plugins_data(catalogue)["plugins"]:
        lines.append(f"{plugin['name']} {plugin['version']} ({plugin['origin']})")
        for what in ("target_types", "sources", "sinks", "event_kinds", "gauges", "tabs"):
            if plugin[what]:
                lines.append(f"  {what.replace('_', ' '):<13} {', '.join(plugin[what])}")
    lines.extend(
        f"{refused.name} {refused.version} ({refused.origin}) refused: {refused.reason}"
        for refused in catalogue.refused
    )
    return "".join(printable(line) + "\n" for line in lines or ["no plugins are installed"])


def worst_first(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Open events in the page's order: the worst first, and of these the oldest."""

    def urgency(event: dict[str, Any]) -> tuple[int, str]:
        place = _WORST_FIRST.get(str(event.get(SEVERITY)), len(_WORST_FIRST))
        return place, str(_shown(event, SINCE))

    return sorted(found, key=urgency)


def events(found: Sequence[dict[str, Any]]) -> str:
    """Events for people, a line each."""
    if not found:
        return "no events\n"
    rows = [[_shown(event, column) for column in _SHOWN_COLUMNS] for event in found]
    return table([[c.upper().replace("_", " ") for c in _SHOWN_COLUMNS], *rows])


def _shown(event: dict[str, Any], column: str) -> object:
    """A cell. An event began when its source says so, else when it was first seen."""
    value = event["activated_at"] or event["started_at"] if column == SINCE else event.get(column)
    return "" if value is None else value


def events_csv(found: Sequence[dict[str, Any]]) -> str:
    """Events as CSV with a heading. Text that a spreadsheet would run as a formula is quoted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*EVENT_COLUMNS, "details", SEVERITY])
    for event in found:
        cells = [
            *(event[column] for column in EVENT_COLUMNS),
            _details(event),
            _shown(event, SEVERITY),
        ]
        writer.writerow(map(_harmless, cells))
    return out.getvalue()


def _details(event: dict[str, Any]) -> str:
    """`Rows: 7; Stage: reading`. A daemon from before there were any tells none."""
    details = event.get("details", ())
    return "; ".join(f"{detail['name']}: {detail['text']}" for detail in details)


def _harmless(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = "".join(c if c.isprintable() or c in "\n\t" else " " for c in value)
    return f"'{text}" if text[:1] in tuple("=+-@\t\r") else text

"""SAINT's counters and status monitors, and the free-text index."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from syseventd_superoffice.simulator.carriers import with_rights
from syseventd_superoffice.simulator.reading import Reading
from syseventd_superoffice.simulator.world import Counters, FreeTextIndex, StatusMonitor

CONTAINS = 1


def counters(row: Counters, reading: Reading) -> dict[str, Any]:
    """SaintConfiguration."""
    first, second, third = row.periods
    return with_rights(
        {
            "OwnerTable": row.table,
            "Enabled": row.enabled,
            "Period1": first,
            "Period2": second,
            "Period3": third,
            "GenerationStart": reading.date(row.generation_start),
            "GenerationEnd": reading.date(row.generation_end),
            "RowsGenerated": row.rows,
        }
    )


def periods(rows: Iterable[Counters]) -> dict[str, Any]:
    """StatusMonitorPeriods: those of the first row."""
    first, second, third = next(iter(rows)).periods
    return with_rights({"Period1": first, "Period2": second, "Period3": third})


def status_monitor(monitor: StatusMonitor, reading: Reading) -> dict[str, Any]:
    """StatusMonitor."""
    return with_rights(
        {
            "OwnerTable": monitor.table,
            "Rank": monitor.rank,
            "DefaultTask": 0,
            "DefaultTaskText": "",
            "IsVisual": monitor.visual,
            "LastGenerated": reading.date(monitor.last_generated),
            "Description": reading.say(monitor.description),
            "Name": reading.say(monitor.name),
            "StatusMonitorId": monitor.id,
            "PictureId": 0,
            "NeedsUpdate": monitor.needs_update,
            "Deleted": False,
            "NumMatches": monitor.matches,
            "NumNeedUpdate": monitor.need_update,
            "GenerationStart": reading.date(monitor.generation_start),
        }
    )


def freetext(index: FreeTextIndex, reading: Reading) -> dict[str, Any]:
    """FreeText."""
    operator = CONTAINS if reading.number_enums else "Contains"
    return with_rights(
        {
            "FreeTextEnabled": index.enabled,
            "SingleWordOperator": operator,
            "MultiWordOperator": operator,
            "CountWords": index.words,
            "Occurrences": index.occurrences,
            "LastGenerated": reading.date(index.last_generated),
            "AutoEnableTravelAreas": False,
        }
    )

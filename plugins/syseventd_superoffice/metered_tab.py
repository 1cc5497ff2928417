"""The tab `metered` of a target's page: this month's metered services, and what they come to."""

from __future__ import annotations

from syseventd import Meter, Snapshot
from syseventd.interface import Cell, Share, Table, TargetView
from syseventd_superoffice.metered.events import FORECAST, PASSED_ON, amount
from syseventd_superoffice.metered.source import remark_name

HEADINGS = (
    "Service",
    "Used (estimated)",
    "Threshold",
    "Share",
    "At month's end",
    PASSED_ON,
    "Remark",
)
NUMBERS = frozenset({"Used (estimated)", "Threshold", "At month's end"})


def table(view: TargetView) -> Table:
    """One row a service. Without a threshold there is nothing to come near to."""
    snapshot = view.snapshots.get("metered", Snapshot())
    return Table(
        HEADINGS,
        tuple(_row(meter, snapshot) for meter in snapshot.meters),
        numbers=NUMBERS,
        facts=frozenset(remark_name(meter.name) for meter in snapshot.meters),
    )


def _row(meter: Meter, snapshot: Snapshot) -> tuple[Cell, ...]:
    used = amount(meter, meter.used)
    remark = snapshot.facts.get(remark_name(meter.name), "")
    if not meter.threshold:
        return (meter.title, used, "not configured", "", "", "", remark)
    ratio = next((m.value for m in snapshot.measurements if m.part == meter.name), None)
    key = f"{FORECAST}:{meter.name}"
    coming = next((dict(o.details) for o in snapshot.observations if o.key == key), {})
    above = "above the threshold" if meter.used > meter.threshold else ""
    return (
        meter.title,
        used,
        amount(meter, meter.threshold),
        Share(meter.used / meter.threshold, above),
        "" if ratio is None else amount(meter, ratio * meter.threshold),
        coming.get(PASSED_ON, ""),
        remark,
    )

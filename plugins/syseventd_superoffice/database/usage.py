"""Counts what was used of the metered services, from what the installation keeps of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from syseventd import NotAvailable, Timestamp
from syseventd_superoffice.database.products import Product
from syseventd_superoffice.database.reading import Reader
from syseventd_superoffice.database.statements import USAGE, USAGE_TIMES, slow
from syseventd_superoffice.database.times import local, seconds


async def count_usage(
    reader: Reader, product: Product, since: Timestamp, until: Timestamp
) -> dict[str, int]:
    """The numbers by the names that Access.usage() gives. What can't be counted is missing.

    Raises NotAvailable where nothing can be.
    """
    zone = await reader.zone()
    between = {"since": local(since, zone), "until": local(until, zone)}
    counts: dict[str, int] = {}
    reasons: list[str] = []
    for name, statement in USAGE.items():
        try:
            count = await reader.value(statement, await _as_kept(reader, name, between))
        except NotAvailable as missing:
            reasons.append(missing.reason)
        else:
            counts[name] = int(count or 0)
    if not counts:
        raise NotAvailable("; ".join(reasons))
    try:
        storage = await reader.value(slow(product.storage))
    except NotAvailable:
        return counts
    return counts if storage is None else {**counts, "storage": int(storage)}


async def _as_kept(reader: Reader, name: str, times: dict[str, datetime]) -> dict[str, Any]:
    """The times as the table keeps its own: very old databases count seconds."""
    kept = await reader.value(USAGE_TIMES[name])
    if isinstance(kept, int):
        return {label: seconds(moment) for label, moment in times.items()}
    return dict(times)

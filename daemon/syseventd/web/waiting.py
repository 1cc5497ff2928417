"""When sources are asked: next, and those that have not been asked yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from syseventd.board import SourceRecord, SourceState
from syseventd.model import NEVER, SourceId, Timestamp
from syseventd.web.context import Context
from syseventd.web.paging import Page, cut

NAMED = 10
"""How many sources that wait are named."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A source that has not been asked yet, and when it is; None where that is not known."""

    source: SourceId
    next_run: Timestamp | None


def waiting(context: Context, records: Iterable[SourceRecord]) -> Page[Waiting]:
    """Those of `records` that have not been asked yet and will be, the soonest first."""
    given_up = {name for name, _ in context.unwatched()}
    rows = [
        Waiting(record.source, next_run(context, record.source))
        for record in records
        if record.state is SourceState.NEW and record.source.target not in given_up
    ]
    return cut(sorted(rows, key=_soonest), NAMED)


def next_run(context: Context, source: SourceId) -> Timestamp | None:
    """When a source is asked next; None where that is not known, or never."""
    planned = context.next_run(source)
    # Written so that what is no number, as before the first plan, is not known either.
    return planned if planned is not None and planned < NEVER else None


def nothing_asked(records: Iterable[SourceRecord]) -> bool:
    """Whether none of these sources has been asked yet."""
    return all(record.state is SourceState.NEW for record in records)


def _soonest(row: Waiting) -> tuple[Timestamp, SourceId]:
    return NEVER if row.next_run is None else row.next_run, row.source

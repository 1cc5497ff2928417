"""Events and dates as both pages list them: with what their source's health says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TypeAlias, TypeVar

from syseventd.board import SourceRecord, SourceState
from syseventd.interface import EventKind
from syseventd.model import NEVER, Event, Expiry, Known, SourceId, Timestamp
from syseventd.threads import in_thread
from syseventd.web.paging import Page, page_of
from syseventd.web.portraits import Portraits
from syseventd.web.summaries import REMINDERS

T = TypeVar("T")
U = TypeVar("U")

Date: TypeAlias = tuple[SourceId, Expiry]
"""An expiry, with the source that told it."""

LARGE = 2000
"""Events or dates above which they are put in order in a thread: all of the daemon would wait."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event. `overdue`: its expected end has passed. `unconfirmed`: it can't be looked at.

    `portrait` is the path of a picture of who activated it, from the site's root.
    """

    event: Event
    kind: str
    effect: str
    overdue: bool
    unconfirmed: bool
    last_seen: Timestamp | None
    portrait: str | None


@dataclass(frozen=True, slots=True)
class DateRow:
    """One expiry, with the source that told it. `reminder`: at this date nothing stops."""

    source: SourceId
    expiry: Expiry
    passed: bool
    reminder: bool


async def event_page(
    records: Sequence[SourceRecord],
    kinds: Mapping[str, EventKind],
    now: Timestamp,
    number: int,
    size: int,
) -> Page[EventRow]:
    """Open events: the overdue first, then the newest."""
    known = [record.known for record in records]
    events = await _aside(sum(len(k.events) for k in known), _urgent_first, known, now)
    record_of = {record.source: record for record in records}
    portraits = Portraits(records)
    return page_of(events, number, size).map(
        lambda event: event_row(event, record_of[event.source], kinds, now, portraits)
    )


def event_row(
    event: Event,
    record: SourceRecord | None,
    kinds: Mapping[str, EventKind],
    now: Timestamp,
    portraits: Portraits | None = None,
) -> EventRow:
    """`record` is None for an event of a source that is no longer watched.

    Without `portraits` nobody is shown.
    """
    seen = event.observation
    kind = kinds.get(seen.kind)
    asked = record is not None and record.state is SourceState.OK
    return EventRow(
        event,
        kind.title if kind else seen.kind,
        kind.effect if kind else "",
        _overdue(event, now),
        unconfirmed=event.ended_at is None and not asked,
        last_seen=record.last_success if record else None,
        portrait=portraits.path_of(event) if portraits else None,
    )


async def date_page(
    records: Sequence[SourceRecord],
    now: Timestamp,
    number: int,
    size: int,
    *,
    endless: bool,
) -> Page[DateRow]:
    """Dates, the soonest first: those that have passed lead, and mere reminders come last.

    `endless`: also what never expires.
    """
    known = [record.known for record in records]
    dates = await _aside(_count_dates(known), _reminders_last, known, endless)

    def row(date: Date) -> DateRow:
        source, expiry = date
        reminder = expiry.kind in REMINDERS
        return DateRow(source, expiry, expiry.at <= now and not reminder, reminder)

    return page_of(dates, number, size).map(row)


async def all_dates(records: Sequence[SourceRecord]) -> list[Date]:
    """Every date, the soonest first, and at the end what never expires."""
    known = [record.known for record in records]
    return await _aside(_count_dates(known), _by_date, known, True)


def _count_dates(known: Sequence[Known]) -> int:
    return sum(len(one.expiries) for one in known)


async def _aside(
    count: int, put_in_order: Callable[[Sequence[Known], T], U], known: Sequence[Known], how: T
) -> U:
    """What `put_in_order(known, how)` returns; from a thread where there is much to do."""
    if count <= LARGE:
        return put_in_order(known, how)
    return await in_thread("order", put_in_order, known, how)


def _urgent_first(known: Sequence[Known], now: Timestamp) -> list[Event]:
    """All events. Sorted by numbers, step by step: with tuples as keys it takes much longer."""
    events = [event for one in known for event in one.events.values()]
    events.sort(key=attrgetter("id"), reverse=True)
    events.sort(key=attrgetter("began_at"), reverse=True)
    late = [event for event in events if _overdue(event, now)]
    return late + [event for event in events if not _overdue(event, now)] if late else events


def _by_date(known: Sequence[Known], endless: bool) -> list[Date]:
    """All dates, the soonest first; those of one moment by target, and as their source has them."""
    by_target = sorted(known, key=lambda one: one.source.target)
    dates = [(one.source, expiry) for one in by_target for expiry in one.expiries]
    if not endless:
        dates = [date for date in dates if date[1].at != NEVER]
    dates.sort(key=lambda date: date[1].at)
    return dates


def _reminders_last(known: Sequence[Known], endless: bool) -> list[Date]:
    """All dates, the soonest first, but those at which nothing stops behind all others."""
    ends: list[Date] = []
    reminders: list[Date] = []
    for date in _by_date(known, endless):
        (reminders if date[1].kind in REMINDERS else ends).append(date)
    return ends + reminders


def _overdue(event: Event, now: Timestamp) -> bool:
    expected = event.observation.expected_end
    return event.ended_at is None and expected is not None and expected < now

"""Events and dates as both pages list them: with what their source's health says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TypeAlias, TypeVar

from syseventd.board import SourceRecord, SourceState
from syseventd.days import is_day
from syseventd.interface import EventKind, Severity
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


WORST_FIRST = tuple(Severity)

Kinds: TypeAlias = Mapping[str, EventKind]
"""The kinds that plugins declared, by name."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event. `overdue`: its expected end has passed. `unconfirmed`: it can't be looked at.

    `expiry` is the day on which it is to end, where that is one of its source's dates.
    `portrait` is the path of a picture of who activated it, from the site's root.
    """

    event: Event
    kind: str
    effect: str
    severity: Severity
    overdue: bool
    expiry: Expiry | None
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
    kinds: Kinds,
    now: Timestamp,
    number: int,
    size: int,
) -> Page[EventRow]:
    """Open events: the worst first, and of these the oldest."""
    known = [record.known for record in records]
    events = await _aside(_count_events(known), _worst_first, known, (kinds, now))
    record_of = {record.source: record for record in records}
    portraits = Portraits(records)
    return page_of(events, number, size).map(
        lambda event: event_row(event, record_of[event.source], kinds, now, portraits)
    )


async def worst_of_targets(
    records: Sequence[SourceRecord], kinds: Kinds, now: Timestamp
) -> Mapping[str, Severity]:
    """The worst severity of the open events of each target that has any."""
    known = [record.known for record in records]
    return await _aside(_count_events(known), _worst_by_target, known, (kinds, now))


def severity_of(event: Event, kinds: Kinds, now: Timestamp) -> Severity:
    """Its kind's; a degree worse while it is overdue or stands still."""
    kind = kinds.get(event.observation.kind)
    own = WORST_FIRST.index(kind.severity if kind else Severity.WARNING)
    late = event.observation.stalled or _overdue(event, now)
    return WORST_FIRST[max(0, own - late)]


def event_row(
    event: Event,
    record: SourceRecord | None,
    kinds: Kinds,
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
        severity_of(event, kinds, now),
        _overdue(event, now),
        expiry=_day_of_end(event, record),
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


def _count_events(known: Sequence[Known]) -> int:
    return sum(len(one.events) for one in known)


def _count_dates(known: Sequence[Known]) -> int:
    return sum(len(one.expiries) for one in known)


async def _aside(
    count: int, put_in_order: Callable[[Sequence[Known], T], U], known: Sequence[Known], how: T
) -> U:
    """What `put_in_order(known, how)` returns; from a thread where there is much to do."""
    if count <= LARGE:
        return put_in_order(known, how)
    return await in_thread("order", put_in_order, known, how)


def _worst_first(known: Sequence[Known], how: tuple[Kinds, Timestamp]) -> list[Event]:
    """All events. Sorted by numbers, step by step: with tuples as keys it takes much longer."""
    events = [event for one in known for event in one.events.values()]
    events.sort(key=attrgetter("id"))
    events.sort(key=attrgetter("began_at"))
    ranks: dict[Severity, list[Event]] = {severity: [] for severity in WORST_FIRST}
    for event in events:
        ranks[severity_of(event, *how)].append(event)
    return [event for rank in ranks.values() for event in rank]


def _worst_by_target(
    known: Sequence[Known], how: tuple[Kinds, Timestamp]
) -> Mapping[str, Severity]:
    worst: dict[str, Severity] = {}
    for one in known:
        for event in one.events.values():
            severity = severity_of(event, *how)
            before = worst.setdefault(one.source.target, severity)
            worst[one.source.target] = min(before, severity, key=WORST_FIRST.index)
    return worst


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


def _day_of_end(event: Event, record: SourceRecord | None) -> Expiry | None:
    end = event.observation.expected_end
    dates = record.known.expiries if record is not None and end is not None else ()
    return next((date for date in dates if date.at == end and is_day(date)), None)

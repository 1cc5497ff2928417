"""Events and dates as both pages list them: with what their source's health says of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from syseventd.board import SourceRecord, SourceState
from syseventd.interface import EventKind
from syseventd.model import Event, Expiry, SourceId, Timestamp
from syseventd.web.paging import Page, page_of
from syseventd.web.summaries import REMINDERS


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event. `overdue`: its expected end has passed. `unconfirmed`: it can't be looked at."""

    event: Event
    kind: str
    effect: str
    overdue: bool
    unconfirmed: bool
    last_seen: Timestamp | None


@dataclass(frozen=True, slots=True)
class DateRow:
    """One expiry, with the source that told it."""

    source: SourceId
    expiry: Expiry
    passed: bool


def event_page(
    records: Iterable[SourceRecord],
    kinds: Mapping[str, EventKind],
    now: Timestamp,
    number: int,
    size: int,
) -> Page[EventRow]:
    """Open events: the overdue first, then the newest."""
    pairs = [(event, record) for record in records for event in record.known.events.values()]

    def urgency(pair: tuple[Event, SourceRecord]) -> tuple[bool, Timestamp, int]:
        event = pair[0]
        return not _overdue(event, now), -event.began_at, -event.id

    return page_of(pairs, number, size, urgency).map(lambda pair: event_row(*pair, kinds, now))


def event_row(
    event: Event, record: SourceRecord | None, kinds: Mapping[str, EventKind], now: Timestamp
) -> EventRow:
    """`record` is None for an event of a source that is no longer watched."""
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
    )


def date_page(
    dates: Iterable[tuple[SourceId, Expiry]], now: Timestamp, number: int, size: int
) -> Page[DateRow]:
    """Dates, the soonest first: those that have passed lead, and mere reminders come last."""

    def soonest(pair: tuple[SourceId, Expiry]) -> tuple[bool, Timestamp, str, str]:
        return pair[1].kind in REMINDERS, pair[1].at, pair[0].target, pair[1].name

    def row(pair: tuple[SourceId, Expiry]) -> DateRow:
        source, expiry = pair
        return DateRow(source, expiry, expiry.at <= now and expiry.kind not in REMINDERS)

    page = page_of(list(dates), number, size, soonest)
    return page.map(row)


def _overdue(event: Event, now: Timestamp) -> bool:
    expected = event.observation.expected_end
    return event.ended_at is None and expected is not None and expected < now

"""What the page of one event shows: how it stands, its further columns, and its life so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from syseventd.model import Event, Transition
from syseventd.web.context import Context
from syseventd.web.paging import Page
from syseventd.web.portraits import Portraits
from syseventd.web.rows import EventRow, event_row
from syseventd.web.steps import StepRow, step_page


@dataclass(frozen=True, slots=True)
class EventPage:
    """The whole page of one event. `watched`: its target has a page."""

    row: EventRow
    steps: Page[StepRow]
    watched: bool

    @property
    def open(self) -> bool:
        return self.row.event.ended_at is None


def page_of_event(context: Context, event: Event, transitions: Sequence[Transition]) -> EventPage:
    """`transitions` are all of the event's, oldest first."""
    board = context.board
    records = board.records(event.source.target)
    record = next((r for r in records if r.source == event.source), None)
    row = event_row(event, record, context.kinds, context.now(), Portraits(records))
    return EventPage(row, step_page(transitions), event.source.target in board.targets)

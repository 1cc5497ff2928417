"""What the page of one target shows: the present from the board, the recent past beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from syseventd.board import SourceRecord, SourceState
from syseventd.errors import StoreUnusable
from syseventd.model import Event, ProbeResult, Problem, Timestamp
from syseventd.web.context import Context
from syseventd.web.measured import Measured, measured
from syseventd.web.paging import Page, cut
from syseventd.web.rows import DateRow, EventRow, date_page, event_page, event_row
from syseventd.web.summaries import SIMULATED, facts_of, source_state
from syseventd.web.tabs import Drawn
from syseventd.web.unseen import Unseen, unseen
from syseventd.web.waiting import Waiting, next_run, nothing_asked, waiting

EVENTS = 50
DATES = 50
PROBLEMS = 100
PROBES = 5
RECENT = 20


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source's health. `state`: its own, or that its target can't be watched."""

    record: SourceRecord
    state: str
    next_run: Timestamp | None
    problems: Page[Problem]
    probes: Page[ProbeResult]


@dataclass(frozen=True, slots=True)
class TabPart:
    """One tab, and the source that it is of, if it is of one, with that source's state.

    `stale`: what it shows is old.
    """

    drawn: Drawn
    record: SourceRecord | None
    state: str
    stale: bool


@dataclass(frozen=True, slots=True)
class TargetPage:
    """The whole page of one target. `history_trouble`: why the past can't be shown.

    What a tab shows stands there alone: `measured` and `facts` are the rest.
    """

    name: str
    type: str
    simulated: str | None
    unwatched: str | None
    unseen: Unseen
    waiting: Page[Waiting]
    store_trouble: str | None
    facts: Mapping[str, str]
    events: Page[EventRow]
    dates: Page[DateRow]
    measured: Sequence[Measured]
    sources: Sequence[SourceRow]
    tabs: Sequence[TabPart]
    history: Sequence[EventRow]
    history_trouble: str | None

    @property
    def gauges(self) -> int:
        """How many measurements its sources made, but for licences and meters."""
        return sum(part.measurements.total for part in self.measured)

    @property
    def problems(self) -> int:
        """How many things its sources could not read, while they did answer."""
        return sum(row.problems.total for row in self.sources)

    @property
    def seen(self) -> Literal["all", "part", "nothing"]:
        """How much of what there is has been seen."""
        if self.waiting.total and nothing_asked(row.record for row in self.sources):
            return "nothing"
        states = {row.record.state for row in self.sources}
        whole = not self.problems and states <= {SourceState.OK, SourceState.UNAVAILABLE}
        return "all" if whole else "part"


async def target_page(
    context: Context, name: str, tabs: Sequence[Drawn], pages: Mapping[str, int]
) -> TargetPage:
    """`pages` says which page of `events` and `expiries` is wanted."""
    board, now = context.board, context.now()
    target_type, records = board.targets[name].type, board.records(name)
    events = await event_page(records, context.kinds, now, pages["events"], EVENTS)
    dates = await date_page(records, now, pages["expiries"], DATES, endless=True)
    past, trouble = await _recent(context, name)
    records = board.records(name)  # a reload may have changed them meanwhile
    by_source = {record.source: record for record in records}
    in_tabs = {tab.source for tab in tabs if tab.tables}
    told = frozenset[str]().union(*(tab.facts for tab in tabs))
    facts = facts_of(records)
    unwatched = dict(context.unwatched()).get(name)
    lost = unwatched is not None
    return TargetPage(
        name=name,
        type=target_type,
        simulated=facts.pop(SIMULATED, None),
        unwatched=unwatched,
        unseen=unseen(records),
        waiting=waiting(context, records),
        store_trouble=board.store_trouble,
        facts={name: text for name, text in facts.items() if name not in told},
        events=events,
        dates=dates,
        measured=measured(records, context.gauges, now, in_tabs),
        sources=[_source(context, record, lost) for record in records],
        tabs=[_tab(drawn, records, now, lost) for drawn in tabs],
        history=[event_row(e, by_source.get(e.source), context.kinds, now) for e in past],
        history_trouble=trouble,
    )


def _tab(drawn: Drawn, records: Sequence[SourceRecord], now: Timestamp, lost: bool) -> TabPart:
    record = next((r for r in records if r.source.source == drawn.source), None)
    if record is None:
        return TabPart(drawn, None, "", False)
    old = bool(drawn.tables) and not record.fresh(now)
    return TabPart(drawn, record, source_state(record, unwatched=lost), old)


async def _recent(context: Context, name: str) -> tuple[list[Event], str | None]:
    """The target's last events, or why they can't be read: the present is shown regardless."""
    try:
        return await context.store.events(target=name, limit=RECENT), None
    except StoreUnusable as error:
        return [], error.reason


def _source(context: Context, record: SourceRecord, lost: bool) -> SourceRow:
    return SourceRow(
        record,
        source_state(record, unwatched=lost),
        next_run(context, record.source),
        cut(record.problems, PROBLEMS),
        cut(context.history(record.source), PROBES),
    )

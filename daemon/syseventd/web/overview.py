"""What the overview shows, taken from the board: first of all what could not be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from syseventd.board import SourceRecord
from syseventd.interface import Severity
from syseventd.model import Expiry
from syseventd.web.context import Context, RefusedReload
from syseventd.web.paging import Page, cut, page_of
from syseventd.web.rows import (
    WORST_FIRST,
    DateRow,
    EventRow,
    date_page,
    event_page,
    worst_of_targets,
)
from syseventd.web.summaries import next_expiry, simulated, source_state, target_state
from syseventd.web.unseen import Unseen, unseen
from syseventd.web.waiting import Waiting, nothing_asked, waiting

EVENTS = 50
DATES = 20
TARGETS = 50
NAMED = 10
"""How many items of each trouble are named."""
FAULTS = 3
"""How many faults of a refused configuration are named; `check-config` names them all."""

_LOST = ("unwatched", "failing")
_ORDER = {state: place for place, state in enumerate((*_LOST, "paused", "new", "ok"))}


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One target in the list of all. `unwatched`: why it can't be; `sources`: name and state.

    `worst` is how bad the worst of its open events is, where there is any.
    """

    name: str
    type: str
    state: str
    unwatched: str | None
    sources: Sequence[tuple[str, str]]
    events: int
    worst: Severity | None
    next_expiry: Expiry | None
    simulated: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole overview."""

    not_ready: str | None
    store_trouble: str | None
    refused_reload: RefusedReload | None
    faults: Page[str]
    unseen: Unseen
    unwatched: Page[tuple[str, str]]
    refused: Page[tuple[str, str]]
    unread: Page[SourceRecord]
    waiting: Page[Waiting]
    nothing_asked: bool
    simulated: Page[str]
    events: Page[EventRow]
    dates: Page[DateRow]
    targets: Page[TargetRow]

    @property
    def quiet(self) -> bool:
        """Whether everything that is configured could be seen."""
        pages = (self.faults, self.unwatched, self.refused, self.unread, self.waiting)
        counts = (self.unseen.targets, self.unseen.paused.total, *(p.total for p in pages))
        return not any(counts) and self.store_trouble is None and self.not_ready is None

    @property
    def seen(self) -> Literal["all", "part", "nothing"]:
        """How much of what is watched has been seen."""
        if self.waiting.total and self.nothing_asked:
            return "nothing"
        return "all" if self.targets.total and self.quiet else "part"


async def overview(context: Context, pages: Mapping[str, int]) -> Overview:
    """`pages` says which page of `events`, `expiries` and `targets` is wanted."""
    board, now = context.board, context.now()
    records = board.records()
    events = await event_page(records, context.kinds, now, pages["events"], EVENTS)
    dates = await date_page(records, now, pages["expiries"], DATES, endless=False)
    worst = await worst_of_targets(records, context.kinds, now)
    records = board.records()  # a reload may have changed them meanwhile
    fake = {record.source.target for record in records if simulated([record])}
    refused_reload = context.refused_reload()
    return Overview(
        not_ready=_not_ready(context),
        store_trouble=board.store_trouble,
        refused_reload=refused_reload,
        faults=cut(refused_reload.faults if refused_reload else (), FAULTS),
        unseen=unseen(records),
        unwatched=cut(context.unwatched(), NAMED),
        refused=cut(context.refused, NAMED),
        unread=cut((record for record in records if record.problems), NAMED),
        waiting=waiting(context, records),
        nothing_asked=nothing_asked(records),
        simulated=cut(sorted(fake), NAMED),
        events=events,
        dates=dates,
        targets=_targets(context, worst, pages["targets"]),
    )


def _not_ready(context: Context) -> str | None:
    """Why the daemon is not ready; not what the store's own notice tells already."""
    reason, trouble = context.ready(), context.board.store_trouble
    told = reason is not None and trouble is not None and trouble in reason
    return None if told else reason


def _targets(context: Context, worst: Mapping[str, Severity], number: int) -> Page[TargetRow]:
    """Those that can't be asked first, then by the worst of their events, then by name."""
    board = context.board
    lost = dict(context.unwatched())
    states = [
        (target_state(board.records(name), unwatched=name in lost), name) for name in board.targets
    ]

    def urgency(target: tuple[str, str]) -> tuple[int, int, int, str]:
        state, name = target
        place = _ORDER.get(state, len(_ORDER))
        events = WORST_FIRST.index(worst[name]) if name in worst else len(WORST_FIRST)
        return (min(place, len(_LOST)), events, place, name)

    states.sort(key=urgency)
    return page_of(states, number, TARGETS).map(
        lambda state: _target(context, *state, lost.get(state[1]), worst.get(state[1]))
    )


def _target(
    context: Context, state: str, name: str, unwatched: str | None, worst: Severity | None
) -> TargetRow:
    records = context.board.records(name)
    lost = unwatched is not None
    return TargetRow(
        name,
        context.board.targets[name].type,
        state,
        unwatched,
        [(r.source.source, source_state(r, unwatched=lost)) for r in records],
        sum(len(record.known.events) for record in records),
        worst,
        next_expiry(records),
        simulated(records),
    )

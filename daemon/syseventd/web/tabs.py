"""Draws plugins' tabs: each in a thread with a deadline, so that a bad one hurts only itself."""

from __future__ import annotations

import asyncio
import contextlib
import math
import threading
from collections.abc import Container, Iterable
from dataclasses import dataclass
from itertools import islice

import structlog
from aiohttp import web

from syseventd.interface import Cell, Share, Tab, Table, TargetView

log = structlog.get_logger("syseventd.web.tabs")

DEADLINE = 2.0
"""Seconds that a tab may take. It draws what is in memory already."""

MOST_ROWS = 200
"""Rows of one tab that the page shows."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One tab as the page shows it: its tables, or why there are none. `more` rows are left out.

    `source` names the source that it is of, if it is of one, and `facts` are those shown here.
    """

    title: str
    tables: tuple[Table, ...] = ()
    more: int = 0
    failure: str = ""
    source: str = ""
    facts: frozenset[str] = frozenset()


class Drawer:
    """Draws tabs, and knows which of them are still busy or failed the last time."""

    def __init__(self, deadline: float = DEADLINE) -> None:
        self._deadline = deadline
        self._busy: set[tuple[str, str]] = set()
        self._failures: dict[tuple[str, str], str] = {}

    async def draw(
        self, tabs: Iterable[Tab], view: TargetView, watched: Container[str]
    ) -> list[Drawn]:
        """Every tab that fits the target's type, in order. Never raises what a tab raises.

        A tab of a source that is not among those `watched` there would be empty for ever.
        """
        fitting = [
            tab
            for tab in tabs
            if tab.target_type == view.target.type and (not tab.source or tab.source in watched)
        ]
        return list(await asyncio.gather(*(self._draw(tab, view) for tab in fitting)))

    async def _draw(self, tab: Tab, view: TargetView) -> Drawn:
        call = (tab.name, view.target.name)
        if call in self._busy:
            # One hung call for each tab and target is enough: threads can't be killed.
            return _failed(tab, "it is still busy with an earlier request")
        self._busy.add(call)
        work = _in_thread(tab, view)
        work.add_done_callback(lambda _: self._busy.discard(call))
        try:
            drawn = await asyncio.wait_for(asyncio.shield(work), self._deadline)
        except TimeoutError:
            drawn = _failed(tab, f"nothing came within {self._deadline:g} s")
        self._tell(call, drawn.failure)
        return drawn

    def _tell(self, call: tuple[str, str], failure: str) -> None:
        """Log a failure when it starts or changes: the page asks every few seconds."""
        if failure and self._failures.get(call) != failure:
            log.warning("tab_failed", tab=call[0], target=call[1], reason=failure)
        self._failures[call] = failure


DRAWER = web.AppKey("drawer", Drawer)


def _in_thread(tab: Tab, view: TargetView) -> asyncio.Future[Drawn]:
    """Draw in a daemon thread: one that never ends does not keep the process from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Drawn] = loop.create_future()

    def settle(drawn: Drawn) -> None:
        if not future.cancelled():
            future.set_result(drawn)

    def run() -> None:
        drawn = _tables(tab, view)
        with contextlib.suppress(RuntimeError):  # the daemon stopped meanwhile
            loop.call_soon_threadsafe(settle, drawn)

    threading.Thread(target=run, name=f"tab-{tab.name}", daemon=True).start()
    return future


def _tables(tab: Tab, view: TargetView) -> Drawn:
    """What the tab returns, made to fit; a table without rows is left out."""
    try:
        drawn = tab.table(view)
        tables = [drawn] if isinstance(drawn, Table) else list(drawn)
        shown, left = [], MOST_ROWS
        for table in tables:
            fitting = _fitted(table, left)
            left -= len(fitting.rows)
            shown += [fitting] if fitting.rows else []
        return Drawn(
            tab.title,
            tuple(shown),
            sum(len(table.rows) for table in tables) - (MOST_ROWS - left),
            source=str(tab.source),
            facts=frozenset[str]().union(*(table.facts for table in shown)),
        )
    except BaseException as error:  # a plugin's SystemExit too must not leave the page waiting
        return _failed(tab, _in_words(error))


def _failed(tab: Tab, why: str) -> Drawn:
    return Drawn(tab.title, failure=why, source=str(tab.source))


def _fitted(table: Table, most: int) -> Table:
    """At most so many rows of a table, each with as many cells as there are headings."""
    headings = tuple(str(heading) for heading in table.headings)
    count = len(headings)
    rows = tuple(
        tuple(_cell(cell) for cell in islice((*row, *[""] * count), count))
        for row in table.rows[:most]
    )
    numbers, facts = (frozenset(map(str, names)) for names in (table.numbers, table.facts))
    return Table(headings, rows, str(table.caption), numbers, facts)


def _cell(cell: object) -> Cell:
    """A share that can be drawn, or text."""
    if not isinstance(cell, Share):
        return str(cell)
    value = float(cell.value)
    return Share(value, str(cell.words)) if math.isfinite(value) and value >= 0 else str(cell.words)


def _in_words(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # an error that can't even be shown
        return type(error).__name__

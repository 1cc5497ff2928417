"""Between the pipeline and the store: what is durable, what is owed, whether it can be written."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Protocol

import structlog

from syseventd.board import Board
from syseventd.errors import StoreUnusable
from syseventd.instruments import Instruments
from syseventd.model import Advance, Known, SourceId

log = structlog.get_logger("syseventd.ledger")

HUNG_AFTER = 30.0
"""Seconds after which a commit that has not returned counts as trouble: the disk may be dead."""


class Truth(Protocol):
    """The store, as far as the way of an event needs it."""

    ids: Iterator[int]

    async def commit(self, advance: Advance) -> None: ...
    async def known_of(self, source: SourceId) -> Known: ...
    async def try_writing(self) -> None: ...
    async def check(self) -> None: ...


class Ledger:
    """Commits advances, and remembers where that failed.

    `owed` are the sources whose last snapshot could not be stored: the sooner they are asked
    again, the sooner it is. The store's trouble is over once it can be written and owes nothing:
    a full disk takes small writes long after it refused the ones that matter.
    """

    def __init__(self, store: Truth, board: Board, instruments: Instruments) -> None:
        self._store = store
        self._board = board
        self._instruments = instruments
        self._unsure: set[SourceId] = set()
        self.ids = store.ids
        self.owed: set[SourceId] = set()

    async def agree(self, source: SourceId) -> bool:
        """Bring the board to what is stored of a source, where a failed commit left that open.

        One that failed may have become durable all the same, so what comes next must build on
        what the store holds. Whether board and store agree.
        """
        if source not in self._unsure:
            return True
        try:
            stored = await self._store.known_of(source)
        except StoreUnusable as error:
            self._instruments.store_failures.inc()
            self._note_trouble(error.reason)
            return False
        self._unsure.discard(source)
        self._board.correct(stored)
        return True

    def agrees(self, source: SourceId) -> bool:
        """Whether the board is known to show what is stored of a source."""
        return source not in self._unsure

    async def commit(self, advance: Advance) -> bool:
        """Whether the advance is durable. What could not be stored is seen anew next time.

        Raises NotStorable where the store works and the advance is at fault.
        """
        source = advance.known.source
        self.owed.discard(source)
        if not advance.to_store:
            return True  # nothing to write, so nothing that shows how the store fares
        hung = asyncio.get_running_loop().call_later(HUNG_AFTER, self._note_hung)
        try:
            await self._store.commit(advance)
        except StoreUnusable as error:
            self._instruments.store_failures.inc()
            self.doubt(*advance.sources)
            self.owed.add(source)
            self._note_trouble(error.reason)
            return False
        except Exception:
            self.doubt(*advance.sources)
            raise
        finally:
            hung.cancel()
        self._note_success()
        return True

    def doubt(self, *sources: SourceId) -> None:
        """The board may be wrong about these: see what the store holds before going on."""
        self._unsure.update(sources)

    def forget(self, source: SourceId) -> None:
        """A source owes nothing any more: it is no longer watched, or could not look again."""
        self.owed.discard(source)

    async def try_again(self) -> bool:
        """Whether the store can be written; tried with a write where it could not be."""
        if self._board.store_trouble is not None:
            try:
                await self._store.try_writing()
            except StoreUnusable as error:
                self._note_trouble(error.reason)
                return False
            self._note_success()
        return True

    async def check(self) -> None:
        """Note a store whose files are gone, also where there is nothing to write."""
        try:
            await self._store.check()
        except StoreUnusable as error:
            self._note_trouble(error.reason)

    def _note_hung(self) -> None:
        self._note_trouble(f"a commit has not returned for {HUNG_AFTER:g} s; see the disk")

    def _note_trouble(self, reason: str) -> None:
        if self._board.store_trouble is None:
            log.error("store_failed", reason=reason)
        self._board.store_trouble = reason

    def _note_success(self) -> None:
        if self._board.store_trouble is not None and not self.owed:
            log.info("store_recovered")
            self._board.store_trouble = None

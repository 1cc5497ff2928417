"""The past and the truth: events, their transitions, expiries and deliveries. It survives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import SQLAlchemyError

from syseventd.errors import StoreUnusable
from syseventd.model import (
    NO_MEMORY,
    Advance,
    Event,
    Expiry,
    Known,
    SourceId,
    Timestamp,
    Transition,
)
from syseventd.store import engines, lock, migrate, queries, rows
from syseventd.store.files import Files
from syseventd.store.queries import State
from syseventd.store.reasons import reason
from syseventd.store.writer import Writer
from syseventd.threads import in_thread

__all__ = ["Pruned", "State", "Store", "open_store"]

T = TypeVar("T")


class Pruned(NamedTuple):
    """How much pruning deleted: whole events, and single transitions of open ones."""

    events: int
    transitions: int


async def open_store(url: str, *, read_only: bool = False) -> Store:
    """Opens the database at `url`, such as `sqlite:////var/lib/syseventd/events.db`.

    Its file is made, for our eyes only, where its directory lacks it, and its schema is brought
    to the newest; with `read_only` neither is done, and nothing can be written. `sqlite://` is
    a database in memory. Raises StoreUnusable with the reason in plain words, also where another
    process has the store open for writing.
    """
    return await in_thread("store-open", _open, url, read_only)


def _open(text: str, read_only: bool) -> Store:
    url = engines.parse_url(text)
    if engines.is_in_memory(url):
        engine = engines.writer(url)
        return Store(text, engine, None, _begin(engine, text))
    if read_only:
        engines.find_file(url)
        engine = engines.reader(url)
        begin = _begin(engine, text, migrate.check_at_head)
        return Store(text, engine, engines.reader(url), begin)
    with ExitStack() as undo:
        held = lock.take(url)
        undo.callback(held.release)
        files = Files(text, held.files, engines.journal(url))
        engine = engines.writer(url)
        event.listen(engine, "connect", lambda *_: files.watch_journal(True))
        event.listen(engine, "close", lambda *_: files.watch_journal(False))
        begin = _begin(engine, text)
        undo.callback(engine.dispose)
        files.check()
        undo.pop_all()
    return Store(text, engine, engines.reader(url), begin, held, files.check)


class _Beginning(NamedTuple):
    """Where the store stands when it is opened."""

    first: int
    newest_time: Timestamp | None


def _begin(
    engine: Engine,
    text: str,
    make_ready: Callable[[Connection, str], None] = migrate.bring_to_head,
) -> _Beginning:
    """What is to be known of the store, once `make_ready` has seen to the schema."""
    try:
        with engine.begin() as connection:
            make_ready(connection, text)
            first = queries.last_transition(connection) + 1
            return _Beginning(first, queries.newest_time(connection))
    except BaseException as error:
        engine.dispose()
        if isinstance(error, SQLAlchemyError):
            raise StoreUnusable(text, reason(error)) from error
        raise


class Store:
    """One open store. Called on the event loop; its work is done in threads of its own.

    Every method raises StoreUnusable if the database fails it; `commit` raises NotStorable for
    an advance that no database takes. `ids` yields the numbers of new
    transitions, above all that were ever stored.
    """

    def __init__(
        self,
        url: str,
        writing: Engine,
        reading: Engine | None,
        begin: _Beginning,
        held: lock.Lock | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self.ids: Iterator[int] = count(begin.first)
        self.newest_time = begin.newest_time
        self._url = url
        self._engines = [engine for engine in (writing, reading) if engine is not None]
        self._writer = Writer(writing, url, check)
        self._check = check
        self._reading = reading
        self._lock = held
        self._readers = ThreadPoolExecutor(engines.READERS, thread_name_prefix="store-reader")

    async def commit(self, advance: Advance) -> None:
        """Writes `advance`, all of it or nothing, and returns once it is durable.

        Advances are written in the order of these calls. One that failed must not be handed in
        again: readers may have passed its numbers; advance anew. Cancelling the caller does not
        take the advance back.
        """
        if advance.to_store:
            await _finish(self._writer.commit(advance))

    async def known(self) -> dict[SourceId, Known]:
        """What was known of every source when the last advance was stored."""
        return await self._read(_known)

    async def known_of(self, source: SourceId) -> Known:
        """What was known of one source when its last advance was stored."""
        return await self._read(lambda db: _known_of(db, source))

    async def try_writing(self) -> None:
        """Writes something durably that changes nothing: StoreUnusable if that can't be done."""
        await _finish(self._writer.run(queries.note_highest))

    async def check(self) -> None:
        """StoreUnusable if its files are no longer those that were opened. Writes nothing."""
        await self._in_reader(self._check)

    async def events(
        self,
        *,
        state: State = "all",
        target: str | None = None,
        source: str | None = None,
        kind: str | None = None,
        since: Timestamp | None = None,
        limit: int = 100,
        before: int | None = None,
    ) -> list[Event]:
        """Events, newest first: at most `limit`, of those numbered below `before`.

        `since` leaves out what had ended before that time, in Unix seconds.
        """
        equal = {"target": target, "source": source, "kind": kind}
        wanted = queries.page(queries.events(state, equal, since), before, limit)
        return await self._read(lambda db: [rows.event_of(row) for row in db.execute(wanted)])

    async def event(self, number: int) -> tuple[Event, list[Transition]] | None:
        """One event and all its transitions, oldest first; None if there is no such event."""
        return await self._read(lambda db: _event(db, number))

    async def transitions(self, after: int, limit: int) -> list[Transition]:
        """At most `limit` transitions numbered above `after`, oldest first."""
        wanted = {"after": after, "at_most": limit}
        return await self._read(
            lambda db: [
                rows.transition_of(row) for row in db.execute(queries.TRANSITIONS_AFTER, wanted)
            ]
        )

    async def last_transition(self) -> int:
        """The highest number that a stored transition has had; 0 if there was none."""
        return await self._read(queries.last_transition)

    async def position(self, sink: str) -> int | None:
        """The number of the last transition delivered to `sink`; None before its first `move`."""
        return await self._read(lambda db: queries.position(db, sink))

    async def move(self, sink: str, position: int) -> None:
        """Notes that all transitions up to `position` were delivered to `sink`."""
        await _finish(self._writer.run(lambda db: queries.move_sink(db, sink, position)))

    async def prune(
        self, before: Timestamp, *, delivered: int | None = None, batch: int = 1000
    ) -> Pruned:
        """Deletes what is older than `before`, and returns how much that was.

        That is events that ended before it, with their transitions; and of open events the
        transitions before it, but for the first and the last, which say how it began and stands.
        What has a number above `delivered` stays: the lowest position of the sinks in use, None
        where there are none. Works in transactions of about `batch` rows, and lets waiting
        commits go between them.
        """
        events = await self._repeat(lambda db: queries.prune(db, before, delivered, batch))
        steps = await self._repeat(lambda db: queries.prune_steps(db, before, delivered, batch))
        return Pruned(events, steps)

    async def _repeat(self, work: Callable[[Connection], int]) -> int:
        """Does `work`, each time in a transaction of its own, until it returns 0; the sum."""
        total = 0
        while done := await _finish(self._writer.run(work)):
            total += done
        return total

    async def close(self) -> None:
        """Finishes what is under way. Idempotent."""
        await in_thread("store-close", self._close)

    def _close(self) -> None:
        self._writer.close()
        self._readers.shutdown()
        for engine in self._engines:
            engine.dispose()
        if self._lock is not None:
            self._lock.release()

    async def _read(self, query: Callable[[Connection], T]) -> T:
        # A database in memory lives in the writer's one connection.
        if self._reading is None:
            return await _finish(self._writer.run(query))
        reading = self._reading
        try:
            return await self._in_reader(lambda: self._ask(reading, query))
        except SQLAlchemyError as error:
            raise StoreUnusable(self._url, reason(error)) from error

    async def _in_reader(self, call: Callable[[], T]) -> T:
        if self._writer.closed:
            raise StoreUnusable(self._url, "it was closed")
        return await asyncio.get_running_loop().run_in_executor(self._readers, call)

    def _ask(self, engine: Engine, query: Callable[[Connection], T]) -> T:
        with engines.transaction(engine, self._check) as connection:
            return query(connection)


async def _finish(work: Future[T]) -> T:
    return await asyncio.shield(asyncio.wrap_future(work))


def _known(connection: Connection) -> dict[SourceId, Known]:
    events: dict[SourceId, list[Event]] = {}
    expiries: dict[SourceId, list[Expiry]] = {}
    for row in connection.execute(queries.OPEN_EVENTS):
        events.setdefault(rows.source_of(row), []).append(rows.event_of(row))
    for row in connection.execute(queries.EXPIRIES):
        expiries.setdefault(rows.source_of(row), []).append(rows.expiry_of(row))
    memories = {
        rows.source_of(row): rows.memory_of(row) for row in connection.execute(queries.MEMORIES)
    }
    return {
        source: _together(
            source, events.get(source, ()), expiries.get(source, ()), memories.get(source)
        )
        for source in events.keys() | expiries.keys() | memories.keys()
    }


def _known_of(connection: Connection, source: SourceId) -> Known:
    wanted = {"of_target": rows.storable(source.target), "of_source": rows.storable(source.source)}
    events = connection.execute(queries.OPEN_EVENTS_OF, wanted)
    expiries = connection.execute(queries.EXPIRIES_OF, wanted)
    memories = [rows.memory_of(row) for row in connection.execute(queries.MEMORY_OF, wanted)]
    return _together(
        source,
        map(rows.event_of, events),
        map(rows.expiry_of, expiries),
        memories[0] if memories else None,
    )


def _together(
    source: SourceId,
    events: Iterable[Event],
    expiries: Iterable[Expiry],
    memory: Mapping[str, str] | None,
) -> Known:
    return Known(
        source,
        {event.observation.identity: event for event in events},
        tuple(sorted(expiries, key=lambda e: (e.kind, e.name))),
        memory or NO_MEMORY,
    )


def _event(connection: Connection, number: int) -> tuple[Event, list[Transition]] | None:
    wanted = {"number": number}
    row = connection.execute(queries.EVENT, wanted).one_or_none()
    if row is None:
        return None
    steps = connection.execute(queries.TRANSITIONS_OF, wanted)
    return rows.event_of(row), [rows.transition_of(step) for step in steps]

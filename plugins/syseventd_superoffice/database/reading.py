"""Asks one database: each statement in a thread, at most two at a time, with errors by name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, Select, TableClause
from sqlalchemy.sql.visitors import iterate

from syseventd import Malformed, NotAvailable, ProbeEnded, Unreachable
from syseventd.threads import in_thread
from syseventd_superoffice.database.column_types import BaseTime, UtcTime
from syseventd_superoffice.database.engine import MOST_CONNECTIONS, STATEMENT_TIMEOUT
from syseventd_superoffice.database.failures import Asked, NoSuchTable, from_error
from syseventd_superoffice.database.settings import DatabaseSettings
from syseventd_superoffice.database.statements import DOES_COMPANY_EXIST, MOST_ROWS, may_wait
from syseventd_superoffice.database.times import Write, writer
from syseventd_superoffice.redaction import Secrets
from syseventd_superoffice.refused_login import LoginGuard

Row: TypeAlias = dict[str, Any]
Zone: TypeAlias = Callable[[], Awaitable[tzinfo]]
"""Finds out the base time zone. Raises ProbeEnded."""

MOST_FOR_SLOW = MOST_CONNECTIONS - 1
"""Connections that what may wait uses at the most: a list never waits for a count."""

NOBODY = "of this service"
"""Who asks where no login is needed, as the system itself decides what we may read."""


class Reader:
    """One database, its login, and its base time zone once that is needed.

    A driver may hang, and no thread can be killed: each holds its place until it is done, so
    that a database that answers no more costs two threads and no other target anything.
    """

    def __init__(self, settings: DatabaseSettings, engine: Engine, zone: Zone) -> None:
        secret = settings.password.get_secret_value() if settings.password else ""
        self.engine = engine
        self.where = settings.url
        self.user = settings.user or NOBODY
        # SQLite knows no schemas.
        self.schema = None if settings.product == "sqlite" else settings.table_prefix
        # ODBC doubles what would end a value.
        self._secrets = Secrets(secret, secret.replace("}", "}}"))
        self._find_zone = zone
        self._zone: tzinfo | None = None
        self._guard = LoginGuard()
        self._places = asyncio.Semaphore(MOST_CONNECTIONS)
        self._slow_places = asyncio.Semaphore(MOST_FOR_SLOW)

    async def rows(self, statement: Select[Any], values: Mapping[str, object] = {}) -> list[Row]:
        """The rows of a list, each by the names of its columns, times as the WebAPI writes them.

        Raises ProbeEnded: NotAvailable for a table that is missing or not allowed; Unreachable
        where this is no database of SuperOffice's; Malformed for more rows than anybody has.
        """
        writers = await self._writers(statement)
        rows: list[Row] = await self._ask(
            lambda db: _fetch(db, statement, values, writers), statement
        )
        if len(rows) > MOST_ROWS:
            raise Malformed(self.place(statement), f"there are more than {MOST_ROWS:,} rows")
        return rows

    async def first_allowed(self, statements: Sequence[Select[Any]]) -> list[Row]:
        """The rows of the first of these statements that we have the rights for."""
        for statement in statements[:-1]:
            try:
                return await self.rows(statement)
            except NotAvailable:
                continue
        return await self.rows(statements[-1])

    async def rows_if_allowed(self, statement: Select[Any]) -> list[Row] | None:
        """The rows, or None where the table is missing or we have no right to it."""
        try:
            return await self.rows(statement)
        except NotAvailable:
            return None

    async def value(self, statement: Select[Any], values: Mapping[str, object] = {}) -> Any:
        """The one value that a statement returns; None where it returns no row.

        Raises what rows() raises.
        """
        return await self._ask(lambda db: db.execute(statement, dict(values)).scalar(), statement)

    def place(self, statement: Select[Any]) -> str:
        """Where a statement reads, for messages."""
        return f"{self._tables(statement)} in {self.where}"

    async def zone(self) -> tzinfo:
        """The base time zone, found out once. Raises ProbeEnded."""
        if self._zone is None:
            self._zone = await self._find_zone()
        return self._zone

    async def aclose(self) -> None:
        """Closes the connections that are not in use."""
        await in_thread("database-close", self.engine.dispose)

    async def _writers(self, statement: Select[Any]) -> Mapping[str, Write]:
        kinds = {str(column.key): column.type for column in statement.selected_columns}
        utc, base = writer(UTC), None
        if any(isinstance(kind, BaseTime) for kind in kinds.values()):
            base = writer(await self.zone())
        writers = {name: utc for name, kind in kinds.items() if isinstance(kind, UtcTime)}
        if base is not None:
            writers |= {name: base for name, kind in kinds.items() if isinstance(kind, BaseTime)}
        return writers

    async def _ask(self, work: Callable[[Connection], Any], statement: Select[Any]) -> Any:
        """What `work` makes of a connection. Raises ProbeEnded."""
        try:
            return await self._run(work, statement)
        except NoSuchTable as missing:
            wrong, lacking = await self._lacks_company(), missing.reason
        if wrong:
            raise Unreachable(self.where, f"it has no {wrong}; check `url` and `table_prefix`")
        raise NotAvailable(lacking)

    async def _lacks_company(self) -> str:
        """The table that every installation has, where this database has it not; else ""."""
        try:
            await self._run(lambda db: db.execute(DOES_COMPANY_EXIST).first(), DOES_COMPANY_EXIST)
        except NoSuchTable:
            return self._tables(DOES_COMPANY_EXIST)
        except NotAvailable:
            pass  # it is there, and we may not read it
        return ""

    async def _run(self, work: Callable[[Connection], Any], statement: Select[Any]) -> Any:
        """What `work` makes of a connection, in a thread. Raises ProbeEnded, NoSuchTable too.

        A refused login is told to all who ask for a while, instead of being sent again.
        """
        if not self._guard.is_good:
            # By itself: whoever waits for its verdict does not wait for a statement.
            async with self._guard.use() as turn:
                await turn.take()
                await self._in_turn(lambda _: None, statement)
        async with self._guard.use():
            return await self._in_turn(work, statement)

    async def _in_turn(self, work: Callable[[Connection], Any], statement: Select[Any]) -> Any:
        """What `work` makes of a connection, once there is a place for it."""
        asked = Asked(
            self.where, self.user, self._tables(statement), STATEMENT_TIMEOUT, self._secrets
        )
        places = (self._slow_places, self._places) if may_wait(statement) else (self._places,)
        await _take(places)
        task = asyncio.create_task(in_thread("database", self._attempt, work, asked))
        task.add_done_callback(lambda _: _give_back(places))
        # Whoever asks may give up; the thread can't, and keeps its place.
        result = await asyncio.shield(task)
        if isinstance(result, ProbeEnded):
            raise result
        return result

    def _attempt(self, work: Callable[[Connection], Any], asked: Asked) -> Any:
        # Returned and not raised: the driver's error would hang on to it, password and all.
        try:
            with self.engine.connect() as connection:
                return work(connection)
        except Exception as error:  # a driver's own kind, or what it trips over
            return from_error(error, asked)

    def _tables(self, statement: Select[Any]) -> str:
        found = [part for part in iterate(statement) if isinstance(part, TableClause)]
        schemas = {part.name: part.schema or self.schema for part in found}
        return ", ".join(f"{schema}.{name}" if schema else name for name, schema in schemas.items())


async def _take(places: Sequence[asyncio.Semaphore]) -> None:
    """All of them, or none where who asks gives up meanwhile."""
    taken: list[asyncio.Semaphore] = []
    try:
        for place in places:
            await place.acquire()
            taken.append(place)
    except asyncio.CancelledError:
        _give_back(taken)
        raise


def _give_back(places: Iterable[asyncio.Semaphore]) -> None:
    for place in places:
        place.release()


def _fetch(
    connection: Connection,
    statement: Select[Any],
    values: Mapping[str, object],
    writers: Mapping[str, Write],
) -> list[Row]:
    # By the order of the columns: what a server calls them may come in another case.
    names = [str(column.key) for column in statement.selected_columns]
    rows = []
    for found in connection.execute(statement, dict(values)):
        row: Row = dict(zip(names, found, strict=True))
        for name, write in writers.items():
            row[name] = write(row[name])
        rows.append(row)
    return rows

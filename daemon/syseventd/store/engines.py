"""Connections to the database, set up for one writer or for readers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool, StaticPool

from syseventd.errors import StoreUnusable

READERS = 2
"""Connections, and threads, that read at once."""

_EVERYONE = ("busy_timeout = 5000", "foreign_keys = ON")
_WRITER = ("journal_mode = WAL", "synchronous = FULL", "journal_size_limit = 67108864")
_READER = ("query_only = ON",)


def parse_url(text: str) -> URL:
    """The database's address. Raises StoreUnusable for one that we can't use."""
    example = "write sqlite:////var/lib/syseventd/events.db"
    try:
        url = make_url(text)
    except ArgumentError:
        raise StoreUnusable(text, f"this is no address of a database; {example}") from None
    if url.drivername not in ("sqlite", "sqlite+pysqlite"):
        shown = url.render_as_string(hide_password=True)
        raise StoreUnusable(shown, f"only SQLite can be used; {example}")
    return url


def is_in_memory(url: URL) -> bool:
    """Whether the database lives in its one connection, and only one thread may use it."""
    return url.database in (None, "", ":memory:")


def find_file(url: URL) -> None:
    """Raises StoreUnusable unless the database's file is there and can be read."""
    path = Path(url.database or "")
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as error:
        reason = f"{error.strerror}" if path.parent.is_dir() else f"there is no {path.parent}/"
        raise StoreUnusable(str(url), reason) from error


def journal(url: URL) -> Path:
    """SQLite's write-ahead log: beside the file itself, wherever links to it are."""
    return Path(f"{os.path.realpath(url.database or '')}-wal")


def writer(url: URL) -> Engine:
    """An engine with one connection; each of its transactions may write from its start.

    No engine makes the database's file: taking its lock does.
    """
    pool = StaticPool if is_in_memory(url) else QueuePool
    options = {} if pool is StaticPool else {"pool_size": 1, "max_overflow": 0}
    engine = create_engine(
        url, poolclass=pool, connect_args={"check_same_thread": False}, **options
    )
    return _prepare(engine, (*_EVERYONE, *_WRITER), "BEGIN IMMEDIATE")


def reader(url: URL) -> Engine:
    """An engine whose connections can't write, each of whose transactions sees one state."""
    engine = create_engine(url, poolclass=QueuePool, pool_size=READERS, max_overflow=0)
    return _prepare(engine, (*_EVERYONE, *_READER), "BEGIN")


@contextmanager
def transaction(engine: Engine, check: Callable[[], None]) -> Iterator[Connection]:
    """A transaction that counts only if `check` passes: before it, and again once it is done."""
    check()
    with engine.begin() as connection:
        yield connection
    check()


def _prepare(engine: Engine, pragmas: tuple[str, ...], begin: str) -> Engine:
    if not is_in_memory(engine.url):
        event.listen(engine, "do_connect", _open_only_what_is_there)

    @event.listens_for(engine, "connect")
    def set_up(connection: SqliteConnection, _: ConnectionPoolEntry) -> None:
        # Python's own handling begins transactions late, and not at all before reading.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _open_only_what_is_there(
    _: Dialect, __: ConnectionPoolEntry, arguments: list[Any], options: dict[str, Any]
) -> None:
    # SQLite's own way is to make an empty file where it finds none.
    arguments[0] = f"{Path(arguments[0]).as_uri()}?mode=rw"
    options["uri"] = True

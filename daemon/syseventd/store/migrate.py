"""Brings a store's schema to the newest one. Alembic is imported only to change an older one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, insert, inspect, text

from syseventd.errors import StoreUnusable
from syseventd.store.tables import metadata

HEAD = "0002"
"""The newest migration."""

MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION_TABLE = "alembic_version"


def bring_to_head(connection: Connection, store: str) -> None:
    """Makes, inside the transaction of `connection`, the tables that `store` lacks.

    An empty database gets the newest ones at once, an older one the migrations that it lacks.

    Raises StoreUnusable for a schema newer than this program, or another program's database.
    """
    version = _version(connection, store)
    if version is None:
        _make(connection)
    elif version != HEAD:
        _upgrade(connection, store, version)


def check_at_head(connection: Connection, store: str) -> None:
    """Raises StoreUnusable unless the schema is the newest one that this program knows."""
    version = _version(connection, store)
    if version != HEAD:
        reason = f"its schema is {version}, this program's is {HEAD}; start the daemon once"
        raise StoreUnusable(store, reason)


def _version(connection: Connection, store: str) -> str | None:
    """The migration that the schema stands at; None for an empty database."""
    tables = inspect(connection).get_table_names()
    if _VERSION_TABLE in tables:
        return connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar()  # noqa: S608
    if tables:
        raise StoreUnusable(store, f"it is another program's database (it has {tables[0]})")
    return None


def _make(connection: Connection) -> None:
    """The tables as the newest migration leaves them: to import Alembic takes 3 MiB for good."""
    metadata.create_all(connection)
    name = Column("version_num", String(32), primary_key=True)
    version = Table(_VERSION_TABLE, MetaData(), name)
    version.create(connection)
    connection.execute(insert(version).values(version_num=HEAD))


def _upgrade(connection: Connection, store: str, version: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        ScriptDirectory.from_config(config).get_revision(version)
    except CommandError:
        reason = f"a newer syseventd made it: its schema is {version}, this program's is {HEAD}"
        raise StoreUnusable(store, reason) from None
    command.upgrade(config, HEAD)

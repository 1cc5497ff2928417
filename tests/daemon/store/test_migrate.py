"""The schema: migrations and tables agree, and Alembic is imported only to migrate."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, make_url

from syseventd.store import engines, migrate
from syseventd.store.tables import metadata


@pytest.fixture
def empty(empty_url: str) -> Iterator[Connection]:
    engine = engines.writer(make_url(empty_url))
    with engine.begin() as connection:
        yield connection
    engine.dispose()


@pytest.fixture(params=["new", "migrated"])
def migrated(request: pytest.FixtureRequest, empty: Connection) -> Connection:
    """A store at head: made at once, and by every migration in turn."""
    if request.param == "new":
        migrate.bring_to_head(empty, "a store")
    else:
        command.upgrade(settings(empty), migrate.HEAD)
    return empty


def settings(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(settings())


def test_head_is_the_newest_migration() -> None:
    """The constant that spares us Alembic's import is true."""
    assert scripts().get_heads() == [migrate.HEAD]


def test_the_migrated_schema_is_the_one_that_queries_use(migrated: Connection) -> None:
    """A store at head differs in nothing from tables.py, and says that it is there."""
    context = MigrationContext.configure(migrated, opts={"compare_type": True})
    assert compare_metadata(context, metadata) == []
    migrate.check_at_head(migrated, "a store")


def test_an_older_store_is_brought_to_head(empty: Connection) -> None:
    """Only with the migrations that it lacks."""
    command.upgrade(settings(empty), "0001")
    assert "memory" not in inspect(empty).get_table_names()
    migrate.bring_to_head(empty, "a store")
    migrate.check_at_head(empty, "a store")
    assert "memory" in inspect(empty).get_table_names()


def test_deleting_an_event_deletes_its_transitions(migrated: Connection) -> None:
    """The foreign key, whose rules the comparison above does not see on SQLite, cascades."""
    (key,) = inspect(migrated).get_foreign_keys("transition")
    assert key["options"] == {"ondelete": "CASCADE"}


def test_the_open_event_index_is_partial(migrated: Connection) -> None:
    """It covers open events alone, so a key may come back after its end."""
    sql = "SELECT sql FROM sqlite_master WHERE name = 'event_open_once'"
    statement = migrated.exec_driver_sql(sql).scalar() or ""
    assert statement.startswith("CREATE UNIQUE INDEX")
    assert statement.endswith("WHERE ended_at IS NULL")


def test_every_migration_goes_back(migrated: Connection) -> None:
    """Down to nothing leaves no table of ours."""
    command.downgrade(settings(migrated), "base")
    assert inspect(migrated).get_table_names() == ["alembic_version"]


def test_a_store_is_made_and_opened_without_alembic(url: str) -> None:
    """Its import costs time and memory that a usual start does not need."""
    program = """
import asyncio, sys
from syseventd.store import open_store
async def main(url):
    await (await open_store(url)).close()
asyncio.run(main(sys.argv[1]))
print("alembic" in sys.modules)
"""
    seen = [
        subprocess.run(
            [sys.executable, "-c", program, url], check=True, capture_output=True, text=True
        ).stdout.strip()
        for _ in range(2)
    ]
    assert seen == ["False", "False"]

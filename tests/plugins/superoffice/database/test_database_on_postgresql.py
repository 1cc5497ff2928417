"""A real server: it answers as SQLite does, and what it refuses ends by name."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select, text

from syseventd import NotAvailable, TimedOut, Unauthorized, Unreachable
from syseventd_superoffice.database import engine
from syseventd_superoffice.database.questions import Database


@contextmanager
def revoked(database: Any, table: str) -> Iterator[None]:
    """Takes the right to read a table from us for a while."""
    database.run(f"REVOKE SELECT ON crm7.{table} FROM monitor")
    try:
        yield
    finally:
        database.run(f"GRANT SELECT ON crm7.{table} TO monitor")


def test_answers_as_sqlite_does(told_postgresql: Any, database: Any, answered: str) -> None:
    """The same rows give the same answer, whatever the product, but for the product's name."""
    theirs, ours = (copy.deepcopy(d.ask(answered)) for d in (told_postgresql, database))
    if answered == "database":
        assert theirs.value.pop("databaseType") != ours.value.pop("databaseType")
    assert getattr(theirs, "rows", None) == getattr(ours, "rows", None)
    assert getattr(theirs, "value", None) == getattr(ours, "value", None)


def test_counts_usage_as_sqlite_does(told_postgresql: Any, database: Any) -> None:
    """Either product compares times in the base time zone."""
    month = (1_781_000_000.0, 1_782_907_500.0)
    theirs, ours = (d.ask("usage", *month).value for d in (told_postgresql, database))
    assert theirs["logins"] > 0
    assert {**theirs, "storage": 0} == {**ours, "storage": 0}


def test_tells_the_size_of_the_data(told_postgresql: Any) -> None:
    """Bytes, as the server reckons them: the simulated rows take some megabytes."""
    assert told_postgresql.ask("usage", 0.0, 1.0).value["storage"] > 2**20


def test_tells_whom_it_takes_us_for(told_postgresql: Any) -> None:
    """The login, as the server knows it."""
    assert told_postgresql.ask("principal").value == {"UserName": "monitor"}


def test_tells_its_own_name_and_version(told_postgresql: Any) -> None:
    """In the words that people use, without how it was built."""
    name = told_postgresql.ask("database").value["databaseType"]
    assert name.startswith("PostgreSQL ")
    assert "gcc" not in name


def test_table_without_the_right_is_not_available(told_postgresql: Any) -> None:
    """It names who lacks the right, and to what, as the schema's administrator would."""
    with revoked(told_postgresql, "batchtask"), pytest.raises(NotAvailable) as refused:
        told_postgresql.ask("batch_tasks")
    assert "the user monitor has no right to read crm7.batchtask" in str(refused.value)


def test_names_of_people_are_left_out_without_the_right(told_postgresql: Any) -> None:
    """The events are told all the same, with the user's id."""
    with revoked(told_postgresql, "person"):
        rows = told_postgresql.rows("system_events")
    assert rows[0]["registered_associate_id/assocName"] == "KE"
    assert "registered_associate_id/fullName" not in rows[0]


def test_users_are_left_out_without_the_right(told_postgresql: Any) -> None:
    """The events are told all the same, by whomever."""
    with revoked(told_postgresql, "associate"):
        rows = told_postgresql.rows("system_events")
    assert rows[0]["eventkey"] == "SimulatedImport"
    assert "registered_associate_id/assocName" not in rows[0]


def test_licences_without_their_owner_are_told(told_postgresql: Any) -> None:
    """Whose licence it is stands in a table of its own."""
    with revoked(told_postgresql, "company"):
        current = told_postgresql.ask("licences").value[0]["Current"]
    assert current["OwnerName"] == "SUPEROFFICE (simulated)"
    assert "CompanyName" not in current


def test_unknown_schema_is_said_to_be_wrong(told_postgresql: Any) -> None:
    """Every source would be not available: that is a slip in the configuration."""
    with pytest.raises(Unreachable, match=r"no crm8\.company; check `url` and `table_prefix`"):
        told_postgresql.ask("system_events", table_prefix="crm8")


def test_table_of_a_newer_version_is_not_available(told_postgresql: Any) -> None:
    """The schema is right, for the company is there."""
    told_postgresql.run("ALTER TABLE crm7.message RENAME TO message_away")
    try:
        with pytest.raises(NotAvailable, match=r"lacks crm7\.message"):
            told_postgresql.ask("system_messages")
    finally:
        told_postgresql.run("ALTER TABLE crm7.message_away RENAME TO message")


def test_wrong_password_is_unauthorized(postgresql: Any, told_postgresql: Any) -> None:
    """It names the user, and repeats neither password."""
    settings = postgresql.settings("crm", "monitor", "wrong-pässword")
    with pytest.raises(Unauthorized) as refused:
        told_postgresql.ask("system_events", password_env=settings.password_env)
    assert "the user monitor and the password" in str(refused.value)
    assert "pässword" not in str(refused.value)


def test_unknown_database_is_said_to_be_missing(postgresql: Any, told_postgresql: Any) -> None:
    """It is no matter of rights or of time."""
    url = f"postgresql://127.0.0.1:{postgresql.port}/crm99"
    with pytest.raises(Unreachable, match="no such database"):
        told_postgresql.ask("system_events", url=url)


def test_session_can_not_write(told_postgresql: Any) -> None:
    """Even a statement of ours that wrote would be refused by the server."""
    opened = engine.open_engine(told_postgresql.settings)
    try:
        with opened.connect() as connection, pytest.raises(Exception, match="read-only"):
            connection.execute(text("CREATE TABLE public.x (y int)"))
    finally:
        opened.dispose()


def test_slow_statement_ends_by_the_servers_hand(
    told_postgresql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread is free again, whether or not the daemon's deadline has passed before."""

    async def ask() -> None:
        database = Database.of(told_postgresql.settings)
        try:
            await database._reader.value(select(text("pg_sleep(60)")))
        finally:
            await database.aclose()

    session = ("SET statement_timeout = '50ms'",)
    monkeypatch.setitem(engine.READ_ONLY_SESSION, "postgresql", session)
    with pytest.raises(TimedOut):
        asyncio.run(ask())


def test_server_that_was_restarted_is_asked_anew(told_postgresql: Any) -> None:
    """A connection that broke while nobody used it costs no probe."""

    async def ask() -> tuple[Any, Any]:
        database = Database.of(told_postgresql.settings)
        try:
            before = await database.system_events()
            told_postgresql.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'monitor'"
            )
            return before, await database.system_events()
        finally:
            await database.aclose()

    before, after = asyncio.run(ask())
    assert before is after

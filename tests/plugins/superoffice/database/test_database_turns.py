"""Who asks the database when: lists before counts, and a refused login only once."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, tzinfo
from typing import Any

import pytest
from sqlalchemy import Engine, event

from syseventd import ProbeEnded, Unauthorized, Unreachable
from syseventd_superoffice.database import statements
from syseventd_superoffice.database.engine import open_engine
from syseventd_superoffice.database.questions import Database
from syseventd_superoffice.database.reading import Reader

WITHIN = 30.0

SLOW = ("mailings", "logins", "chats", "forms")
PARTS = ("TRAVEL_CURRENT", "SATELLITES", "PRODUCT_VERSIONS", "SERVER_PROCESSES", "PROTOTYPES",
         "SCHEDULES")  # fmt: skip


async def utc() -> tzinfo:
    return UTC


def run(database: Any, use: Callable[[Database, Engine], Awaitable[None]]) -> None:
    """`use` with a way in, and its engine."""

    async def opened() -> None:
        engine = open_engine(database.settings)
        way = Database(Reader(database.settings, engine, utc))
        try:
            async with asyncio.timeout(WITHIN):
                await use(way, engine)
        finally:
            await way.aclose()

    asyncio.run(opened())


class Refusing:
    """A server that refuses each login, and counts them."""

    def __init__(self, engine: Engine, words: str = "Login failed for user 'monitor'.") -> None:
        self.logins = 0
        self._words = words
        event.listen(engine, "do_connect", self._refuse)

    def _refuse(self, *_: object) -> None:
        self.logins += 1
        raise sqlite3.OperationalError(self._words)


async def _failure(question: Awaitable[object]) -> type[ProbeEnded] | None:
    try:
        await question
    except ProbeEnded as error:
        return type(error)
    return None


def test_a_refused_login_is_sent_once(database: Any) -> None:
    """Neither who asks at the same time nor who asks later sends it again."""

    async def use(way: Database, engine: Engine) -> None:
        server = Refusing(engine)
        both = _failure(way.system_messages()), _failure(way.schedules())
        assert await asyncio.gather(*both) == [Unauthorized, Unauthorized]
        assert await _failure(way.batch_tasks()) is Unauthorized
        assert server.logins == 1

    run(database, use)


def test_a_server_that_is_away_is_asked_again(database: Any) -> None:
    """Nothing is told of the login by that."""

    async def use(way: Database, engine: Engine) -> None:
        server = Refusing(engine, "Connection refused")
        for _ in range(2):
            assert await _failure(way.system_messages()) is Unreachable
        assert server.logins == 2

    run(database, use)


def test_a_list_does_not_wait_for_slow_counts(database: Any) -> None:
    """However many of them there are, one place is free of them."""

    async def use(way: Database, engine: Engine) -> None:
        let_go, begun, loop = threading.Event(), asyncio.Event(), asyncio.get_running_loop()

        def wait(_: object, __: object, statement: str, *___: object) -> None:
            if "s_shipment" in statement:
                loop.call_soon_threadsafe(begun.set)
                let_go.wait(WITHIN)

        event.listen(engine, "before_cursor_execute", wait)
        counts = [asyncio.create_task(way.usage(0.0, 1e9 + number)) for number in range(3)]
        try:
            await begun.wait()
            async with asyncio.timeout(5):
                assert (await way.system_messages()).value
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await way.schedules()
                # Who gave up has taken no place along.
                assert (await way.batch_tasks()).rows
        finally:
            let_go.set()
            await asyncio.gather(*counts)
        assert (await way.schedules()).rows

    run(database, use)


def test_who_gives_up_behind_lists_takes_no_place_along(database: Any) -> None:
    """He had the place of the slow ones already, and waited for the other."""

    async def use(way: Database, engine: Engine) -> None:
        let_go, loop = threading.Event(), asyncio.get_running_loop()
        begun: asyncio.Queue[None] = asyncio.Queue()

        def wait(*_: object) -> None:
            loop.call_soon_threadsafe(begun.put_nowait, None)
            let_go.wait(WITHIN)

        event.listen(engine, "before_cursor_execute", wait)
        lists = [asyncio.create_task(way.system_messages()) for _ in range(2)]
        try:
            for _ in lists:
                await begun.get()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await way.schedules()
        finally:
            let_go.set()
            await asyncio.gather(*lists)
        async with asyncio.timeout(5):
            assert (await way.schedules()).rows

    run(database, use)


@pytest.mark.parametrize("name", PARTS)
def test_parts_of_the_installation_may_wait(name: str) -> None:
    """Nobody is in a hurry for them."""
    assert statements.may_wait(getattr(statements, name))


@pytest.mark.parametrize("name", SLOW)
def test_counts_may_wait(name: str) -> None:
    """They read whole tables."""
    assert statements.may_wait(statements.USAGE[name])
    assert statements.may_wait(statements.USAGE_TIMES[name])


def test_lists_may_not_wait() -> None:
    """They are what people wait for."""
    lists = (*statements.SYSTEM_EVENTS, *statements.BATCH_TASKS, statements.SYSTEM_MESSAGES)
    assert not any(statements.may_wait(statement) for statement in lists)

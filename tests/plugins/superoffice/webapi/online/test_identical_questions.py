"""What several sources ask at a time, or within a moment, the installation is asked once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web

from syseventd import ProbeFailed
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.webapi import WebApi
from syseventd_superoffice.webapi.client import Client

EVENTS = "/Cust12345/api/v1/SystemEvent"
A_WHILE = 3600.0


def counted(online: Any) -> int:
    return online.paths.count(EVENTS)  # type: ignore[no-any-return]


def test_two_that_ask_at_once_get_the_very_same_answer(online: Any) -> None:
    """One request; and one object, so nothing is decoded twice."""

    async def use(client: Client) -> None:
        access = WebApi(client)
        first, second = await asyncio.gather(access.system_events(), access.system_events())
        assert first is second

    online.ask(use, "ticket")
    assert counted(online) == 1


def test_one_that_asks_a_moment_later_gets_the_same_answer(online: Any) -> None:
    """It is as new as anybody needs it."""

    async def use(client: Client) -> None:
        access = Connection(WebApi(client)).access
        assert await access.system_events() is await access.system_events()

    online.ask(use, "ticket", moment=A_WHILE)
    assert counted(online) == 1


def test_an_answer_is_old_after_a_moment(online: Any) -> None:
    """Then the installation is asked again."""

    async def use(client: Client) -> None:
        access = WebApi(client)
        async with asyncio.timeout(10):
            while counted(online) < 2:
                await access.system_events()
                await asyncio.sleep(0.005)

    online.ask(use, "ticket", moment=0.02)
    assert counted(online) == 2


def test_another_key_is_another_question(online: Any) -> None:
    """Only what is the same in every part is asked once."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response((await request.json())["Key"] == "a")

    async def use(client: Client) -> list[bool]:
        access = WebApi(client)
        return await asyncio.gather(*(access.is_event_active(key) for key in "aab"))

    online.on_api = answer
    assert online.ask(use, "ticket", moment=A_WHILE) == [True, True, False]
    assert len(online.paths) == 3


def test_a_failure_is_shared_but_not_kept(online: Any) -> None:
    """Two that wait hear of it; a third one asks again."""

    async def fail(request: web.Request) -> web.StreamResponse:
        return web.Response(status=500)

    async def use(client: Client) -> None:
        access = WebApi(client)
        both = (access.system_events(), access.system_events())
        heard = await asyncio.gather(*both, return_exceptions=True)
        assert [type(error) for error in heard] == [ProbeFailed] * 2
        assert counted(online) == 1
        with pytest.raises(ProbeFailed):
            await access.system_events()

    online.on_api = fail
    online.ask(use, "ticket", moment=A_WHILE)
    assert counted(online) == 2


def test_a_deadline_of_one_source_leaves_the_answer_to_the_other(online: Any) -> None:
    """The request goes on while anybody waits for it."""
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        asked.set()
        await go_on.wait()
        return await online.answer(request)  # type: ignore[no-any-return]

    async def use(client: Client) -> None:
        access = WebApi(client)
        impatient = asyncio.create_task(access.system_events())
        patient = asyncio.create_task(access.system_events())
        await asked.wait()
        impatient.cancel()
        await asyncio.wait([impatient])
        go_on.set()
        assert (await patient).complete

    online.on_api = slow
    online.ask(use, "ticket")
    assert counted(online) == 1


def test_a_request_that_nobody_waits_for_is_given_up(online: Any) -> None:
    """The connection is closed, and the next one to ask begins anew."""
    asked, gone = asyncio.Event(), asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()
        return web.Response()

    async def use(client: Client) -> None:
        access = WebApi(client)
        only = asyncio.create_task(access.system_events())
        await asked.wait()
        only.cancel()
        await asyncio.wait([only])
        online.on_api = online.answer
        assert (await access.system_events()).complete

    online.on_api = slow
    online.ask(use, "ticket")
    assert counted(online) == 2

"""A login that was refused: it is not sent again by each source until the account is locked out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web

from syseventd import ProbeEnded, Throttled, Unauthorized
from syseventd_superoffice import refused_login
from syseventd_superoffice.refused_login import PASSWORD_PAUSES, LoginGuard
from syseventd_superoffice.webapi import client
from syseventd_superoffice.webapi.client import Client

PATHS = [f"/api/v1/{name}" for name in ("SystemEvent", "BatchTask", "MDOList/x", "License")]


async def refusing(request: web.Request) -> web.StreamResponse:
    """Takes its time, so that others may ask meanwhile."""
    await asyncio.sleep(0.01)
    return web.Response(status=401)


async def outcomes(client: Client, *paths: str) -> list[Any]:
    """What each of the questions brings, asked one after the other."""
    return [await _outcome(client, path) for path in paths]


async def _outcome(client: Client, path: str, with_login: bool = True) -> type:
    try:
        return type(await client.ask(path, with_login=with_login))
    except ProbeEnded as error:
        return type(error)


def test_sources_one_after_the_other_send_it_once(crm: Any) -> None:
    """Those who come later are told what the first one heard."""
    crm._description = None
    heard = crm.ask(refusing, lambda client: outcomes(client, *PATHS))
    assert heard == [Unauthorized] * len(PATHS)
    assert len(crm.requests) == 1


def test_sources_at_the_same_time_send_it_once(crm: Any) -> None:
    """All begin when the service starts: the others wait for the first one's verdict."""
    crm._description = None

    async def use(client: Client) -> list[type]:
        return await asyncio.gather(*(_outcome(client, path) for path in PATHS))

    assert crm.ask(refusing, use) == [Unauthorized] * len(PATHS)
    assert len(crm.requests) == 1


def test_a_question_without_a_login_is_asked_all_the_same(crm: Any) -> None:
    """It proves nothing of the login, and sends none."""
    crm._description = None

    async def use(client: Client) -> None:
        await _outcome(client, PATHS[0])
        await _outcome(client, "/api", with_login=False)

    crm.ask(refusing, use)
    assert ["Authorization" in request.headers for request in crm.requests] == [True, False]


def test_one_tries_again_after_a_while(crm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account may have been mended at the installation."""
    crm._description = None
    monkeypatch.setattr(client, "PASSWORD_PAUSES", (0.0,))
    crm.ask(refusing, lambda asking: outcomes(asking, *PATHS[:2]))
    assert len(crm.requests) == 2


class Told:
    """A guard, the time by which it goes, and how often the login was sent."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.sent = 0
        self.guard = LoginGuard(clock=lambda: self.now)

    async def send(self, verdict: ProbeEnded | None = None) -> type[ProbeEnded] | None:
        """Sends it, unless the guard objects; what whoever sends it is told."""
        try:
            async with self.guard.use() as turn:
                await turn.take()
                self.sent += 1
                if verdict is not None:
                    raise verdict
        except ProbeEnded as error:
            return type(error)
        return None


REFUSED = Unauthorized("crm", "no")


def test_a_refusal_is_told_for_a_while() -> None:
    """The account may have been mended meanwhile."""

    async def use() -> None:
        told = Told()
        assert await told.send(REFUSED) is Unauthorized
        told.now += PASSWORD_PAUSES[0] - 0.1
        assert await told.send() is Unauthorized
        assert told.sent == 1
        told.now += 0.2
        assert await told.send() is None
        assert told.sent == 2

    asyncio.run(use())


def test_a_good_login_that_one_question_refuses() -> None:
    """Others still get their answers: two refusals in a row are needed to believe them."""

    async def use() -> None:
        told = Told()
        for verdict in (None, REFUSED, None, REFUSED):
            await told.send(verdict)
        assert await told.send(REFUSED) is Unauthorized
        assert told.sent == 5
        assert await told.send() is Unauthorized
        assert told.sent == 5

    asyncio.run(use())


def test_a_failure_of_another_kind_is_no_verdict() -> None:
    """Neither is it told to others, nor does it make the login good."""

    async def use() -> None:
        told = Told()
        assert await told.send(Throttled("crm", "busy")) is Throttled
        assert not told.guard.is_good
        assert await told.send() is None
        assert told.guard.is_good

    asyncio.run(use())


def test_one_who_is_never_answered_does_not_hold_up_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a few seconds they ask without having heard of him."""
    monkeypatch.setattr(refused_login, "MOST_WAITING", 0.01)

    async def use() -> None:
        told = Told()
        async with asyncio.timeout(5), told.guard.use() as turn:
            await turn.take()
            assert await told.send() is None

    asyncio.run(use())


def test_many_use_a_good_login_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who waited for the verdict, too: each would else wait for the one before him."""
    monkeypatch.setattr(refused_login, "MOST_WAITING", 60.0)

    async def use() -> None:
        guard, inside, together = LoginGuard(), 0, asyncio.Event()

        async def one() -> None:
            nonlocal inside
            async with guard.use() as turn:
                await turn.take()
                inside += 1
                if inside == 3:
                    together.set()
                await together.wait()

        async with asyncio.timeout(5):
            async with guard.use() as turn:
                await turn.take()
                waiting = [asyncio.create_task(one()) for _ in range(3)]
                await asyncio.sleep(0)
                assert inside == 0
            await asyncio.gather(*waiting)

    asyncio.run(use())

"""A tenant that was moved says so (HTTP 421): its state is asked at once, and it is followed."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from syseventd import Malformed, Paused, Unreachable
from syseventd_superoffice import refused_login
from syseventd_superoffice.access import Document
from syseventd_superoffice.webapi import WebApi, sharing
from syseventd_superoffice.webapi.client import Client

STATE = "/api/state/Cust12345"
EVENTS = "/Cust12345/api/v1/SystemEvent"


async def probe(client: Client) -> None:
    await WebApi(client).system_events()


async def state(client: Client) -> Document:
    return await WebApi(client).tenant()


class Elsewhere:
    """Another place where the tenant may be."""

    def __init__(self, online: Any) -> None:
        self._online = online
        self.asked: list[web.Request] = []
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._server = TestServer(app)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        return await self._online.answer(request)

    async def __aenter__(self) -> Elsewhere:
        await self._server.start_server()
        self.base = str(self._server.make_url("/Cust12345"))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()


async def misdirected(request: web.Request) -> web.StreamResponse:
    words = {"ErrorMessage": "Wrong subdomain used to access tenant"}
    return web.json_response(words, status=421)


def test_a_tenant_that_moved_is_followed(online: Any) -> None:
    """After 421 the state is asked at once, and the request made again where it says."""

    async def use(client: Client) -> None:
        async with Elsewhere(online) as elsewhere:
            await probe(client)
            online.on_api, online.state = misdirected, {"Endpoint": elsewhere.base}
            await probe(client)
            await probe(client)
            assert [request.path for request in elsewhere.asked] == [EVENTS] * 2
            assert client.base == elsewhere.base

    online.ask(use, "ticket")
    assert online.paths == [STATE, EVENTS, EVENTS, STATE]


def test_one_that_was_misdirected_while_another_found_the_tenant(
    online: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is late goes on at the new place, and asks for no state."""
    monkeypatch.setattr(refused_login, "MOST_WAITING", 0.0)
    go_on = asyncio.Event()

    async def late(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("Late"):
            await go_on.wait()
        return await misdirected(request)

    async def use(client: Client) -> None:
        async with Elsewhere(online) as elsewhere:
            await state(client)
            online.on_api, online.state = late, {"Endpoint": elsewhere.base}
            waiting = asyncio.create_task(client.ask("/api/v1/Late"))
            await probe(client)
            go_on.set()
            await waiting

    online.ask(use, "ticket")
    assert online.paths.count(STATE) == 2


def test_many_that_are_misdirected_ask_for_the_state_once(online: Any) -> None:
    """All of them go on at the new place."""

    async def use(client: Client) -> None:
        async with Elsewhere(online) as elsewhere:
            await probe(client)
            online.on_api, online.state = misdirected, {"Endpoint": elsewhere.base}
            await asyncio.gather(*(client.ask(f"/api/v1/Q{n}") for n in range(6)))

    online.ask(use, "ticket")
    assert online.paths.count(STATE) == 2


def test_a_tenant_that_is_nowhere(online: Any) -> None:
    """Where the state still names the old place, that is said; and it is not asked in a loop."""
    online.on_api = misdirected

    async def use(client: Client) -> list[str]:
        said = []
        for _ in range(3):
            with pytest.raises(Unreachable) as caught:
                await probe(client)
            said.append(str(caught.value))
        return said

    for said in online.ask(use, "ticket"):
        assert "its tenant answers at another subdomain now" in said
        assert "SuperOffice's own state of the tenant names this address" in said
    assert online.paths.count(STATE) == 2
    assert online.paths.count(EVENTS) == 3


def test_a_tenant_that_says_421_at_its_new_place_too(online: Any) -> None:
    """Once is enough."""

    async def use(client: Client) -> None:
        async with Elsewhere(online) as elsewhere:
            elsewhere._online = type("Lost", (), {"answer": staticmethod(misdirected)})
            await state(client)
            online.on_api, online.state = misdirected, {"Endpoint": elsewhere.base}
            with pytest.raises(Unreachable, match="another subdomain"):
                await probe(client)
            assert len(elsewhere.asked) == 1

    online.ask(use, "ticket")


def test_a_tenant_that_is_sent_to_and_fro(online: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One request follows it once, whatever its state names then."""
    monkeypatch.setattr(sharing, "BREATH", 0.0)

    async def use(client: Client) -> None:
        async with Elsewhere(online) as elsewhere:
            elsewhere._online = type("Lost", (), {"answer": staticmethod(misdirected)})
            await state(client)
            places = itertools.cycle([elsewhere.base, f"{online.host}/Cust12345"])

            async def moving(request: web.Request) -> web.StreamResponse:
                online.state = {"Endpoint": next(places)}
                return await online.tell_state(request)  # type: ignore[no-any-return]

            online.on_api, online.on_state = misdirected, moving
            with pytest.raises(Unreachable, match="another subdomain"):
                await probe(client)
            assert len(elsewhere.asked) == 1

    online.ask(use, "ticket")
    assert online.paths.count(EVENTS) == 1


@pytest.mark.parametrize(
    ("state", "error", "told"),
    [
        ({"Endpoint": "https://evil.example/Cust12345"}, Malformed, "our login does not go there"),
        ({"State": "OfflineMaintenance"}, Paused, "tenant in maintenance"),
    ],
    ids=["to somebody else's", "and went into maintenance"],
)
def test_a_tenant_that_moved_where_it_can_not_be_asked(
    online: Any, state: dict[str, str], error: type[Exception], told: str
) -> None:
    """421 leads to no host that may not have our login; its new state is what is told."""

    async def use(client: Client) -> None:
        await probe(client)
        online.on_api, online.state = misdirected, state
        with pytest.raises(error, match=told):
            await probe(client)

    online.ask(use, "ticket")

"""The port: bound once, its application exchanged under requests, and faults in plain words."""

from __future__ import annotations

import asyncio
import socket

import aiohttp
import pytest
from aiohttp import web

from syseventd.errors import CannotListen
from syseventd.web import make_starting_app, open_port


def _saying(word: str) -> web.Application:
    async def say(request: web.Request) -> web.Response:
        return web.Response(text=word)

    app = web.Application()
    app.router.add_get("/", say)
    return app


def test_no_request_is_refused_while_the_application_is_exchanged() -> None:
    """Each gets an answer, of the old or of the new one, and at last of the new one."""

    async def body() -> set[str]:
        port = await open_port("127.0.0.1", 0)
        await port.serve(_saying("0"))
        answers: list[str] = []

        async def ask() -> str:
            async with (
                aiohttp.ClientSession() as session,  # a connection of its own
                session.get(port.url) as reply,
            ):
                return await reply.text()

        async def keep_asking() -> None:
            while "20" not in answers:
                answers.append(await ask())

        asking = asyncio.gather(*(keep_asking() for _ in range(4)))
        for n in range(1, 21):
            await port.serve(_saying(str(n)))
        await asking
        await port.close()
        await port.close()
        return set(answers)

    assert "20" in asyncio.run(body())


def test_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen) as raised:
            asyncio.run(open_port("127.0.0.1", port))
    assert str(raised.value) == f"can't listen on 127.0.0.1:{port}: Address already in use"


def test_address_that_this_machine_lacks_is_said() -> None:
    """TEST-NET-1 is nobody's."""
    with pytest.raises(CannotListen, match=r"192\.0\.2\.1:9000: Cannot assign requested address"):
        asyncio.run(open_port("192.0.2.1", 9000))


def test_ipv6_address_is_said_in_brackets() -> None:
    with pytest.raises(CannotListen, match=r"\[2001:db8::1\]:9000: "):
        asyncio.run(open_port("2001:db8::1", 9000))


def test_name_that_nobody_knows_is_said() -> None:
    with pytest.raises(CannotListen, match=r"no-such-host\.invalid:9000: "):
        asyncio.run(open_port("no-such-host.invalid", 9000))


def test_an_address_that_is_absent_hinders_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with "localhost" where IPv6 is switched off."""

    async def body() -> str:
        async def both(*_: object, **__: object) -> list[object]:
            here = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))
            absent = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2001:db8::1", 0, 0, 0))
            return [absent, here]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", both)
        port = await open_port("localhost", 0)
        await port.close()
        return port.url

    assert asyncio.run(body()).startswith("http://127.0.0.1:")


@pytest.mark.parametrize("path", ["", "metrics", "-/ready", "api/v1/targets"])
def test_starting_daemon_asks_to_be_asked_again(path: str) -> None:
    """With 503, when to come again, and the headers of every reply; it lives all the same."""

    async def body() -> None:
        port = await open_port("127.0.0.1", 0)
        await port.serve(make_starting_app())
        async with aiohttp.ClientSession() as session:
            async with session.get(port.url + path) as reply:
                assert reply.status == 503
                assert "starting: " in await reply.text()
                assert reply.headers["Retry-After"] == reply.headers["Refresh"] == "2"
                assert reply.headers["X-Content-Type-Options"] == "nosniff"
                assert reply.headers["Cache-Control"] == "no-store"
                assert reply.headers["Connection"] == "close"
            async with session.get(port.url + "-/healthy") as reply:
                assert reply.status == 200
        await port.close()

    asyncio.run(body())

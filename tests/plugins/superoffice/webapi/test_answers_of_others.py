"""Targets share connections, and no target gets what was meant for another, or came for nobody."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from syseventd_superoffice.webapi.connector import CleanConnector
from syseventd_superoffice.webapi.replies import Reply
from syseventd_superoffice.webapi.wire import Wire

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Repeating:
    """Answers each request with the name that it brought; the first one again when it is told."""

    def __init__(self) -> None:
        self.connections = 0
        self.repeat, self.repeated = asyncio.Event(), asyncio.Event()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            answer = await self._answer(reader, writer)
            if self.connections == 1:
                await self.repeat.wait()
                writer.write(answer)
                await writer.drain()
                self.repeated.set()
            while True:
                await self._answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        head = await reader.readuntil(b"\r\n\r\n")
        [name] = [line[3:] for line in head.split(b"\r\n") if line.startswith(b"X: ")]
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(name), name)
        writer.write(answer)
        return answer


@asynccontextmanager
async def serving(talk: Talk) -> AsyncIterator[URL]:
    """A server that talks so; it ends once those who talk to it have gone."""
    talks: set[asyncio.Task[None]] = set()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        await talk(reader, writer)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    async with server:
        yield URL(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        await asyncio.gather(*talks)


async def let_it_arrive() -> None:
    """On the loopback what was written is there: the loop only has to look."""
    for _ in range(10):
        await asyncio.sleep(0)


async def ask(wire: Wire, url: URL, name: str) -> bytes:
    reply = await wire.exchange(url, headers={"X": name})
    assert isinstance(reply, Reply)
    return reply.raw


def test_a_late_second_answer_is_not_the_next_targets() -> None:
    """What came on an idle connection was asked by nobody: the connection is used no more."""

    async def use() -> None:
        server = Repeating()
        async with asyncio.timeout(5), serving(server.talk) as url:
            first, second = Wire(), Wire()
            try:
                assert await ask(first, url, "first") == b"first"
                server.repeat.set()
                await server.repeated.wait()
                await let_it_arrive()
                assert await ask(second, url, "second") == b"second"
                assert await ask(first, url, "third") == b"third"
                assert server.connections == 2
            finally:
                await first.aclose()
                await second.aclose()

    asyncio.run(use())


def test_a_server_that_speaks_first_is_connected_to_once() -> None:
    """On each new connection it would do the same: there is no end to that."""
    connections = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.write(b"220 mail.example.com ready\r\n")
        await reader.read()

    async def wait(*_: object) -> None:
        await let_it_arrive()

    async def use() -> None:
        trace = aiohttp.TraceConfig()
        trace.on_connection_create_end.append(wait)
        connector = CleanConnector(ssl=ssl.create_default_context(), keepalive_timeout=60.0)
        async with (
            asyncio.timeout(5),
            serving(talk) as url,
            aiohttp.ClientSession(connector=connector, trace_configs=[trace]) as session,
        ):
            with pytest.raises(aiohttp.ClientError):
                await session.get(url)

    asyncio.run(use())
    assert connections == 1


def test_no_target_sends_the_cookie_of_another() -> None:
    """A session that a host opened for one of them is his."""
    cookies: list[str | None] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        cookies.append(request.headers.get("Cookie"))
        return web.Response(body=b"{}", headers={"Set-Cookie": "session=first; Path=/"})

    async def use() -> None:
        runner = web.ServerRunner(web.Server(answer))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        # A name: to an address without one no cookie is ever sent.
        url = URL(f"http://localhost:{runner.addresses[0][1]}/")
        wires = [Wire(), Wire()]
        for wire in (*wires, wires[0]):
            await ask(wire, url, "x")
        for wire in wires:
            await wire.aclose()
        await runner.cleanup()

    asyncio.run(use())
    assert cookies == [None, None, None]

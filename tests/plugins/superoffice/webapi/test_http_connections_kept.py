"""How many connections stay open: few for a host that is asked again and again, by all targets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from aiohttp import web
from yarl import URL

from syseventd_superoffice.webapi.pool import MOST_STAYING
from syseventd_superoffice.webapi.replies import Reply
from syseventd_superoffice.webapi.wire import MOST_CONNECTIONS, Wire

T = TypeVar("T")


class Host:
    """Answers once as many requests as are expected have come, and tells the connections."""

    def __init__(self, at_once: int = 1) -> None:
        self.transports: list[asyncio.Transport] = []
        self.url = URL()
        self.asked = self.most_asked = 0
        self._turn = asyncio.Barrier(at_once)

    @property
    def open(self) -> set[asyncio.Transport]:
        """The connections that are open."""
        return {t for t in self.transports if not t.is_closing()}

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        assert isinstance(request.transport, asyncio.Transport)
        self.transports.append(request.transport)
        self.asked += 1
        self.most_asked = max(self.asked, self.most_asked)
        await self._turn.wait()
        self.asked -= 1
        return web.Response(body=b"{}")

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Host]:
        runner = web.ServerRunner(web.Server(self.answer))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = URL(f"http://127.0.0.1:{runner.addresses[0][1]}/")
        try:
            yield self
        finally:
            await runner.cleanup()

    async def until_open(self, most: int) -> None:
        """Waits until no more than so many connections are open."""
        async with asyncio.timeout(5):
            # Transports tell nobody that they close.
            while len(self.open) > most:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def ask(host: Host, wire: Wire, at_once: int = 1) -> None:
    """Asks it so many times at once."""
    replies = await asyncio.gather(*(wire.exchange(host.url) for _ in range(at_once)))
    assert all(isinstance(reply, Reply) for reply in replies)


def play(scene: Callable[[Host], Coroutine[Any, Any, T]], at_once: int = 1) -> T:
    """Plays a scene with a host that answers so many requests together."""

    async def run() -> T:
        async with Host(at_once).serving() as host:
            return await scene(host)

    return asyncio.run(run())


def test_one_after_the_other_takes_the_same_connection() -> None:
    """To connect costs more than to ask."""

    async def scene(host: Host) -> int:
        wire = Wire()
        for _ in range(3):
            await ask(host, wire)
        await wire.aclose()
        return len(set(host.transports))

    assert play(scene) == 1


def test_what_is_done_makes_room_for_what_comes() -> None:
    """However often one target asks, it counts as one that keeps a connection."""

    async def scene(host: Host) -> int:
        wire = Wire()
        for _ in range(MOST_STAYING + 2):  # the one too many would close it for the next
            await ask(host, wire)
        await wire.aclose()
        return len(set(host.transports))

    assert play(scene) == 1


def test_of_several_at_once_one_connection_stays() -> None:
    """Idle ones of a thousand targets would fill the memory."""

    async def scene(host: Host) -> int:
        wire = Wire()
        await ask(host, wire, 3)
        await host.until_open(1)
        left = len(host.open)
        await wire.aclose()
        return left

    assert play(scene, 3) == 1


def test_the_one_that_stays_is_used_again() -> None:
    """Whoever is first takes it; only who comes meanwhile needs another."""

    async def scene(host: Host) -> int:
        wire = Wire()
        for _ in range(2):
            await ask(host, wire, 2)
            await host.until_open(1)
        await wire.aclose()
        return len(set(host.transports))

    assert play(scene, 2) == 3


def test_no_target_has_more_than_its_share_of_connections() -> None:
    """The others wait for one of its own, and not for those of another target."""

    async def scene(host: Host) -> int:
        wire = Wire()
        await ask(host, wire, 2 * MOST_CONNECTIONS)
        await wire.aclose()
        return host.most_asked

    assert play(scene, MOST_CONNECTIONS) == MOST_CONNECTIONS


def test_targets_at_one_host_take_the_same_connection() -> None:
    """Tenants by the hundred share a host: each with its own would hold a TLS session."""

    async def scene(host: Host) -> int:
        wires = [Wire() for _ in range(3)]
        for wire in wires:
            await ask(host, wire)
        for wire in wires:
            await wire.aclose()
        return len(set(host.transports))

    assert play(scene) == 1


def test_of_many_targets_that_ask_a_host_at_once_some_connections_stay() -> None:
    """After a burst, what stays is bounded, however many targets there are."""
    many = MOST_STAYING + 10

    async def scene(host: Host) -> tuple[int, int]:
        wires = [Wire() for _ in range(many)]
        await asyncio.gather(*(ask(host, wire) for wire in wires))
        at_once = len(set(host.transports))
        await host.until_open(MOST_STAYING)
        left = len(host.open)
        for wire in wires:
            await wire.aclose()
        return at_once, left

    assert play(scene, many) == (many, MOST_STAYING)


def test_a_target_that_goes_leaves_the_others_their_connections() -> None:
    """However often it says so: a reload takes out one target among many."""

    async def scene(host: Host) -> int:
        stays, goes = Wire(), Wire()
        await ask(host, stays)
        await goes.aclose()
        await goes.aclose()
        await ask(host, stays)
        await stays.aclose()
        return len(set(host.transports))

    assert play(scene) == 1


def test_the_last_target_closes_the_connections() -> None:
    """And one that comes after it has new ones."""

    async def scene(host: Host) -> tuple[int, int]:
        for _ in range(2):
            wire = Wire()
            await ask(host, wire)
            await wire.aclose()
            await host.until_open(0)
        return len(set(host.transports)), len(host.open)

    assert play(scene) == (2, 0)

"""How many connections stay open: one for a host that is asked again and again."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from yarl import URL

from syseventd_superoffice.webapi.replies import Reply
from syseventd_superoffice.webapi.wire import Wire


class Host:
    """Answers once as many requests as are expected have come, and tells the connections."""

    def __init__(self, at_once: int) -> None:
        self.transports: list[asyncio.Transport] = []
        self._turn = asyncio.Barrier(at_once)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        assert isinstance(request.transport, asyncio.Transport)
        self.transports.append(request.transport)
        await self._turn.wait()
        return web.Response(body=b"{}")

    async def ask(self, times: int, at_once: int = 1, **options: Any) -> None:
        """Asks it so often, so many times at once."""
        wire = Wire()
        runner = web.ServerRunner(web.Server(self.answer))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            url = URL(f"http://127.0.0.1:{runner.addresses[0][1]}/")
            for _ in range(times):
                asked = (wire.exchange(url, **options) for _ in range(at_once))
                assert all(isinstance(r, Reply) for r in await asyncio.gather(*asked))
            await self._settled(options.get("again", True))
        finally:
            await wire.aclose()
            await runner.cleanup()

    async def _settled(self, most: int) -> None:
        """Waits until no more than so many connections are open."""
        async with asyncio.timeout(5):
            # Transports tell nobody that they close.
            while len({t for t in self.transports if not t.is_closing()}) > most:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        self.open = {t for t in self.transports if not t.is_closing()}


def asked(times: int, at_once: int = 1, **options: Any) -> Host:
    async def ask() -> Host:
        host = Host(at_once)
        await host.ask(times, at_once, **options)
        return host

    return asyncio.run(ask())


def test_one_after_the_other_takes_the_same_connection() -> None:
    """To connect costs more than to ask."""
    assert len(set(asked(3).transports)) == 1


def test_of_several_at_once_one_connection_stays() -> None:
    """Idle ones of a thousand targets would fill the memory."""
    assert len(asked(1, at_once=3).open) == 1


def test_the_one_that_stays_is_used_again() -> None:
    """Whoever is first takes it; only who comes meanwhile needs another."""
    assert len(set(asked(2, at_once=2).transports)) == 3


def test_no_connection_stays_to_a_host_that_is_asked_seldom() -> None:
    """Each question to a login host has its own."""
    host = asked(2, again=False)
    assert len(set(host.transports)) == 2
    assert not host.open

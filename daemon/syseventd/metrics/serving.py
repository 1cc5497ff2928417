"""Answers `/metrics`: in the format and the encoding that the scraper asks for."""

from __future__ import annotations

import asyncio
import contextlib
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor

from aiohttp import web
from prometheus_client import CollectorRegistry

from syseventd.metrics.exposition import Exposition, instruments_text
from syseventd.metrics.negotiation import wanted_format, wants_gzip
from syseventd.metrics.text import Format

SLICE = 0.002
"""Seconds that a scrape may work before others get their turn."""
THREADS = 2


REST = 10
LEAST_REST = 2.0
"""How many times as long as it took, and how many seconds at least, preparing rests."""


class MetricsHandler:
    """The aiohttp handler of `/metrics`.

    What changed is rendered when it changes, not when a scrape asks: however much that was, the
    scrape then costs a copy, and it comes in time.
    """

    def __init__(self, exposition: Exposition, registry: CollectorRegistry) -> None:
        self._exposition = exposition
        self._registry = registry
        # Its own: in the loop's pool, lookups that hang would hold up every scrape.
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="metrics")

    async def prepare(self) -> None:
        """Render what changed since the last scrape, a slice at a time."""
        until = time.perf_counter() + SLICE
        for _ in self._exposition.prepare():
            if time.perf_counter() > until:
                await asyncio.sleep(0)
                until = time.perf_counter() + SLICE

    async def keep_prepared(self, news: Callable[[], Awaitable[None]]) -> None:
        """Prepare for ever, after `news`, and rest in between: at most a tenth of the time."""
        waiting = asyncio.ensure_future(news())
        try:
            while True:
                await waiting
                waiting = asyncio.ensure_future(news())  # what comes from here on is for next time
                began = time.perf_counter()
                await self.prepare()
                took = time.perf_counter() - began
                await asyncio.sleep(max(LEAST_REST, REST * took))
        finally:
            waiting.cancel()

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        form = wanted_format(_header(request, "Accept"))
        zipped = wants_gzip(_header(request, "Accept-Encoding"))
        response = web.StreamResponse(
            headers={"Content-Type": form.value, "Vary": "Accept, Accept-Encoding"}
        )
        if zipped:
            response.headers["Content-Encoding"] = "gzip"
        # A scraper that gave up is no fault of ours: its side of the log says so.
        with contextlib.suppress(ConnectionResetError):
            await response.prepare(request)
            if request.method != "HEAD":
                body = self._body(form)
                async for piece in _gzip(body, self._threads) if zipped else body:
                    await response.write(piece)
                await response.write_eof()
        return response

    async def _body(self, form: Format) -> AsyncIterator[bytes]:
        until = time.perf_counter() + SLICE
        for piece in self._exposition.pieces(form):
            if piece:
                yield piece
            if time.perf_counter() > until:
                await asyncio.sleep(0)
                until = time.perf_counter() + SLICE
        # Its histograms can be many too; prometheus-client writes them in one go.
        loop = asyncio.get_running_loop()
        yield await loop.run_in_executor(self._threads, instruments_text, self._registry, form)


async def _gzip(pieces: AsyncIterator[bytes], threads: Executor) -> AsyncIterator[bytes]:
    """Compressed in threads: zlib lets go of the interpreter while it works."""
    loop = asyncio.get_running_loop()
    packer = zlib.compressobj(level=1, wbits=31)
    async for piece in pieces:
        packed = await loop.run_in_executor(threads, packer.compress, piece)
        if packed:
            yield packed
    yield packer.flush()


def _header(request: web.Request, name: str) -> str:
    """All lines of a header that lists things, as one."""
    return ", ".join(request.headers.getall(name, ()))

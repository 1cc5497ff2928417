"""Answers `/metrics`: in the format and the encoding that the scraper asks for."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import AsyncIterator

from aiohttp import web
from prometheus_client import CollectorRegistry

from syseventd.metrics.exposition import Exposition, Format, instruments_text

SLICE = 0.005
"""Seconds that a scrape may work before others get their turn."""


class MetricsHandler:
    """The aiohttp handler of `/metrics`."""

    def __init__(self, exposition: Exposition, registry: CollectorRegistry) -> None:
        self._exposition = exposition
        self._registry = registry

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        form = _wanted_format(request.headers.get("Accept", ""))
        response = web.StreamResponse(headers={"Content-Type": form.value, "Vary": "Accept"})
        zipped = _wants_gzip(request.headers.get("Accept-Encoding", ""))
        if zipped:
            response.headers["Content-Encoding"] = "gzip"
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        body = self._body(form)
        async for piece in _gzip(body) if zipped else body:
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
        yield await asyncio.to_thread(instruments_text, self._registry, form)


async def _gzip(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Compressed in threads: zlib lets go of the interpreter while it works."""
    packer = zlib.compressobj(level=1, wbits=31)
    async for piece in pieces:
        packed = await asyncio.to_thread(packer.compress, piece)
        if packed:
            yield packed
    yield packer.flush()


def _wanted_format(accept: str) -> Format:
    """OpenMetrics for those who say that they read version 1.0.0, else the text format."""
    for offer in accept.split(","):
        kind, *parameters = (part.strip() for part in offer.split(";"))
        if kind == "application/openmetrics-text" and "version=1.0.0" in parameters:
            return Format.OPENMETRICS
    return Format.TEXT


def _wants_gzip(accept: str) -> bool:
    for offer in accept.split(","):
        name, *parameters = (part.strip().lower() for part in offer.split(";"))
        if name in ("gzip", "*"):
            return not any(p in ("q=0", "q=0.0", "q=0.00", "q=0.000") for p in parameters)
    return False

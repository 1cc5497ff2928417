"""Faults on demand: how a simulated installation answers when something is wrong with it."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CHUNK = b" " * 65536
ENDLESS = 1024
"""Chunks of an endless reply. Nobody should read so far; and a test must come to its end."""

DRIP = 1.0
"""Seconds between two bytes of a reply that drips."""

BOMB = gzip.compress(b"[" + b" " * 50_000_000 + b"]", 9)
HTML = "<!DOCTYPE html><title>Error (simulated)</title><h1>Something went wrong (simulated)</h1>"


class Kind(Enum):
    """What is wrong."""

    SLOW = auto()
    """The right answer, late."""
    STATUS = auto()
    """Another status, with the vendor's error JSON."""
    WEB_PAGE = auto()
    """HTML where JSON was asked for."""
    WRONG_TYPE = auto()
    """JSON of another type."""
    CUT_OFF = auto()
    """The first half of the answer; then the connection closes."""
    HANG_UP = auto()
    """No answer: the connection closes."""
    DRIPPING = auto()
    """One byte a second."""
    LONG = auto()
    """A reply without end."""
    BOMB = auto()
    """A short reply that unpacks to 50 MB."""
    LINK_LOOP = auto()
    """A list whose next page is itself."""


@dataclass
class Fault:
    """One thing that is wrong with the requests whose path contains `path`, so many times."""

    kind: Kind
    path: str = ""
    times: float = float("inf")
    status: int = 500
    retry_after: str = ""
    seconds: float = 0.0


class Faults:
    """What is wrong now: the first fault that concerns a request is played."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

        @web.middleware  # it marks what it is given, which a method does not let it do
        async def play(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._play(request, handler)

        self.middleware = play

    def add(self, fault: Fault) -> None:
        """From now on this is wrong as well."""
        self._faults.append(fault)

    def clear(self) -> None:
        """All is well again."""
        self._faults.clear()

    async def _play(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        for fault in self._faults:
            if fault.path in request.path and fault.times > 0:
                fault.times -= 1
                return await _PLAYED[fault.kind](fault, request, handler)
        return await handler(request)


async def _slow(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    await asyncio.sleep(fault.seconds)
    return await handler(request)


async def _status(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    error = {"Error": True, "ErrorType": "Simulated", "ErrorMessage": "Told to fail (simulated)"}
    headers = {"Retry-After": fault.retry_after} if fault.retry_after else None
    return web.json_response({**error, "ErrorSource": ""}, status=fault.status, headers=headers)


async def _web_page(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    return web.Response(text=HTML, content_type="text/html")


async def _wrong_type(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    return web.json_response("simulated")


async def _cut_off(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    answer = await handler(request)
    body = answer.body if isinstance(answer, web.Response) else b""
    whole = body if isinstance(body, bytes) else b"{}"
    response = web.StreamResponse(headers={"Content-Length": str(len(whole))})
    await response.prepare(request)
    await response.write(whole[: len(whole) // 2])
    return _hung_up(request, response)


async def _hang_up(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    return _hung_up(request, web.StreamResponse())


def _hung_up(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return response


async def _dripping(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(ENDLESS):
        await response.write(b" ")
        await asyncio.sleep(DRIP)
    return response


async def _long(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(ENDLESS):
        await response.write(CHUNK)
    return response


async def _bomb(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    return web.Response(body=BOMB, headers={"Content-Encoding": "gzip"})


async def _link_loop(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    rows = [{"PrimaryKey": "1", "eventkey": "Simulated"}]
    return web.json_response({"odata.nextLink": str(request.url), "value": rows})


_PLAYED = {
    Kind.SLOW: _slow,
    Kind.STATUS: _status,
    Kind.WEB_PAGE: _web_page,
    Kind.WRONG_TYPE: _wrong_type,
    Kind.CUT_OFF: _cut_off,
    Kind.HANG_UP: _hang_up,
    Kind.DRIPPING: _dripping,
    Kind.LONG: _long,
    Kind.BOMB: _bomb,
    Kind.LINK_LOOP: _link_loop,
}

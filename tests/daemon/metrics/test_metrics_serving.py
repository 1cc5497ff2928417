"""`/metrics` over HTTP: headers, compression, HEAD, and clients that go away."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from multidict import CIMultiDict

from syseventd.instruments import Instruments
from syseventd.metrics import Format, MetricsHandler
from syseventd.model import Observation

OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}
GZIP = {"Accept-Encoding": "gzip"}
OURS = "syseventd_event_started_timestamp_seconds"
THEIRS = "syseventd_build_info"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


def app_over(world: Any) -> web.Application:
    app = web.Application()
    handler = MetricsHandler(world.exposition, Instruments().registry)
    app.router.add_get("/metrics", handler.__call__)
    return app


def ask(world: Any, headers: Mapping[str, str] = {}, method: str = "GET") -> Reply:
    """The reply as it is on the wire, but for its chunks."""

    async def run() -> Reply:
        server = TestServer(app_over(world))
        async with (
            TestClient(server, auto_decompress=False) as client,
            client.request(
                method, "/metrics", headers=headers, skip_auto_headers=["Accept-Encoding"]
            ) as reply,
        ):
            return Reply(reply.status, reply.headers, await reply.read())

    return asyncio.run(run())


@pytest.fixture
def eventful(world: Any) -> Any:
    world.see(world.watch("crm"), *(Observation(f"k{i}", "import", "n") for i in range(5000)))
    return world


def test_text_is_the_default(eventful: Any) -> None:
    """Without wishes: the text format, uncompressed, with the daemon's own measurements."""
    reply = ask(eventful)
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "Content-Encoding" not in reply.headers
    assert reply.body.startswith(b"# HELP ")
    assert reply.body.endswith(b"\n")
    assert reply.body.count(OURS.encode() + b"{") == 5000
    assert THEIRS.encode() + b"{" in reply.body


def test_openmetrics_when_asked_for(eventful: Any) -> None:
    """It says its version, and ends as that format must: once, and nothing after it."""
    reply = ask(eventful, OPENMETRICS)
    assert reply.headers["Content-Type"] == (
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    )
    assert reply.body.endswith(b"\n# EOF\n")
    assert reply.body.count(b"# EOF") == 1


@pytest.mark.parametrize("wish", [{}, OPENMETRICS], ids=["text", "openmetrics"])
def test_compressed_it_is_the_same(eventful: Any, wish: dict[str, str]) -> None:
    """gzip changes how the text travels and not what it says."""
    plain, packed = ask(eventful, wish), ask(eventful, wish | GZIP)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Content-Type"] == plain.headers["Content-Type"]
    assert len(packed.body) < len(plain.body) / 5
    board = plain.body.partition(b"# HELP process_")[0]
    assert gzip.decompress(packed.body).startswith(board)


def test_caches_are_told_what_the_reply_depends_on(eventful: Any) -> None:
    """A cache in between mixes up neither the texts nor the encodings."""
    assert ask(eventful).headers["Vary"] == "Accept, Accept-Encoding"


def test_several_lines_of_a_header_count_as_one(eventful: Any) -> None:
    """A wish may come in two lines, as HTTP allows."""
    lines = CIMultiDict([("Accept", "text/plain;q=0.1"), ("Accept", OPENMETRICS["Accept"])])
    assert ask(eventful, lines).headers["Content-Type"] == Format.OPENMETRICS.value


@pytest.mark.parametrize("wish", [{}, OPENMETRICS, GZIP], ids=["text", "openmetrics", "gzip"])
def test_head_gives_the_headers_alone(eventful: Any, wish: dict[str, str]) -> None:
    """HEAD answers as GET would, without its body and without its work."""
    head, get = ask(eventful, wish, "HEAD"), ask(eventful, wish)
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Type", "Content-Encoding", "Vary"):
        assert head.headers.get(name) == get.headers.get(name)


def test_after_a_client_that_went_away_scrapes_go_on(world: Any) -> None:
    """Half a scrape costs nobody anything."""
    world.see(world.watch("crm"), *(Observation(f"k{i}" * 50, "import", "n") for i in range(20000)))

    async def run() -> str:
        async with TestClient(TestServer(app_over(world))) as client:
            assert client.port is not None
            _, writer = await asyncio.open_connection(client.host, client.port)
            writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            await writer.drain()
            writer.transport.abort()
            return await _read(client, "/metrics")

    assert asyncio.run(run()).count(OURS + "{") == 20000


def test_a_client_that_gave_up_before_it_was_answered_is_no_error(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A busy machine makes scrapers give up: that is no fault of the daemon's to log."""
    app, asked, gone = app_over(world), asyncio.Event(), asyncio.Event()

    @web.middleware
    async def wait_until_gone(request: web.Request, handler: Any) -> web.StreamResponse:
        asked.set()
        transport = request.transport
        while transport is not None and not transport.is_closing():  # noqa: ASYNC110
            await asyncio.sleep(0)
        try:
            response: web.StreamResponse = await handler(request)
        finally:
            gone.set()
        return response

    app.middlewares.append(wait_until_gone)

    async def run() -> None:
        async with TestClient(TestServer(app)) as client:
            assert client.port is not None
            _, writer = await asyncio.open_connection(client.host, client.port)
            writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            await asyncio.wait_for(asked.wait(), 10.0)
            writer.transport.abort()
            await asyncio.wait_for(gone.wait(), 10.0)

    asyncio.run(run())
    assert caplog.records == []


def test_others_are_served_during_a_large_scrape(world: Any) -> None:
    """While many series are written, other requests are answered in between."""
    count = 60000
    world.see(world.watch("crm"), *(Observation(f"k{i}", "import", "n") for i in range(count)))

    async def alive(request: web.Request) -> web.Response:
        return web.Response()

    async def run() -> int:
        app = app_over(world)
        app.router.add_get("/alive", alive)
        async with TestClient(TestServer(app)) as client:
            scrape = asyncio.create_task(_read(client, "/metrics"))
            answered = 0
            while not scrape.done():
                await _read(client, "/alive")
                answered += 1
            assert (await scrape).count(OURS + "{") == count
            return answered

    assert asyncio.run(run()) > 5


async def _read(client: TestClient[web.Request, web.Application], path: str) -> str:
    async with client.get(path) as reply:
        return await reply.text()

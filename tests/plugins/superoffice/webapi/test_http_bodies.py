"""Bodies of replies: packed, endless, in parts, cut off, and what is no answer at all."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest
from aiohttp import web

from syseventd import Malformed, ProbeFailed
from syseventd_superoffice.access import Listing
from syseventd_superoffice.webapi import WebApi
from syseventd_superoffice.webapi.client import Client
from syseventd_superoffice.webapi.replies import LIMIT


async def probe(client: Client) -> Listing:
    return await WebApi(client).system_events()


def answering(**reply: Any) -> Any:
    """A server that says the same to every request."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if "json" in reply:
            return web.json_response(reply["json"], status=reply.get("status", 200))
        return web.Response(**reply)

    return handler


def malformed(crm: Any, handler: Any) -> str:
    with pytest.raises(Malformed) as caught:
        crm.ask(handler, probe)
    return str(caught.value)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ({"text": "<html>login</html>", "content_type": "text/html"}, "a web page instead of JSON"),
        ({"text": ""}, "the reply is empty"),
        ({"status": 204}, "HTTP 204 brings no whole reply"),
        ({"status": 206, "json": {"value": []}}, "HTTP 206 brings no whole reply"),
        ({"json": {"value": [], "odata.nextLink": "\ud800"}}, "Invalid JSON"),
        ({"text": '{"value": [' + "9" * 5000 + "]}"}, "Invalid JSON"),
        ({"text": "nonsense"}, "Invalid JSON"),
        ({"text": '{"value": ['}, "Invalid JSON"),
        ({"body": b'{"value": ["\xff"]}'}, "Invalid JSON"),
        ({"text": "[" * 100_000}, "Invalid JSON"),
        ({"json": []}, "Input should be an object"),
        ({"json": {}}, "value: Field required"),
        ({"json": {"value": None}}, "value: Input should be a valid"),
        ({"body": b"{}", "headers": {"Content-Encoding": "gzip"}}, "says that it is gzip"),
        (
            {"body": gzip.compress(b"{}" * 999)[:-9], "headers": {"Content-Encoding": "gzip"}},
            "its gzip has no end",
        ),
        ({"body": b"x", "headers": {"Content-Encoding": "br"}}, "not asked for"),
    ],
)
def test_what_is_no_list_is_malformed(crm: Any, reply: dict[str, Any], said: str) -> None:
    """Each kind of nonsense is told apart."""
    assert said in malformed(crm, answering(**reply))


def test_an_error_as_long_as_a_book_is_not_decoded(crm: Any) -> None:
    """Its status is enough; nobody waits until it is read."""
    with pytest.raises(ProbeFailed, match=r"HTTP 500$"):
        crm.ask(answering(json={"ErrorMessage": "x" * 300_000}, status=500), probe)


def test_a_gzip_bomb(crm: Any) -> None:
    """A small reply that unpacks to more than the limit is refused."""
    bomb = gzip.compress(b" " * (LIMIT + 1))
    handler = answering(body=bomb, headers={"Content-Encoding": "gzip"})
    assert "longer than 4 MiB" in malformed(crm, handler)


def test_an_endless_reply(crm: Any) -> None:
    """A reply without end is read no further than the limit."""
    sent = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while sent < 10 * LIMIT:
            await response.write(b" " * 100_000)
            sent += 100_000
        return response

    assert "longer than 4 MiB" in malformed(crm, handler)
    assert sent < 3 * LIMIT


def test_a_reply_in_two_parts_is_read_whole(crm: Any) -> None:
    """A body that comes in pieces is put together."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"value"')
        await asyncio.sleep(0)
        await response.write(b": []}")
        return response

    assert crm.ask(handler, probe).complete


def test_a_reply_that_is_cut_off(crm: Any) -> None:
    """A connection that breaks in the middle of a reply is told as such."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"value"')
        assert request.transport is not None
        request.transport.close()
        return response

    assert "the reply was cut off" in malformed(crm, handler)


@pytest.mark.parametrize("drips", [False, True])
def test_a_slow_server_is_left_to_the_daemons_deadline(crm: Any, drips: bool) -> None:
    """The client has no timeout of its own; it ends cleanly when it is cancelled."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        if drips:
            await response.prepare(request)
            await response.write(b'{"value": [')
        await asyncio.Event().wait()
        return response

    async def with_deadline(client: Client) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await probe(client)

    crm.ask(handler, with_deadline)

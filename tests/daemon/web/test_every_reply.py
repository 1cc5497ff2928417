"""What holds for every reply: headers, methods, hosts, and errors in words."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.client_exceptions import ClientError
from aiohttp.test_utils import TestClient

from syseventd.web import allowed_hosts

PATHS = [
    "/",
    "/targets/crm",
    "/targets/none",
    "/events/1",
    "/api/v1/events",
    "/api/v1/none",
    "/-/ready",
    "/none",
]


@pytest.mark.parametrize("path", [*PATHS, "/metrics"])
def test_security_headers_are_on_every_reply(world, path):
    """Errors and streamed replies too."""
    world.see(world.watch("crm", "imports"))
    headers = world.get(path).headers
    policy = headers["Content-Security-Policy"]
    for rule in (
        "default-src 'none'",
        "img-src 'self'",
        "style-src 'self'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ):
        assert rule in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Server"] == "syseventd"


@pytest.mark.parametrize("path", PATHS)
def test_head_says_what_get_would(world, path):
    """HEAD has the status and the headers, and no body."""
    world.see(world.watch("crm", "imports"))
    head, get = world.send("HEAD", path), world.get(path)
    assert (head.status, head.text) == (get.status, "")
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


def test_the_style_sheet_is_found_from_every_page(world):
    """Its address is relative, works from any depth, and may be cached."""
    world.watch("crm", "imports")
    top, deep, lost = world.get("/", "/targets/crm", "/a/b/c")
    assert 'href="./static/style.css?v=' in top.text
    assert 'href="../static/style.css?v=' in deep.text
    assert 'href="../../static/style.css?v=' in lost.text
    sheet = world.get("/static/style.css")
    assert sheet.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "max-age" in sheet.headers["Cache-Control"]
    assert "prefers-color-scheme: dark" in sheet.text


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/api/v1/events", "GET,HEAD"),
        ("DELETE", "/api/v1/targets/crm", "GET,HEAD"),
        ("GET", "/-/reload", "POST"),
    ],
)
def test_a_method_that_is_not_allowed_is_told_in_json(world, method, path, allowed):
    """405 with the methods that are."""
    reply = world.send(method, path)
    assert reply.status == 405
    assert reply.headers["Allow"] == allowed
    assert "is not possible here" in reply.json["error"]


def test_a_method_that_is_not_allowed_on_a_page_is_told_on_a_page(world):
    """People get a page."""
    reply = world.send("POST", "/")
    assert reply.status == 405
    assert "<h1>This is not possible here</h1>" in reply.text


def test_an_unknown_path_is_told(world):
    """As JSON to tools, as a page to people."""
    tool, person = world.get("/api/v2/x", "/x")
    assert tool.json == {"error": "there is nothing at /api/v2/x"}
    assert "<h1>There is nothing here</h1>" in person.text
    assert person.status == 404


def test_an_error_page_does_not_load_itself_anew(world):
    """Only pages that change are refreshed."""
    assert "http-equiv" not in world.get("/x").text
    assert '<meta http-equiv="refresh" content="15">' in world.get("/").text


def raw(world, line: bytes, **changes) -> str:
    """The whole reply to a request that no well-behaved client would send."""

    async def visit(client: TestClient) -> str:
        reader, writer = await asyncio.open_connection(client.host, client.port)
        writer.write(line + b"\r\n\r\n")
        async with asyncio.timeout(10):
            reply = await reader.read()
        writer.close()
        await writer.wait_closed()
        return reply.decode()

    return world.visit(visit, **changes)


def test_a_path_that_looks_like_another_host_gives_no_link_to_it(world):
    """Links are relative to where the page is, never made of its path."""
    reply = raw(world, b"GET //evil.example/x HTTP/1.0")
    assert " 404 " in reply
    assert "evil.example" not in reply


def test_a_client_that_names_no_host_is_answered(world):
    """Simple health checkers send no Host; browsers, which can be rebound, always do."""
    allowed = allowed_hosts("127.0.0.1")
    assert " 200 " in raw(world, b"GET /-/healthy HTTP/1.0", allowed_hosts=allowed)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST.:9965", 200),
        ("127.0.0.1:9965", 200),
        ("[::1]:9965", 200),
        ("rebound.example:9965", 421),
        ("", 421),
    ],
)
def test_on_loopback_only_its_own_names_are_answered(world, host, status):
    """A foreign name that resolves to us is DNS rebinding."""
    allowed = allowed_hosts("127.0.0.1")
    reply = world.get("/api/v1/targets", headers={"Host": host}, allowed_hosts=allowed)
    assert reply.status == status
    if status == 421:
        assert "A proxy before it must send one of these as Host" in reply.json["error"]


def test_any_name_is_answered_where_none_is_demanded(world):
    """A daemon on the network is called by whatever name that network gives it."""
    assert world.get("/", headers={"Host": "crm-monitor.example"}).status == 200


@pytest.mark.parametrize(
    ("listen", "allowed"),
    [
        ("127.0.0.1", {"localhost", "127.0.0.1", "::1"}),
        ("127.0.0.5", {"localhost", "127.0.0.1", "127.0.0.5", "::1"}),
        ("localhost", {"localhost", "127.0.0.1", "::1"}),
        ("::1", {"localhost", "127.0.0.1", "::1"}),
        ("[::1]", {"localhost", "127.0.0.1", "::1"}),
        ("0.0.0.0", None),
        ("::", None),
        ("192.0.2.7", None),
        ("monitor.example", None),
    ],
)
def test_which_names_are_allowed(listen, allowed):
    """Only a daemon that listens on loopback knows all its names."""
    assert allowed_hosts(listen) == allowed


def test_other_errors_are_told_with_their_own_reason(world):
    """A status that has no words of ours keeps HTTP's."""

    def no_room(source):
        raise web.HTTPInsufficientStorage

    world.watch("crm", "imports")
    tool, person = world.get("/api/v1/targets/crm", "/targets/crm", next_run=no_room)
    assert (tool.status, tool.json) == (507, {"error": "Insufficient Storage"})
    assert "<h1>This is not possible</h1>" in person.text


def test_a_fault_of_ours_on_a_page_shows_no_traceback(world):
    """The page says that it failed, and where to look."""

    def broken(source):
        raise ZeroDivisionError("a secret of ours")

    world.watch("crm", "imports")
    reply = world.get("/targets/crm", next_run=broken)
    assert reply.status == 500
    assert "its log says why" in reply.text
    assert "secret" not in reply.text


def test_a_redirect_is_passed_on(world):
    """What is no error is left as it is."""

    async def metrics(request):
        raise web.HTTPFound("/")

    assert world.get("/metrics", metrics=metrics).status == 302


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_stream_that_breaks_is_broken_off(world):
    """Once a reply has begun no other can be given: the connection ends instead."""

    async def metrics(request):
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"half")
        raise ZeroDivisionError

    async def visit(client: TestClient) -> None:
        async with asyncio.timeout(10), client.get("/metrics") as response:
            with pytest.raises(ClientError):
                await response.read()

    world.visit(visit, metrics=metrics)


def test_a_target_that_vanishes_while_its_tabs_are_drawn_is_gone(world):
    """A reload may take a target out in the middle of a request."""
    from syseventd.interface import Tab, Table

    source = world.watch("crm", "imports")

    def unwatches(view):
        world.board.unwatch(source)
        return Table((), ())

    reply = world.get("/targets/crm", tabs=[Tab("t", "T", "crm", unwatches)])
    assert reply.status == 404


def test_a_proxy_may_call_a_daemon_on_loopback_by_a_name_that_is_allowed():
    """Behind a proxy the browser's Host is the proxy's name."""
    names = allowed_hosts("127.0.0.1", ["Monitor.example.com:443"])
    assert names is not None
    assert "monitor.example.com" in names
    assert "elsewhere.example.com" not in names
    assert allowed_hosts("192.0.2.7") is None
    elsewhere = allowed_hosts("192.0.2.7", ["monitor.example.com"])
    assert elsewhere is not None
    assert {"monitor.example.com", "192.0.2.7"} <= elsewhere
    assert "rebound.example.org" not in elsewhere

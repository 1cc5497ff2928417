"""What each way to fail means: an outcome, a reason for people, and never the password."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any
from urllib.parse import quote, quote_plus

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict
from yarl import URL

from syseventd import (
    Malformed,
    NotAvailable,
    ProbeEnded,
    ProbeFailed,
    Snapshot,
    Throttled,
    Unauthorized,
    Unreachable,
)
from syseventd_superoffice.auth import BasicLogin
from syseventd_superoffice.client import Client
from syseventd_superoffice.failures import LONGEST_PAUSE, from_error, retry_after
from syseventd_superoffice.licences import Licences
from syseventd_superoffice.replies import LIMIT
from syseventd_superoffice.settings import BasicAuth
from syseventd_superoffice.system_events import SystemEvents

EMPTY = {"odata.metadata": "m", "odata.nextLink": None, "value": []}


async def probe(client: Client) -> Snapshot:
    return await SystemEvents(client).probe()


def answering(**reply: Any) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A server that says the same to every request."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if "json" in reply:
            return web.json_response(reply["json"], status=reply.get("status", 200))
        return web.Response(**reply)

    return handler


def failure(crm: Any, handler: Any, expected: type[ProbeEnded], **options: Any) -> str:
    with pytest.raises(ProbeEnded) as caught:
        crm.ask(handler, probe, **options)
    assert type(caught.value) is expected, str(caught.value)
    assert "Traceback" not in str(caught.value)
    return str(caught.value)


def test_requests_carry_what_the_vendor_asks_for(crm: Any) -> None:
    """Login, language and time zone go with every request, and the installation's own path."""
    crm.ask(answering(json=EMPTY), probe, path="/SuperOffice", language="sv")
    [request] = crm.requests
    assert request.path == "/SuperOffice/api/v1/SystemEvent"
    assert request.query["$orderBy"] == "SystemEvent_id"
    assert request.query["$top"] == "1000"
    assert request.headers["SO-Language"] == "sv"
    assert request.headers["SO-TimeZone"] == "UTC, includeTZOffset"
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Accept-Encoding"] == "gzip"
    assert request.headers["Authorization"].startswith("Basic ")


def test_one_connection_serves_many_probes(crm: Any) -> None:
    """The pool keeps its connection between probes."""

    async def thrice(client: Client) -> None:
        for _ in range(3):
            await probe(client)

    ports = []

    async def handler(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        ports.append(request.transport.get_extra_info("peername")[1])
        return web.json_response(EMPTY)

    crm.ask(handler, thrice)
    assert len(set(ports)) == 1


def test_a_packed_reply_is_unpacked(crm: Any) -> None:
    """The server may pack what it sends."""
    body = gzip.compress(b'\xef\xbb\xbf{"value": []}')
    handler = answering(body=body, headers={"Content-Encoding": "gzip"})
    assert crm.ask(handler, probe).complete


def test_wrong_login(crm: Any) -> None:
    """401 names the user, not the password."""
    said = failure(crm, answering(status=401), Unauthorized)
    assert "the user monitor and the password that is configured are not accepted" in said


def test_basic_switched_off(crm: Any) -> None:
    """401 that offers other ways only says which."""
    handler = answering(status=401, headers={"WWW-Authenticate": 'Negotiate, NTLM realm="x"'})
    said = failure(crm, handler, Unauthorized)
    assert "it takes no name and password (Basic), only: negotiate" in said


def test_no_right(crm: Any) -> None:
    """403 is no failure: this user can't see it, today or tomorrow."""
    said = failure(crm, answering(status=403), NotAvailable)
    assert "the user monitor has no right to read /api/v1/SystemEvent" in said


def test_404_of_a_netserver_means_not_available(crm: Any) -> None:
    """Where `/api` answers as a NetServer, the path is what is missing."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/api":
            assert request.headers["Accept"] == "application/json"
            return web.json_response({"NetServerVersion": "11.10.721.0", "v1": "x"})
        return web.Response(status=404)

    assert "this installation has no /api/v1/SystemEvent" in failure(crm, handler, NotAvailable)


@pytest.mark.parametrize(
    "reply",
    [
        {"status": 404},
        {"text": "<html>", "content_type": "text/html"},
        {"json": ["v1"]},
        {"json": {"title": "Another service"}},
        {"body": b"x", "headers": {"Content-Encoding": "gzip"}},
        {"text": "[" * 100_000},
    ],
    ids=["404", "page", "list", "stranger", "broken", "deep"],
)
def test_404_of_anything_else_means_a_wrong_url(crm: Any, reply: dict[str, Any]) -> None:
    """Where nothing speaks for SuperOffice, the address is wrong, and that is a failure."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/api":
            return await answering(**reply)(request)
        return web.Response(status=404)

    said = failure(crm, handler, Unreachable)
    assert "nothing there answers as SuperOffice's WebAPI; check `url`" in said


def test_a_tenant_that_moved(crm: Any) -> None:
    """421 means that the tenant is elsewhere now."""
    assert "another subdomain" in failure(crm, answering(status=421), Unreachable)


@pytest.mark.parametrize("status", [429, 503])
def test_throttled(crm: Any, status: int) -> None:
    """429 and 503 say for how long, and the vendor's own words are shown."""
    error = {"Error": True, "ErrorType": "X", "ErrorMessage": "too\nbusy", "ErrorSource": ""}

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.json_response(error, status=status, headers={"Retry-After": "17"})

    with pytest.raises(Throttled, match=f"HTTP {status}: too busy") as caught:
        crm.ask(handler, probe)
    assert caught.value.retry_after == 17.0


def test_a_pause_holds_for_every_source(crm: Any) -> None:
    """Once one source was told to wait, the others don't ask either."""

    async def both(client: Client) -> float | None:
        with pytest.raises(Throttled):
            await probe(client)
        with pytest.raises(Throttled, match="which still lasts") as caught:
            await Licences(client).probe()
        return caught.value.retry_after

    left = crm.ask(answering(status=429, headers={"Retry-After": "60"}), both)
    assert 50 < left <= 60
    assert len(crm.requests) == 1


def test_a_pause_ends(crm: Any) -> None:
    """When the pause is over, the next probe asks again."""

    async def until_asked(client: Client) -> None:
        deadline = time.monotonic() + 10
        while len(crm.requests) < 2 and time.monotonic() < deadline:
            with pytest.raises(Throttled) as caught:
                await probe(client)
            await asyncio.sleep(caught.value.retry_after or 0)

    crm.ask(answering(status=429, headers={"Retry-After": "1"}), until_asked)
    assert len(crm.requests) == 2


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "120"}, 120.0),
        ({"Retry-After": "9" * 400}, LONGEST_PAUSE),
        ({"Retry-After": formatdate(1000 + 90, usegmt=True)}, 90.0),
        ({"Retry-After": formatdate(1000 - 90, usegmt=True)}, 0.0),
        ({"Retry-After": "Thu, 01 Jan 1970 00:18:10 -0000"}, 90.0),
        ({"Retry-After": formatdate(1e9, usegmt=True)}, LONGEST_PAUSE),
        (
            {
                "Retry-After": formatdate(50_090, usegmt=True),
                "Date": formatdate(50_000, usegmt=True),
            },
            90.0,
        ),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds or a date, which counts from the reply's own clock; what is absurd is bounded."""
    assert retry_after(CIMultiDict(headers), 1000.0) == seconds


@given(st.text())
def test_retry_after_of_any_text(text: str) -> None:
    """Whatever a server writes there, it is a bounded number of seconds or nothing."""
    seconds = retry_after(CIMultiDict({"Retry-After": text, "Date": text}), 1000.0)
    assert seconds is None or 0 <= seconds <= LONGEST_PAUSE


@pytest.mark.parametrize("status", [400, 405, 418, 500, 502])
def test_other_statuses_fail_with_the_vendors_words(crm: Any, status: int) -> None:
    """The vendor's message is shown, on one line and cut."""
    error = {"Error": True, "ErrorType": "X", "ErrorMessage": "no\r\n way " * 100}
    said = failure(crm, answering(status=status, json=error), ProbeFailed)
    assert f"HTTP {status}: no way no way" in said
    assert len(said) < 320
    assert said.endswith("…")


@pytest.mark.parametrize(
    "reply",
    [
        {"text": "<h1>Server Error</h1>"},
        {"text": "[" * 100_000},
        {"text": '{"ErrorMessage": 5}'},
        {"text": "[]"},
        {"body": b"x", "headers": {"Content-Encoding": "gzip"}},
        {"body": b"\xff"},
    ],
)
def test_a_status_says_enough_without_a_body(crm: Any, reply: dict[str, Any]) -> None:
    """A failure whose body can't be read is still told by its status."""
    assert failure(crm, answering(status=500, **reply), ProbeFailed).endswith("HTTP 500")


def test_a_server_that_repeats_the_password(crm: Any) -> None:
    """What a server echoes of our login is blotted out before it is shown."""

    async def handler(request: web.Request) -> web.StreamResponse:
        words = f'{request.headers["Authorization"]} canary-"Ünsecret"-4711 was wrong'
        return web.json_response({"ErrorMessage": words}, status=500)

    assert "HTTP 500: Basic … … was wrong" in failure(crm, handler, ProbeFailed)


PASSWORD = 'p@ss w%rd/"ö'


@pytest.mark.parametrize(
    "form",
    [
        PASSWORD,
        quote(PASSWORD),
        quote(PASSWORD, safe=""),
        quote_plus(PASSWORD),
        quote_plus(PASSWORD).replace("%C3%B6", "%c3%b6").replace("%2F", "%2f"),
        json.dumps(PASSWORD),
        json.dumps(PASSWORD, ensure_ascii=False),
    ],
)
def test_the_password_is_known_in_every_writing(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Escaped for an address, a form or JSON, it is blotted out as well."""
    monkeypatch.setenv("CRM_PASSWORD", PASSWORD)
    auth = BasicAuth.model_validate(
        {"method": "basic", "user": "monitor", "password_env": "CRM_PASSWORD"}
    )
    said = BasicLogin(auth).redact(f"got <{form}>")
    assert said.replace('"', "") == "got <…>"


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("https://evil.example/x?token=1", "it sends on to https://evil.example,"),
        ("/login?ReturnUrl=%2fapi", ", and the password goes nowhere but to `url`"),
        ("http://[", "names no place to go"),
        (None, "names no place to go"),
    ],
)
def test_redirects_are_not_followed(crm: Any, location: str | None, said: str) -> None:
    """The password goes to the configured address alone; the message tells where it would go."""
    headers = {} if location is None else {"Location": location}
    message = failure(crm, answering(status=302, headers=headers), Unreachable)
    assert said in message
    assert "login" not in message
    assert len(crm.requests) == 1


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ({"text": "<html>login</html>", "content_type": "text/html"}, "a web page instead of JSON"),
        ({"text": ""}, "the reply is empty"),
        ({"status": 204}, "the reply is empty"),
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
    assert said in failure(crm, answering(**reply), Malformed)


def test_an_error_as_long_as_a_book_is_not_decoded(crm: Any) -> None:
    """Its status is enough; nobody waits until it is read."""
    said = failure(crm, answering(json={"ErrorMessage": "x" * 300_000}, status=500), ProbeFailed)
    assert said.endswith("HTTP 500")


def test_a_gzip_bomb(crm: Any) -> None:
    """A small reply that unpacks to more than the limit is refused."""
    bomb = gzip.compress(b" " * (LIMIT + 1))
    handler = answering(body=bomb, headers={"Content-Encoding": "gzip"})
    assert "longer than 16 MiB" in failure(crm, handler, Malformed)


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

    assert "longer than 16 MiB" in failure(crm, handler, Malformed)
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

    assert "the reply was cut off" in failure(crm, handler, Malformed)


def test_a_slow_server_is_left_to_the_daemons_deadline(crm: Any) -> None:
    """The client has no timeout of its own; it ends cleanly when it is cancelled."""

    async def handler(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async def with_deadline(client: Client) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await probe(client)

    crm.ask(handler, with_deadline)


async def _raw(crm: Any, reply: bytes | None) -> Snapshot:
    """Probes a server that reads nothing, says `reply` and hangs up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        if reply is not None:
            writer.write(reply)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        return await crm.visit(f"http://127.0.0.1:{port}", probe)  # type: ignore[no-any-return]


def test_a_server_that_hangs_up(crm: Any) -> None:
    """A connection that is closed without an answer is told as such."""
    with pytest.raises(Unreachable, match=r"closed the connection|connection reset"):
        asyncio.run(_raw(crm, None))


def test_a_server_that_speaks_no_http(crm: Any) -> None:
    """Another protocol on that port is told as such."""
    with pytest.raises(Malformed, match="does not speak HTTP"):
        asyncio.run(_raw(crm, b"SSH-2.0-OpenSSH_9.2\r\n\r\n"))


def test_nobody_listens(crm: Any) -> None:
    """A refused connection says so in plain words."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(Unreachable, match="can't be reached: connection refused"):
            asyncio.run(crm.visit(url, probe))


def test_an_unknown_name(crm: Any) -> None:
    """A name that nobody knows is told with the name. `.invalid` never resolves (RFC 6761)."""
    with pytest.raises(Unreachable, match=r"the name crm\.invalid can't be resolved"):
        asyncio.run(crm.visit("http://crm.invalid", probe))


def test_an_untrusted_certificate(crm: Any, authority: Any) -> None:
    """Certificates are verified, and the message says what to do about it."""
    said = failure(crm, answering(json=EMPTY), Unreachable, server_tls=authority.server)
    assert "its certificate isn't trusted: self-signed certificate" in said
    assert "name its CA's certificate in `ca_file`" in said
    assert not crm.requests


def test_a_certificate_that_ca_file_trusts(crm: Any, authority: Any, tmp_path: Any) -> None:
    """An installation's own CA is named in the configuration."""
    file = tmp_path / "ca.pem"
    file.write_text(authority.pem, encoding="ascii")
    handler = answering(json=EMPTY)
    assert crm.ask(handler, probe, server_tls=authority.server, ca_file=str(file)).complete


def test_https_where_http_is_spoken(crm: Any) -> None:
    """The wrong scheme is told as a failed handshake."""

    async def over_tls(client: Client) -> Snapshot:
        url = client.base.replace("http:", "https:")
        return await crm.visit(url, probe)  # type: ignore[no-any-return]

    with pytest.raises(Unreachable, match="the TLS handshake failed"):
        crm.ask(answering(json=EMPTY), over_tls)


def test_what_aiohttp_may_raise_one_day() -> None:
    """An error of a kind that is not known yet is told by its name alone."""
    error = from_error(aiohttp.ClientError("secret"), URL("http://crm/api?x=1"))
    assert type(error) is ProbeFailed
    assert str(error) == "http://crm/api failed: ClientError"


def test_a_connection_that_fails_without_a_number() -> None:
    """Not every failed connection has a reason in the operating system's words."""
    error = from_error(OSError("Multiple exceptions"), URL("http://crm/api"))
    assert str(error) == "http://crm/api can't be reached: no connection"

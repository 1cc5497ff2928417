"""What each way to fail means: an outcome, a reason for people, and never the password."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from syseventd import (
    NotAvailable,
    ProbeEnded,
    ProbeFailed,
    Snapshot,
    Throttled,
    Unauthorized,
    Unreachable,
)
from syseventd.model import Outcome, ProbeResult
from syseventd.testing import probe_once
from syseventd_superoffice.access import Listing
from syseventd_superoffice.auth_settings import BasicAuth
from syseventd_superoffice.webapi import WebApi
from syseventd_superoffice.webapi.auth.basic import BasicLogin
from syseventd_superoffice.webapi.client import Client
from syseventd_superoffice.webapi.failures import LONGEST_PAUSE, retry_after

EMPTY = {"odata.metadata": "m", "odata.nextLink": None, "value": []}


async def probe(client: Client) -> Listing:
    return await WebApi(client).system_events()


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


def test_404_of_a_server_that_then_hangs_up_means_a_wrong_url(crm: Any) -> None:
    """What breaks off when it is asked who it is, is no SuperOffice that anybody can use."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/api":
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=404)

    assert "check `url`" in failure(crm, handler, Unreachable)


@pytest.mark.parametrize("status", [429, 503])
def test_404_of_a_server_that_is_busy_tells_nothing_yet(crm: Any, status: int) -> None:
    """Whether SuperOffice is there can't be told now: the pause that it asks for is kept."""

    async def handler(request: web.Request) -> web.StreamResponse:
        asked = {"status": status, "headers": {"Retry-After": "60"}}
        return web.Response(**asked if request.path == "/api" else {"status": 404})

    async def use(client: Client) -> list[float | None]:
        waits = []
        for _ in range(2):
            with pytest.raises(Throttled) as caught:
                await probe(client)
            waits.append(caught.value.retry_after)
        return waits

    first, second = crm.ask(handler, use)
    assert first == 60.0
    assert 0 < second < 60.0
    assert [request.path for request in crm.requests] == ["/api/v1/SystemEvent", "/api"]


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
            await WebApi(client).licences()
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


def test_a_refusal_that_never_ends_is_told_by_its_status(crm: Any) -> None:
    """A server too busy to finish its sentence has said what matters, and is left alone."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=503, headers={"Retry-After": "60"})
        await response.prepare(request)
        await response.write(b"Service Unav")
        await asyncio.Event().wait()
        return response

    async def use(client: Client) -> ProbeResult:
        class OneQuestion:
            async def probe(self) -> Snapshot:
                await probe(client)
                return Snapshot()

        return await probe_once(OneQuestion())

    result = crm.ask(handler, use)
    assert (result.outcome, result.retry_after) == (Outcome.THROTTLED, 60.0)


def test_words_of_a_server_are_printable(crm: Any) -> None:
    """Half of a character pair would break every page, and terminals obey an escape."""
    words = {"ErrorMessage": "a\0 \ud800\x1b[31mb"}
    said = failure(crm, answering(status=500, json=words), ProbeFailed)
    assert said.endswith("HTTP 500: a\ufffd \ufffd\ufffd[31mb")


def test_words_of_a_header_are_printable(crm: Any) -> None:
    """Bytes of a header that are no text are no part of the message."""
    offer = b"WWW-Authenticate: N\xff\r\nContent-Length: 0"
    with pytest.raises(Unauthorized, match="only: n\ufffd"):
        crm.hear(b"HTTP/1.1 401 No\r\n" + offer + b"\r\n\r\n", probe)


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
        (
            "/login?ReturnUrl=%2fapi",
            "to another page of its own, perhaps to log in there",
        ),
        ("http://[", "names no place to go"),
        (None, "names no place to go"),
    ],
)
def test_redirects_are_not_followed(crm: Any, location: str | None, said: str) -> None:
    """The password goes to the configured address alone; the message tells where it would go."""
    headers = {} if location is None else {"Location": location}
    message = failure(crm, answering(status=302, headers=headers), Unreachable)
    assert said in message
    assert "/login" not in message
    assert len(crm.requests) == 1

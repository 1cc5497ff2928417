"""An application's own user online: how its token is signed, and what is made of the reply."""

from __future__ import annotations

import asyncio
import base64
import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from syseventd import Malformed, ProbeEnded, ProbeFailed, Throttled, Unauthorized
from syseventd_superoffice.webapi import WebApi, sharing
from syseventd_superoffice.webapi.client import Client

AUTHENTICATE = "/Login/api/PartnerSystemUser/Authenticate"
EVENTS = "/Cust12345/api/v1/SystemEvent"
NOW = datetime(2026, 11, 24, 14, 2, 59, tzinfo=UTC).timestamp()


async def probe(client: Client) -> None:
    await WebApi(client).system_events()


async def twice(client: Client) -> None:
    await probe(client)
    await probe(client)


def said(online: Any, expected: type[ProbeEnded]) -> str:
    with pytest.raises(ProbeEnded) as caught:
        online.ask(probe)
    assert type(caught.value) is expected, str(caught.value)
    return str(caught.value)


def test_what_is_sent_to_log_in(online: Any) -> None:
    """The system token with the time to the minute, signed with RSA and SHA-256."""
    bodies = []

    async def login(request: web.Request) -> web.StreamResponse:
        bodies.append(await request.json())
        return await online.grant_ticket(request)

    online.on_login = login
    online.ask(probe, clock=lambda: NOW)
    [body] = bodies
    signed = body.pop("SignedSystemToken")
    assert body == {
        "ApplicationToken": "canary-client-secret-4711",
        "ContextIdentifier": "Cust12345",
        "ReturnTokenType": "JWT",
    }
    token, _, signature = signed.rpartition(".")
    assert token == "Example App-canary1234.202611241402"
    online.application.private.public_key().verify(
        base64.b64decode(signature, validate=True),
        token.encode(),
        padding.PKCS1v15(),
        hashes.SHA256(),
    )


def test_requests_carry_the_ticket_and_the_application(online: Any) -> None:
    """The login host is asked without any login, the tenant with ticket and application token."""
    online.ask(probe)
    by_path = {request.path: request.headers for request in online.requests}
    assert by_path[EVENTS]["Authorization"] == "SOTicket 7T:canary-ticket-1"
    assert by_path[EVENTS]["SO-AppToken"] == "canary-client-secret-4711"
    others = [headers for path, headers in by_path.items() if path != EVENTS]
    assert len(others) == 4
    assert not any("Authorization" in h or "SO-AppToken" in h for h in others)


def test_one_ticket_serves_many_probes(online: Any) -> None:
    """A ticket is kept while it is accepted; the keys are fetched once."""
    online.ask(twice)
    assert online.logins == 1
    assert online.paths.count(EVENTS) == 2
    assert online.paths.count("/login/.well-known/jwks") == 1


def test_a_ticket_that_ended_is_renewed_once(online: Any) -> None:
    """After one 401 there is one login, and the request is made again with the new ticket."""

    async def use(client: Client) -> None:
        await probe(client)
        online.good = "ended"
        await probe(client)

    online.ask(use)
    assert online.logins == 2
    assert online.paths.count(EVENTS) == 3


def test_a_new_ticket_that_is_refused_too(online: Any) -> None:
    """Two 401 are enough; and who asks soon after sends nothing again."""

    async def refuse(request: web.Request) -> web.StreamResponse:
        return web.Response(status=401)

    async def use(client: Client) -> list[str]:
        said = []
        for _ in range(3):
            with pytest.raises(Unauthorized) as caught:
                await probe(client)
            said.append(str(caught.value))
        return said

    online.on_api = refuse
    words = online.ask(use)
    assert "the application's system user at Cust12345 was logged in, and then not" in words[0]
    assert "is the application still approved there?" in words[2]
    assert online.logins == 2
    assert online.paths.count(EVENTS) == 2


def test_one_request_renews_the_login_once_however_long_that_takes(
    online: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each login may be the right one, but nobody tries for ever."""
    monkeypatch.setattr(sharing, "BREATH", 0.0)

    async def refuse(request: web.Request) -> web.StreamResponse:
        return web.Response(status=401)

    online.on_api = refuse
    said(online, Unauthorized)
    assert online.logins == 2


def test_sources_that_need_a_login_at_once_share_it(online: Any) -> None:
    """Ten questions at the same time are one login."""

    async def use(client: Client) -> None:
        await asyncio.gather(*(client.ask(f"/api/v1/Q{n}") for n in range(10)))

    online.ask(use)
    assert online.logins == 1


def test_sources_that_are_refused_at_once_share_the_renewal(online: Any) -> None:
    """A ticket ends for all at the same time, and is renewed once."""

    async def use(client: Client) -> None:
        await probe(client)
        online.good = "ended"
        await asyncio.gather(*(client.ask(f"/api/v1/Q{n}") for n in range(10)))

    online.ask(use)
    assert online.logins == 2


def test_one_who_is_refused_late_goes_on_with_the_new_ticket(online: Any) -> None:
    """Whoever asked with the old ticket does not throw away the new one."""
    go_on = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        refused = await online.answer(request)
        if request.path.endswith("Late") and refused.status == 401:
            await go_on.wait()
        return refused

    async def use(client: Client) -> None:
        await probe(client)
        online.good, online.on_api = "ended", answer
        late = asyncio.create_task(client.ask("/api/v1/Late"))
        await probe(client)
        go_on.set()
        await late

    online.ask(use)
    assert online.logins == 2


def test_a_login_that_fails_is_told_to_all_and_not_repeated(online: Any) -> None:
    """Ten that wait, and one that comes soon after, hear of the same failure."""
    tries = 0

    async def deny(request: web.Request) -> web.StreamResponse:
        nonlocal tries
        tries += 1
        return web.json_response({"IsSuccessful": False, "Token": None, "ErrorMessage": "No\nway"})

    async def use(client: Client) -> list[BaseException | Any]:
        asked = (client.ask(f"/api/v1/Q{n}") for n in range(10))
        heard = await asyncio.gather(*asked, return_exceptions=True)
        with pytest.raises(Unauthorized, match="No way"):
            await probe(client)
        return heard

    online.on_login = deny
    heard = online.ask(use)
    assert {type(one) for one in heard} == {Unauthorized}
    assert "grants no ticket to the application's system user at Cust12345: No way" in str(heard[0])
    assert tries == 1


def test_one_who_gives_up_leaves_the_login_to_the_others(online: Any) -> None:
    """A deadline ends the waiting of one source, not the login that others wait for."""
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        asked.set()
        await go_on.wait()
        return await online.grant_ticket(request)

    async def use(client: Client) -> None:
        impatient = asyncio.create_task(client.ask("/api/v1/Q1"))
        patient = asyncio.create_task(client.ask("/api/v1/Q2"))
        await asked.wait()
        impatient.cancel()
        await asyncio.wait([impatient])
        assert impatient.cancelled()
        go_on.set()
        await patient

    online.on_login = slow
    online.ask(use)
    assert online.logins == 1


@pytest.mark.parametrize(
    ("reply", "expected", "words"),
    [
        ({"status": 401}, Unauthorized, "refused the login: HTTP 401"),
        (
            {"status": 400, "json": {"ErrorMessage": "bad canary-client-secret-4711"}},
            Unauthorized,
            "HTTP 400: bad …",
        ),
        ({"status": 500, "json": {"ErrorMessage": "x"}}, ProbeFailed, "HTTP 500: x"),
        ({"status": 429, "headers": {"Retry-After": "30"}}, Throttled, "HTTP 429"),
        ({"status": 302, "headers": {"Location": "https://evil.example"}}, None, "sends on to"),
        ({"text": "<html>"}, Malformed, "web page instead of JSON"),
        ({"text": "[]"}, Malformed, "should be an object"),
        ({"text": "{"}, Malformed, "Invalid JSON"),
        ({"body": b" " * 5_000_000}, Malformed, "longer than 4 MiB"),
        ({"json": {}}, Unauthorized, "grants no ticket"),
        ({"json": {"IsSuccessful": True}}, Unauthorized, "grants no ticket"),
        ({"json": {"IsSuccessful": True, "Token": 7}}, Unauthorized, "grants no ticket"),
        ({"json": {"IsSuccessful": False, "Token": "a.b.c"}}, Unauthorized, "grants no ticket"),
        ({"json": {"IsSuccessful": False, "ErrorMessage": ["x"]}}, Unauthorized, "Cust12345"),
        ({"json": {"IsSuccessful": True, "Token": "7T:canary-ticket-1"}}, Malformed, "no signed"),
    ],
)
def test_replies_to_a_login(
    online: Any, reply: dict[str, Any], expected: type[ProbeEnded] | None, words: str
) -> None:
    """Each way in which a login can fail is told apart, and shows no secret."""

    async def answer(request: web.Request) -> web.StreamResponse:
        options = dict(reply)
        if "json" in options:
            return web.json_response(options.pop("json"), **options)
        return web.Response(**options)

    online.on_login = answer
    with pytest.raises(expected or ProbeEnded) as caught:
        online.ask(probe)
    assert words in str(caught.value)
    assert EVENTS not in online.paths


def test_a_login_host_that_writes_a_book(online: Any) -> None:
    """Nobody waits until our secrets are looked for in all of it."""

    async def write(request: web.Request) -> web.StreamResponse:
        return web.json_response({"IsSuccessful": False, "ErrorMessage": "x" * 200_000})

    online.on_login = write
    assert "system user at Cust12345; refused since" in said(online, Unauthorized)


def test_a_login_host_that_repeats_what_was_sent(online: Any) -> None:
    """The signed token is blotted out as a whole, and with it the system token."""

    async def repeat(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        words = f"<{body['SignedSystemToken']}> <{body['ApplicationToken']}>"
        return web.json_response({"IsSuccessful": False, "ErrorMessage": words})

    online.on_login = repeat
    assert "at Cust12345: <…> <…>; refused since" in said(online, Unauthorized)


def test_a_tenant_that_repeats_the_ticket(online: Any) -> None:
    """What was granted is as secret as what is configured."""

    async def repeat(request: web.Request) -> web.StreamResponse:
        words = f"{request.headers['Authorization']} {request.headers['SO-AppToken']}"
        return web.json_response({"ErrorMessage": words}, status=500)

    online.on_api = repeat
    assert said(online, ProbeFailed).endswith("HTTP 500: SOTicket … …")


def test_a_login_host_that_repeats_its_last_token(online: Any) -> None:
    """A ticket could be read out of it."""
    tokens: list[str] = []

    async def login(request: web.Request) -> web.StreamResponse:
        if tokens:
            return web.json_response({"IsSuccessful": False, "ErrorMessage": f"<{tokens[0]}>"})
        tokens.append(online.vendor.sign(online.granted()))
        return web.json_response({"IsSuccessful": True, "Token": tokens[0]})

    async def use(client: Client) -> str:
        await probe(client)
        online.good = "ended"
        with pytest.raises(Unauthorized) as caught:
            await probe(client)
        return str(caught.value)

    online.on_login = login
    assert online.ask(use).endswith("at Cust12345: <…>")


@pytest.mark.parametrize(
    ("claim", "value", "words"),
    [
        ("ticket", None, "its token brings no ticket"),
        ("ticket", "7T:a\r\nX: y", "its token brings no ticket"),
        ("ticket", "7T:" + "x" * 5_000, "its token brings no ticket"),
        ("ctx", "Cust99999", 'its token is for the tenant "Cust99999"'),
        ("ctx", None, "its token is for the tenant null"),
    ],
)
def test_claims_that_help_nobody(online: Any, claim: str, value: object, words: str) -> None:
    """A signed token must bring a ticket that can stand in a header, for the tenant asked for."""
    online.claims = {f"http://schemes.superoffice.net/identity/{claim}": value}
    assert words in said(online, Malformed)


def test_the_token_says_where_the_tenant_is_when_the_state_does_not(online: Any) -> None:
    """A state without an endpoint leaves it to the login."""
    online.state = {"Endpoint": None}
    online.ask(probe)
    assert EVENTS in online.paths


@pytest.mark.parametrize("link", ["https://evil.example/Cust12345/api/", None, 7])
def test_nobody_says_where_the_tenant_is(online: Any, link: object) -> None:
    """Our ticket goes nowhere while nobody who may says where."""
    online.state = {"Endpoint": None}
    online.claims = {"http://schemes.superoffice.net/identity/webapi_url": link}
    assert "neither its state nor its login says where its API is" in said(online, Malformed)
    assert EVENTS not in online.paths


def test_a_tenant_that_moved_is_found_by_its_login_where_only_that_knows(online: Any) -> None:
    """421 makes it log in anew, and the new token says the new place."""
    online.state = {"Endpoint": None}

    async def answer(request: web.Request) -> web.StreamResponse:
        if online.logins == 1:
            return web.Response(status=421)
        return await online.answer(request)

    online.on_api = answer
    online.ask(probe)
    assert online.logins == 2


def test_a_renewed_login_shows_no_secret(online: Any) -> None:
    """Neither what is configured nor what was granted stands in any representation."""

    async def use(client: Client) -> str:
        await probe(client)
        login = client._login
        credentials = await login.credentials()
        return repr([client, login, vars(login), credentials, copy.copy(credentials)])

    assert "canary" not in online.ask(use)

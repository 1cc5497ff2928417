"""A user's consent online: access tokens for a refresh token, renewed before they end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web

from syseventd import Malformed, ProbeEnded, Unauthorized
from syseventd_superoffice.redaction import Secrets
from syseventd_superoffice.webapi import WebApi
from syseventd_superoffice.webapi.auth.bearer import Bearer
from syseventd_superoffice.webapi.client import Client
from syseventd_superoffice.webapi.login_host import LoginHost
from syseventd_superoffice.webapi.wire import Wire

TOKENS = "/login/common/oauth/tokens"
EVENTS = "/Cust12345/api/v1/SystemEvent"


async def probe(client: Client) -> None:
    await WebApi(client).system_events()


def test_what_is_sent_for_an_access_token(online: Any) -> None:
    """The form that OAuth asks for; and then the access token goes with each request."""
    forms = []

    async def tokens(request: web.Request) -> web.StreamResponse:
        forms.append(dict(await request.post()))
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        return await online.grant_access(request)

    online.on_tokens = tokens
    online.ask(probe, "bearer")
    assert forms == [
        {
            "grant_type": "refresh_token",
            "client_id": "client-1",
            "client_secret": "canary-client-secret-4711",
            "refresh_token": "canary-refresh-token-4711",
        }
    ]
    [asked] = [request for request in online.requests if request.path == EVENTS]
    assert asked.headers["Authorization"] == "Bearer 8A:Cust12345.canary-ticket-1"
    assert "SO-AppToken" not in asked.headers


def test_an_access_token_is_used_until_shortly_before_its_end(online: Any) -> None:
    """A reply that says how long it is good decides; here the next one is due at once."""

    async def use(client: Client) -> None:
        await probe(client)
        await probe(client)

    online.ask(use, "bearer")
    assert online.paths.count(TOKENS) == 1


def test_an_access_token_that_ended_early_is_renewed_once(online: Any) -> None:
    """A 401 within its life makes us ask for another one."""

    async def use(client: Client) -> None:
        await probe(client)
        online.good = "revoked"
        await asyncio.gather(probe(client), probe(client))

    online.ask(use, "bearer")
    assert online.paths.count(TOKENS) == 2


def granted(online: Any, **reply: Any) -> float:
    """For how many seconds a token is used that was granted with `reply`."""

    async def tokens(request: web.Request) -> web.StreamResponse:
        return web.json_response({"access_token": "8A:Cust12345.canary", **reply})

    async def use(client: Client) -> float:
        wire = Wire()
        try:
            host = LoginHost(wire, online.host, Secrets())
            bearer = Bearer(online.settings("bearer").auth, "Cust12345", host)
            return (await bearer.grant()).seconds
        finally:
            await wire.aclose()

    online.on_tokens = tokens
    return online.ask(use, "bearer")  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        (3600, 3300.0),
        ("3600", 3300.0),
        (None, 3300.0),
        (600, 540.0),
        (0, 54.0),
        (-5, 54.0),
        (10**15, 86100.0),
    ],
)
def test_for_how_long_a_token_is_used(online: Any, expires_in: object, seconds: float) -> None:
    """Five minutes less than it is good, or nine tenths; what is absurd is bounded."""
    assert granted(online, expires_in=expires_in) == seconds


def test_a_token_is_used_though_its_kind_is_not_said(online: Any) -> None:
    """There is only one kind."""
    assert granted(online, token_type="bearer") == granted(online)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ({"access_token": None}, "access_token is missing"),
        ({"access_token": 7}, "access_token is missing, or is no token"),
        ({"access_token": "a\r\nX: y"}, "access_token is missing, or is no token"),
        ({"access_token": "ü" * 100_000}, "access_token is missing, or is no token"),
        ({"access_token": "x" * 20_000}, "access_token is missing, or is no token"),
        ({"access_token": "8A:Cust99999.x"}, "its access token is for the tenant Cust99999"),
        ({"token_type": "mac"}, "token_type is not Bearer"),
        ({"token_type": {"a": 1}}, "token_type is not Bearer"),
        ({"expires_in": "soon"}, 'expires_in "soon" is not a whole number'),
        ({"expires_in": {}}, "expires_in {} is not a whole number"),
    ],
)
def test_tokens_that_help_nobody(online: Any, reply: dict[str, Any], words: str) -> None:
    """What can't stand in a header, or is for somebody else, is told as such."""
    with pytest.raises(Malformed, match=words):
        granted(online, **reply)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": "invalid_grant"}, "HTTP 400: invalid_grant"),
        (
            {"error": "invalid_grant", "error_description": "no canary-refresh-token-4711"},
            "HTTP 400: no …",
        ),
        ({"error": {"a": 1}}, "refused the login: HTTP 400"),
    ],
)
def test_a_refresh_token_that_is_refused(online: Any, body: dict[str, Any], words: str) -> None:
    """OAuth says why in its own way, and what it repeats of our secrets is blotted out."""

    async def tokens(request: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=400)

    online.on_tokens = tokens
    with pytest.raises(Unauthorized) as caught:
        online.ask(probe, "bearer")
    assert words in str(caught.value)


def test_what_was_granted_is_blotted_out_too(online: Any) -> None:
    """A tenant that repeats the access token does not get it onto a page."""

    async def repeat(request: web.Request) -> web.StreamResponse:
        return web.json_response({"ErrorMessage": request.headers["Authorization"]}, status=500)

    online.on_api = repeat
    with pytest.raises(ProbeEnded, match=r"HTTP 500: Bearer …$"):
        online.ask(probe, "bearer")

"""Tokens that a login host signed, and all the ways to forge one: only the former are believed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
from typing import Any

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from syseventd import Malformed, ProbeEnded
from syseventd_superoffice.webapi import WebApi
from syseventd_superoffice.webapi.auth.json_tokens import MOST_KEYS, _key_names, _readable
from syseventd_superoffice.webapi.client import Client

JWKS = "/login/.well-known/jwks"
EVENTS = "/Cust12345/api/v1/SystemEvent"


async def probe(client: Client) -> None:
    await WebApi(client).system_events()


def handing_out(online: Any, token: str) -> None:
    """Makes the login host hand out `token`, whatever it is."""

    async def login(request: web.Request) -> web.StreamResponse:
        return web.json_response({"IsSuccessful": True, "Token": token})

    online.on_login = login


def refused(online: Any) -> str:
    with pytest.raises(Malformed) as caught:
        online.ask(probe)
    assert EVENTS not in online.paths
    return str(caught.value)


def _part(value: object) -> str:
    raw = json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_a_token_without_a_signature(online: Any) -> None:
    """`alg: none` signs nothing."""
    claims = jwt.encode(online.granted(), None, algorithm="none")
    handing_out(online, claims)
    assert 'it is signed by "none" instead of RS256' in refused(online)


@pytest.mark.parametrize("fitted", ["{}", "x{}", "for {} and longer than any message may be"])
def test_a_token_that_repeats_our_secret_is_not_quoted(online: Any, fitted: str) -> None:
    """What a login host knows of us stays out of messages, also where they cut it short."""
    secret = os.environ["CRM_SYSTEM_TOKEN"]
    said = fitted.format(secret)
    handing_out(online, f"{_part({'alg': said})}.{_part({})}.{_part('')}")
    told = refused(online)
    assert "instead of RS256" in told
    assert secret[:12] not in told


def test_a_token_for_a_tenant_called_as_our_secret_is_not_quoted(online: Any) -> None:
    """Of signed claims no less."""
    secret = os.environ["CRM_CLIENT_SECRET"]
    online.claims["http://schemes.superoffice.net/identity/ctx"] = secret
    told = refused(online)
    assert "its token is for the tenant" in told
    assert secret[:12] not in told


def test_a_token_signed_with_the_public_key_as_a_password(online: Any) -> None:
    """What everybody knows is no secret to sign with (HS256 in place of RS256)."""
    public = online.vendor.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signed = f"{_part({'alg': 'HS256', 'kid': 'k1'})}.{_part(online.granted())}"
    digest = hmac.digest(public, signed.encode(), hashlib.sha256)
    signature = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    handing_out(online, f"{signed}.{signature}")
    assert 'it is signed by "HS256" instead of RS256' in refused(online)


def test_a_token_that_somebody_else_signed(online: Any) -> None:
    """Another key under the same name does not fit."""
    handing_out(online, online.application.sign(online.granted()))
    assert "no key of the login host fits its signature" in refused(online)


def test_a_token_that_was_changed(online: Any) -> None:
    """A signature holds for the claims that it was made for."""
    head, _, signature = online.vendor.sign(online.granted()).split(".")
    handing_out(online, f"{head}.{_part(online.granted() | {'sub': 'x'})}.{signature}")
    assert "no key of the login host fits its signature" in refused(online)


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"exp": 1}, "it has expired"),
        ({"nbf": 4102444800}, "it is not yet valid"),
        ({"exp": "soon"}, "its claims can't be read"),
        ({"exp": float("inf")}, "its claims can't be read"),
        ({"iss": "https://evil.example"}, 'it was issued by "https://evil.example"'),
        ({"iss": "https://sod.superoffice.com"}, "not by the login host"),
        ({"iss": "https://online.superoffice.com.evil.example"}, "not by the login host"),
        ({"iss": "online.superoffice.com"}, "not by the login host"),
        ({"iss": "http://["}, "not by the login host"),
        ({"iss": ["https://online.superoffice.com"]}, "to be believed"),
        ({"iss": "SuperOffice AS"}, "it is for null, not for this tenant's serial"),
        ({"iss": "SuperOffice AS", "aud": "spn:1010000014"}, 'it is for "spn:1010000014"'),
    ],
)
def test_claims_that_are_not_believed(online: Any, claims: dict[str, Any], words: str) -> None:
    """Times, issuer and audience are checked."""
    online.claims = claims
    assert words in refused(online)


@pytest.mark.parametrize("missing", ["exp", "iss"])
def test_claims_that_must_be_there(online: Any, missing: str) -> None:
    """A token that never ends, or that nobody issued, is not believed."""
    claims = online.granted()
    del claims[missing]
    handing_out(online, online.vendor.sign(claims))
    assert f"it has no {missing}" in refused(online)


@pytest.mark.parametrize("audience", ["spn:1010000006", ["spn:1010000006"]])
def test_the_older_issuer(online: Any, audience: object) -> None:
    """Under its older name, the login host says for which serial number a token is."""
    online.claims = {"iss": "SuperOffice AS", "aud": audience}
    online.ask(probe)
    assert EVENTS in online.paths


@pytest.mark.parametrize(
    "issuer", ["https://online.SuperOffice.com", "https://online.superoffice.com/", None]
)
def test_the_newer_issuer(online: Any, issuer: str | None) -> None:
    """The environment's name, in any case, or the very address that was asked."""

    async def login(request: web.Request) -> web.StreamResponse:
        online.claims = {"iss": issuer or online.host, "aud": "client-1"}
        return await online.grant_ticket(request)

    online.on_login = login
    online.ask(probe)
    assert EVENTS in online.paths


def test_two_clocks_may_differ(online: Any) -> None:
    """A token that ended two minutes ago by our clock is still good."""
    online.claims = {"exp": int(time.time()) - 120}
    online.ask(probe)
    assert EVENTS in online.paths


def test_a_new_key_is_fetched_once(online: Any) -> None:
    """A token that names an unknown key makes us ask for the keys again."""

    async def use(client: Client) -> None:
        await probe(client)
        online.good = "ended"
        online.keys = [online.vendor.published(kid="k2")]
        await probe(client)

    async def login(request: web.Request) -> web.StreamResponse:
        token = online.vendor.sign(online.granted(), kid=online.keys[0]["kid"])
        return web.json_response({"IsSuccessful": True, "Token": token})

    online.on_login = login
    online.ask(use)
    assert online.paths.count(JWKS) == 2


def test_a_key_that_took_the_place_of_another_is_fetched(online: Any) -> None:
    """Under the same name, or without any, only the signature tells."""

    async def use(client: Client) -> None:
        await probe(client)
        online.good, online.keys = "ended", [online.application.published(kid="k1")]
        online.vendor = online.application
        await probe(client)

    online.ask(use)
    assert online.paths.count(JWKS) == 2


def test_an_unknown_key_is_looked_for_once(online: Any) -> None:
    """A key that nobody knows is asked for twice in all, not for ever."""
    handing_out(online, online.vendor.sign(online.granted(), kid="k9"))
    assert "no key of the login host fits its signature" in refused(online)
    assert online.paths.count(JWKS) == 2


def test_a_key_is_known_by_its_thumbprint_too(online: Any) -> None:
    """The vendor's tokens name the certificate's thumbprint (x5t) alone."""
    online.keys = [online.application.published(kid="other"), online.vendor.published(x5t="t1")]
    token = jwt.encode(
        online.granted(), online.vendor.private, algorithm="RS256", headers={"x5t": "t1"}
    )
    handing_out(online, token)
    online.ask(probe)
    assert EVENTS in online.paths


def test_a_token_that_names_no_key_is_tried_with_all(online: Any) -> None:
    """One of them fits."""
    online.keys = [online.application.published(kid="a"), online.vendor.published(kid="b")]
    handing_out(online, jwt.encode(online.granted(), online.vendor.private, algorithm="RS256"))
    online.ask(probe)
    assert EVENTS in online.paths


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ({}, "jwks_uri: null is no address of the login host"),
        ({"jwks_uri": 7}, "jwks_uri: 7 is no address"),
        ({"jwks_uri": "https://evil.example/jwks"}, "is no address of the login host"),
        ({"jwks_uri": "https://user:pw@evil.example/jwks"}, "is no address of the login host"),
        ({"jwks_uri": "http://["}, "is no address of the login host"),
        ({"jwks_uri": "/login/.well-known/jwks"}, "is no address of the login host"),
        ({"jwks_uri": "x" * 9_000}, "is no address of the login host"),
        ([], "should be an object"),
    ],
)
def test_a_description_that_leads_elsewhere(online: Any, description: Any, words: str) -> None:
    """Keys come from the login host itself."""

    async def describe(request: web.Request) -> web.StreamResponse:
        return web.json_response(description)

    online.on_discovery = describe
    assert words in refused(online)
    assert JWKS not in online.paths


def test_keys_from_another_user_of_the_login_host(online: Any) -> None:
    """A name and a password in the link are nobody's business."""

    async def describe(request: web.Request) -> web.StreamResponse:
        link = online.host.replace("http://", "http://u:p@") + JWKS
        return web.json_response({"jwks_uri": link})

    online.on_discovery = describe
    assert "is no address of the login host" in refused(online)


@pytest.mark.parametrize(
    ("published", "words"),
    [
        ({"text": "<html>"}, "a web page"),
        ({"body": b" " * 5_000_000}, "longer than 4 MiB"),
        ({"text": "{}"}, "there is no RSA key"),
        ({"text": '{"keys": 7}'}, "there is no RSA key"),
        ({"text": '{"keys": [7, null, {}, {"kty": "EC"}, {"kty": "RSA"}]}'}, "no RSA key"),
        ({"text": '{"keys": [' + ",".join(["7"] * 99) + ', {"kty": "RSA"}]}'}, "no RSA key"),
        ({"status": 404}, "HTTP 404"),
    ],
)
def test_keys_that_nobody_can_use(online: Any, published: dict[str, Any], words: str) -> None:
    """What is no key is passed over; without any, nothing is believed."""

    async def publish(request: web.Request) -> web.StreamResponse:
        return web.Response(**published)

    online.on_keys = publish
    with pytest.raises(ProbeEnded, match=words):
        online.ask(probe)
    assert EVENTS not in online.paths


@pytest.mark.parametrize(
    "change",
    [
        {"use": "enc"},
        {"n": "AQAB"},
        {"n": "A" * 40_000},
        {"n": "_" * 2_000},
        {"n": "ä"},
        {"n": None},
        {"n": "A"},
        {"e": "AA"},
        {"e": 3},
    ],
    ids=[
        "for encryption",
        "short",
        "endless",
        "8193 bits",
        "umlaut",
        "null",
        "cut",
        "zero",
        "type",
    ],
)
def test_a_key_that_is_none_is_passed_over(vendor_key: Any, change: dict[str, Any]) -> None:
    """Bad keys stand in no good one's way."""
    good = vendor_key.published(kid="k1")
    [key] = _readable([good | change, good])
    assert key.names == {"k1"}


def test_keys_beyond_any_number_are_not_read(vendor_key: Any) -> None:
    """A list without end is read no further than its beginning."""
    assert list(_readable([7] * MOST_KEYS + [vendor_key.published(kid="k1")])) == []


@given(st.one_of(st.text(), st.binary().map(lambda raw: base64.b64encode(raw).decode())))
def test_any_text_is_no_token(text: str) -> None:
    """Whatever stands there, it is Malformed and no crash."""
    header = base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).rstrip(b"=").decode()
    for token in (text, f"{header}.e30.e30", "." * 3, "a" * 40_000):
        with pytest.raises(Malformed, match="its token is not to be believed"):
            _key_names(token, "here", str)


def test_a_header_that_is_nested_without_end() -> None:
    """A decoder at its limit is no crash."""
    deep = base64.urlsafe_b64encode(b'{"alg":' * 3_000).rstrip(b"=").decode()
    with pytest.raises(Malformed, match="it is no signed token"):
        _key_names(f"{deep}.e30.e30", "here", str)

"""SuperOffice Online in little, on this machine: a login host that signs, and a tenant."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from syseventd_superoffice.settings import SuperOfficeSettings
from syseventd_superoffice.webapi.client import Client, connect

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SYSTEM_TOKEN = "Example App-canary1234"
CLIENT_SECRET = "canary-client-secret-4711"
REFRESH_TOKEN = "canary-refresh-token-4711"
SPENT = "canary-ticket-"
IDENTITY = "http://schemes.superoffice.net/identity/"


@dataclass(frozen=True)
class KeyPair:
    """An RSA key as its two sides have it."""

    private: rsa.RSAPrivateKey
    pem: str

    def published(self, **names: str) -> dict[str, str]:
        """The public half as a JSON Web Key."""
        numbers = self.private.public_key().public_numbers()
        return {"kty": "RSA", "use": "sig", "n": _text(numbers.n), "e": _text(numbers.e), **names}

    def sign(self, claims: dict[str, Any], **header: str) -> str:
        """A JSON Web Token."""
        # jwt.encode() would refuse the claims of a forger.
        raw, headers = json.dumps(claims).encode(), {"kid": "k1", **header}
        return jwt.api_jws.encode(raw, self.private, algorithm="RS256", headers=headers)


def _text(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _new_pair() -> KeyPair:
    private = rsa.generate_private_key(65537, 2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return KeyPair(private, pem.decode())


@pytest.fixture(scope="session")
def vendor_key() -> KeyPair:
    """What the login host signs its tokens with."""
    return _new_pair()


@pytest.fixture(scope="session")
def application_key() -> KeyPair:
    """What an application signs its system token with."""
    return _new_pair()


class Online:
    """SuperOffice Online in little: a login host, and a tenant behind it, as a test tells it.

    `on_…` are the handlers; a test puts its own in their place. `state` and `claims` are what
    the default ones answer with. `logins` counts; `paths` is what was asked, in order.
    """

    tenant = "Cust12345"

    def __init__(
        self, vendor: KeyPair, application: KeyPair, check_silence: Callable[..., None]
    ) -> None:
        self._check_silence = check_silence
        self.vendor = vendor
        self.application = application
        self.host = ""
        self.state: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.keys = [vendor.published(kid="k1")]
        self.logins = 0
        self.good = ""
        """The ticket, or access token, that the tenant accepts."""
        self.paths: list[str] = []
        self.requests: list[web.Request] = []
        self.on_state: Handler = self.tell_state
        self.on_login: Handler = self.grant_ticket
        self.on_tokens: Handler = self.grant_access
        self.on_discovery: Handler = self.describe
        self.on_keys: Handler = self.publish
        self.on_api: Handler = self.answer

    async def tell_state(self, request: web.Request) -> web.StreamResponse:
        endpoint = f"{self.host}/{self.tenant}"
        told = {"ContextIdentifier": self.tenant, "Endpoint": endpoint, "State": "Running"}
        return web.json_response({**told, "IsRunning": True, **self.state})

    def granted(self) -> dict[str, Any]:
        """The claims of the next token."""
        self.logins += 1
        self.good = f"7T:{SPENT}{self.logins}"
        return {
            "iss": "https://online.superoffice.com",
            "exp": int(time.time()) + 300,
            "iat": "1581665207",
            f"{IDENTITY}ctx": self.tenant,
            f"{IDENTITY}serial": "1010000006",
            f"{IDENTITY}ticket": self.good,
            f"{IDENTITY}webapi_url": f"{self.host}/{self.tenant}/api/",
            **self.claims,
        }

    async def grant_ticket(self, request: web.Request) -> web.StreamResponse:
        token = self.vendor.sign(self.granted())
        return web.json_response({"IsSuccessful": True, "Token": token, "ErrorMessage": None})

    async def grant_access(self, request: web.Request) -> web.StreamResponse:
        self.logins += 1
        self.good = f"8A:{self.tenant}.{SPENT}{self.logins}"
        granted = {"token_type": "Bearer", "access_token": self.good, "expires_in": 3600}
        return web.json_response({**granted, "id_token": "not read"})

    async def describe(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"jwks_uri": f"{self.host}/login/.well-known/jwks"})

    async def publish(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"keys": self.keys})

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """What the tenant says: nothing runs there. Whoever has no good login is told so."""
        if request.headers.get("Authorization", "").partition(" ")[2] != self.good:
            return web.Response(status=401)
        return web.json_response({"odata.nextLink": None, "value": []})

    def ask(
        self, use: Callable[[Client], Awaitable[T]], method: str = "system-user", **settings: Any
    ) -> T:
        """Runs it, and `use` with a client of its tenant. No error may show a secret."""
        return asyncio.run(self._ask(use, method, settings))

    async def _ask(
        self, use: Callable[[Client], Awaitable[T]], method: str, settings: dict[str, Any]
    ) -> T:
        server = TestServer(self._app())
        await server.start_server()
        self.host = str(server.make_url("")).rstrip("/")
        try:
            return await self.visit(use, method, **settings)
        finally:
            await server.close()

    def settings(self, method: str = "system-user", **settings: Any) -> SuperOfficeSettings:
        """Those of its tenant."""
        secrets = {
            "system-user": ("system_token", "private_key", "client_secret"),
            "bearer": ("client_secret", "refresh_token"),
            "ticket": ("ticket", "client_secret"),
        }[method]
        auth = {f"{name}_env": f"CRM_{name.upper()}" for name in secrets} | {"method": method}
        if method == "bearer":
            auth["client_id"] = "client-1"
        block = {"tenant": self.tenant, "login_url": self.host, "auth": auth, "maintenance": []}
        return SuperOfficeSettings.model_validate({**block, **settings})

    async def visit(
        self, use: Callable[[Client], Awaitable[T]], method: str = "system-user", **settings: Any
    ) -> T:
        """`use` with one more client of the tenant that runs already."""
        clock = settings.pop("clock", time.time)
        moment = settings.pop("moment", 0.0)
        client = connect(self.settings(method, **settings), moment, clock)
        try:
            return await use(client)
        except Exception as error:
            self._check_silence(error, SPENT, "canary", *self.application.pem.split("\n")[1:3])
            raise
        finally:
            await client.aclose()

    def _app(self) -> web.Application:
        app = web.Application()
        for path, name in (
            (f"/api/state/{self.tenant}", "on_state"),
            ("/Login/api/PartnerSystemUser/Authenticate", "on_login"),
            ("/login/common/oauth/tokens", "on_tokens"),
            ("/login/.well-known/openid-configuration", "on_discovery"),
            ("/login/.well-known/jwks", "on_keys"),
            ("/{path:.*}", "on_api"),
        ):
            app.router.add_route("*", path, self._handler(name))
        return app

    def _handler(self, name: str) -> Handler:
        async def handler(request: web.Request) -> web.StreamResponse:
            self.paths.append(request.path)
            self.requests.append(request)
            await request.read()
            answer: Handler = getattr(self, name)
            return await answer(request)

        return handler


@pytest.fixture
def online(
    vendor_key: KeyPair,
    application_key: KeyPair,
    check_silence: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> Online:
    """A tenant of SuperOffice Online, on this machine."""
    monkeypatch.setenv("CRM_SYSTEM_TOKEN", SYSTEM_TOKEN)
    monkeypatch.setenv("CRM_PRIVATE_KEY", application_key.pem)
    monkeypatch.setenv("CRM_CLIENT_SECRET", CLIENT_SECRET)
    monkeypatch.setenv("CRM_REFRESH_TOKEN", REFRESH_TOKEN)
    monkeypatch.setenv("CRM_TICKET", f"7T:{SPENT}0")
    played = Online(vendor_key, application_key, check_silence)
    played.good = f"7T:{SPENT}0"
    return played

"""A login host and an installation whose every reply is made up, without any network."""

from __future__ import annotations

import base64
import functools
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from multidict import CIMultiDict
from tests.fuzz.hostile import Maker, broken_bytes
from yarl import URL

from syseventd import ProbeEnded
from syseventd_superoffice.webapi.failures import Refusal
from syseventd_superoffice.webapi.replies import Reply

BASE = "http://127.0.0.1:9"
"""Nobody asks there."""
TENANT = "Cust12345"
SECRETS = {
    name: f"canary-{name.lower().replace('_', '-')}-4711"
    for name in ("PASSWORD", "TICKET", "CLIENT_SECRET", "SYSTEM_TOKEN", "REFRESH_TOKEN")
}
"""Whoever is sent one may repeat it; nobody may be shown it."""

STATE, LOGIN, TOKENS = f"/api/state/{TENANT}", "/Login/api/PartnerSystemUser/Authenticate", "tokens"
DISCOVERY, KEYS = "/login/.well-known/openid-configuration", "/login/.well-known/jwks"
IDENTITY = "http://schemes.superoffice.net/identity/"
SCHEMES = ("Basic", "Negotiate, NTLM", "SOTicket realm=x", "", ",", "Bearer error=\x00", "å" * 900)


@functools.cache
def key() -> rsa.RSAPrivateKey:
    """What the login host signs with, and the application as well."""
    return rsa.generate_private_key(65537, 2048)


@functools.cache
def key_in_pem() -> str:
    private = serialization.PrivateFormat.PKCS8
    nothing = serialization.NoEncryption()
    return key().private_bytes(serialization.Encoding.PEM, private, nothing).decode()


@dataclass
class PlayedWire:
    """A wire at whose other end every reply is made up. `replies` counts them.

    Of the paths that end with one of `spoilt` the replies are spoiled; the others are in order.
    `secrets` are what was sent there, and may be repeated.
    """

    maker: Maker
    rng: Random
    spoilt: tuple[str, ...]
    secrets: tuple[str, ...]
    replies: int = 0
    good: Maker = field(init=False)

    def __post_init__(self) -> None:
        self.good = Maker(self.rng, {}, 0.0)

    async def exchange(
        self, url: URL, method: str = "GET", *_: object, **__: object
    ) -> Reply | Refusal:
        self.replies += 1
        if not url.path.endswith(self.spoilt):
            return Reply(json.dumps(self._whole(url.path, self.good)).encode(), "")
        may_refuse = method == "POST" or not url.path.startswith(("/login/", "/api/state/"))
        if may_refuse and self.rng.random() < 0.1:
            return self._refusal(url, method)
        said = self.maker.spoiled(self._whole(url.path, self.maker))
        if self.rng.random() < self.maker.spoil / 2:
            return Reply(broken_bytes(self.rng, said), self.rng.choice(("", "gzip", "br")))
        return Reply(json.dumps(said, default=str).encode(), "")

    def excused(self, failure: ProbeEnded, status: int) -> ProbeEnded:
        return failure

    async def aclose(self) -> None:
        """Nothing is open."""

    def _refusal(self, url: URL, method: str) -> Refusal:
        """What refuses a login: the statuses that mean that, with any words."""
        words = {"Error": True, "ErrorType": "T", "ErrorMessage": self._words(), "error": "x"}
        headers = CIMultiDict({"WWW-Authenticate": self.rng.choice(SCHEMES)})
        status = self.rng.choice((400, 401, 403)) if url.path.endswith((LOGIN, TOKENS)) else 401
        return Refusal(url, status, headers, broken_bytes(self.rng, self.maker.near(words)))

    def _words(self) -> str:
        """What a login host may say, our own secrets among it."""
        return f"{self.rng.choice(self.secrets)} is wrong" * self.rng.choice((0, 1, 90))

    def _whole(self, path: str, maker: Maker) -> Any:
        """What is documented to be answered there, as far as `maker` leaves it so."""
        if path.endswith(STATE):
            return maker.near(
                {
                    "ContextIdentifier": TENANT,
                    "Endpoint": f"{BASE}/{TENANT}",
                    "State": "Running",
                    "IsRunning": True,
                    "ValidUntil": "2026-11-24T10:00:00Z",
                    "Version": "11.10",
                }
            )
        if path.endswith(LOGIN):
            token = self._token(maker)
            return maker.near(
                {"IsSuccessful": True, "Token": token, "ErrorMessage": self._words() or None}
            )
        if path.endswith(TOKENS):
            token = f"8A:{TENANT}.access"
            granted = {"token_type": "Bearer", "access_token": token, "expires_in": 3600}
            return maker.near({**granted, "id_token": "not read"})
        if path.endswith(DISCOVERY):
            return maker.near({"jwks_uri": f"{BASE}{KEYS}"})
        if path.endswith(KEYS):
            return maker.near({"keys": maker.several(lambda: self._published(maker))})
        return {"odata.nextLink": None, "value": []}

    def _published(self, maker: Maker) -> Any:
        numbers = key().public_key().public_numbers()
        half = {"kty": "RSA", "use": "sig", "n": _number(numbers.n), "e": _number(numbers.e)}
        return maker.near({**half, "kid": "k1"})

    def _token(self, maker: Maker) -> str:
        """A signed token with these claims, more or less."""
        claims = maker.near(
            {
                "iss": BASE,
                "exp": int(time.time()) + 300,
                "nbf": 0,
                "iat": "1581665207",
                f"{IDENTITY}ctx": TENANT,
                f"{IDENTITY}ticket": "7T:ticket",
                f"{IDENTITY}webapi_url": f"{BASE}/{TENANT}/api/",
            }
        )
        return _signed(maker.near({"alg": "RS256", "kid": "k1"}), claims)


def _signed(header: object, claims: object) -> str:
    """A JSON Web Token. A library for it would refuse what a forger writes."""
    parts = ".".join(_text(json.dumps(part, default=str).encode()) for part in (header, claims))
    signature = key().sign(parts.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{parts}.{_text(signature)}"


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _number(number: int) -> str:
    return _text(number.to_bytes((number.bit_length() + 7) // 8))


def environment() -> Mapping[str, str]:
    """The variables that the settings name, with a secret in each."""
    return {f"FUZZ_{name}": secret for name, secret in SECRETS.items()} | {
        "FUZZ_PRIVATE_KEY": key_in_pem()
    }

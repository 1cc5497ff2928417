"""The simulated cloud: its tenants, the one application that may ask them, and their tickets."""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from syseventd_superoffice.simulator.errors import RequestError
from syseventd_superoffice.simulator.installation import Installation
from syseventd_superoffice.simulator.tenancy import Tenancy, tenancy_at

ISSUER = "https://online.superoffice.com"
CLAIM = "http://schemes.superoffice.net/identity/"
KEY_NAME = "simulated"

TICKET_LIFE = 6 * 3600.0
"""Seconds that a ticket lives after each use: the vendor's own number."""

ACCESS_LIFE = 3600.0

SKEW = timedelta(minutes=10)
"""How old, or how far ahead, a signed time may be. The vendor's own number is not known."""


@dataclass
class Tenant:
    """One installation in the cloud. `forced` is a tenancy that a test holds it in."""

    name: str
    installation: Installation
    ahead: float = 0.0
    forced: Tenancy | None = None

    @property
    def tenancy(self) -> Tenancy:
        """How it stands now."""
        return self.forced or tenancy_at(self.installation.clock.elapsed() + self.ahead)

    def hold(self, **changes: Any) -> None:
        """Holds it in its present tenancy, with some of that changed."""
        self.forced = replace(self.tenancy, **changes)


@dataclass(frozen=True)
class Application:
    """What the vendor gave to the application that asks: here, to the daemon."""

    client_id: str = "simulated-client"
    secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    refresh_token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @cached_property
    def key(self) -> rsa.RSAPrivateKey:
        """With which it signs its system tokens."""
        return _key()

    @property
    def private_key(self) -> str:
        """The same in PEM, as the configuration's file holds it."""
        form = serialization.PrivateFormat.PKCS8
        none = serialization.NoEncryption()
        return self.key.private_bytes(serialization.Encoding.PEM, form, none).decode()

    def system_token(self, tenant: str) -> str:
        """By which the application is known at a tenant that consented."""
        return f"Simulated App-{tenant[-10:]}"


class Cloud:
    """The tenants and their logins. `clock` tells Unix seconds; logins are by the wall's time."""

    def __init__(
        self, tenants: Mapping[str, Installation], clock: Callable[[], float] = time.time
    ) -> None:
        self.application = Application()
        self.tenants = {
            name.lower(): Tenant(name, installation, ahead=7.0 * number)
            for number, (name, installation) in enumerate(tenants.items())
        }
        self.logins = 0
        self._clock = clock
        self._key = _key()
        self._good_until: dict[tuple[str, str], float] = {}

    def tenant(self, name: str) -> Tenant:
        """Refuses a name that is no tenant's."""
        tenant = self.tenants.get(name.lower())
        if tenant is None:
            raise RequestError(404, "NotFound", f"There is no tenant {name!r}")
        return tenant

    def forget_logins(self) -> None:
        """No ticket and no access token is good any more."""
        self._good_until.clear()

    # --- the login host ------------------------------------------------------------------------

    def authenticate(self, request: Mapping[str, Any], endpoint: str) -> dict[str, Any]:
        """What PartnerSystemUser/Authenticate answers; `endpoint` is where the tenant is."""
        try:
            tenant = self.tenant(_text(request, "ContextIdentifier"))
            self._check_secret(_text(request, "ApplicationToken"))
            self._check_signed(_text(request, "SignedSystemToken"), tenant.name)
        except RequestError as refused:
            message = f"{refused.message} (simulated)"
            return {"IsSuccessful": False, "Token": None, "ErrorMessage": message}
        self.logins += 1
        token = self._token(tenant, endpoint)
        return {"IsSuccessful": True, "Token": token, "ErrorMessage": None}

    def refresh(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """What the token endpoint answers. The refresh token names the tenant that consented."""
        self._check_secret(_text(form, "client_secret"))
        token, _, name = _text(form, "refresh_token").partition("@")
        known = hmac.compare_digest(token.encode(), self.application.refresh_token.encode())
        wanted = ("refresh_token", self.application.client_id)
        if not known or (form.get("grant_type"), form.get("client_id")) != wanted:
            raise RequestError(400, "invalid_grant", "The refresh token is not good")
        self.logins += 1
        access = f"8A:{self.tenant(name).name}.{secrets.token_urlsafe(24)}"
        self._good_until[name.lower(), access] = self._clock() + ACCESS_LIFE
        kind = {"token_type": "Bearer", "expires_in": int(ACCESS_LIFE)}
        return {"access_token": access, "refresh_token": form["refresh_token"], **kind}

    def keys(self) -> dict[str, Any]:
        """The public keys by which tokens are verified (RFC 7517)."""
        numbers = self._key.public_key().public_numbers()
        key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_NAME}
        return {"keys": [{**key, "n": _base64(numbers.n), "e": _base64(numbers.e)}]}

    def _token(self, tenant: Tenant, endpoint: str) -> str:
        ticket = f"7T:{secrets.token_hex(16)}"
        self._good_until[tenant.name.lower(), ticket] = self._clock() + TICKET_LIFE
        own = {
            "ticket": ticket,
            "ctx": tenant.name,
            "serial": f"{tenant.name} (simulated)",
            "company_name": f"{tenant.name} (simulated)",
            "webapi_url": f"{endpoint}/api/",
            "netserver_url": f"{endpoint}/remote/services87/",
        }
        now = int(self._clock())
        claims = {"iss": ISSUER, "iat": now, "nbf": now, "exp": now + 300}
        claims |= {f"{CLAIM}{name}": value for name, value in own.items()}
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": KEY_NAME})

    def _check_secret(self, given: str) -> None:
        if not hmac.compare_digest(given.encode(), self.application.secret.encode()):
            raise RequestError(401, "Unauthorized", "The application's secret is wrong")

    def _check_signed(self, signed: str, tenant: str) -> None:
        """Refuses a token that the application did not sign, just now, for this tenant."""
        token, _, signature = signed.rpartition(".")
        system_token, _, minute = token.rpartition(".")
        try:
            given = base64.b64decode(signature, validate=True)
            public = self.application.key.public_key()
            public.verify(given, token.encode(), padding.PKCS1v15(), hashes.SHA256())
            at = datetime.strptime(minute, "%Y%m%d%H%M").replace(tzinfo=UTC)
        except (InvalidSignature, ValueError):
            raise RequestError(401, "Unauthorized", "The signature is wrong") from None
        if abs(at - datetime.fromtimestamp(self._clock(), UTC)) > SKEW:
            raise RequestError(401, "Unauthorized", "The signed time is not now")
        if system_token != self.application.system_token(tenant):
            raise RequestError(401, "Unauthorized", "No such system user")

    # --- a tenant's API ------------------------------------------------------------------------

    def check_login(self, tenant: Tenant, headers: Mapping[str, str]) -> None:
        """Refuses a request whose ticket or access token is not good; a good ticket lives on."""
        scheme, _, given = headers.get("Authorization", "").partition(" ")
        key, now = (tenant.name.lower(), given.strip()), self._clock()
        good = self._good_until.get(key, 0.0) > now
        if scheme.lower() == "soticket":
            self._check_secret(headers.get("SO-AppToken", ""))
            if good:
                self._good_until[key] = now + TICKET_LIFE
        elif scheme.lower() != "bearer":
            good = False
        if not good:
            challenge = {"WWW-Authenticate": "SOTicket, Bearer"}
            raise RequestError(401, "Unauthorized", "The login is not good", challenge)


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _base64(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

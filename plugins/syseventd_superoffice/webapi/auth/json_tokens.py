"""Signed tokens (JWT, RFC 7519): believed only if SuperOffice's login host signed them."""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import TypeAdapter

from syseventd import Malformed
from syseventd_superoffice.values import field, is_object
from syseventd_superoffice.webapi.login_host import LoginHost, origin
from syseventd_superoffice.webapi.sharing import Shared

DISCOVERY = "/login/.well-known/openid-configuration"

ALGORITHM = "RS256"
OLD_ISSUER = "SuperOffice AS"
SERIAL = "http://schemes.superoffice.net/identity/serial"

LONGEST_TOKEN = 32_000
MOST_KEYS = 50
KEY_BITS = range(2048, 8193)
"""Limits of what is verified: an enormous key would keep everybody waiting."""

LEEWAY = 300.0
"""Seconds by which two clocks may differ."""

KEYS_KEPT = 86400.0
"""Seconds until the keys are fetched anew, though all signatures are known."""

OBJECT = TypeAdapter(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Key:
    """One public key of the login host, with the names that a token may call it by."""

    names: frozenset[str]
    key: rsa.RSAPublicKey


class JsonTokens:
    """Verifies tokens with the keys that the login host publishes."""

    def __init__(self, host: LoginHost) -> None:
        self._host = host
        self._keys: Shared[tuple[Key, ...]] = Shared(self._fetch, lambda _: KEYS_KEPT)

    async def read(self, token: str, where: str) -> Mapping[str, Any]:
        """The claims of a token that came from `where`. Raises Malformed for one that is none."""
        names = _key_names(token, where, self._host.shown)
        keys = await self._keys.get()
        claims = _verified(token, _fitting(keys, names), where)
        if claims is None and self._keys.reject(keys):
            # A new key is published before it is used; ours may be from yesterday.
            claims = _verified(token, _fitting(await self._keys.get(), names), where)
        if claims is None:
            raise _unbelievable(where, "no key of the login host fits its signature")
        _check_issuer(claims, self._host, where)
        return claims

    async def _fetch(self) -> tuple[Key, ...]:
        """The keys that the login host's own description of itself points to."""
        description = await self._host.get(DISCOVERY, OBJECT)
        where = self._host.where(DISCOVERY)
        link = field(description, "jwks_uri")
        url = self._host.own(link)
        if url is None:
            told = self._host.shown(link)
            raise Malformed(where, f"jwks_uri: {told} is no address of the login host")
        published = await self._host.get(url, OBJECT)
        listed = field(published, "keys")
        keys = tuple(_readable(listed)) if isinstance(listed, list) else ()
        if not keys:
            raise Malformed(str(url), "there is no RSA key that signatures can be checked with")
        return keys


def _readable(listed: list[object]) -> Iterator[Key]:
    """The keys that we can use; the others may be for somebody else."""
    for entry in listed[:MOST_KEYS]:
        if not is_object(entry) or entry.get("kty") != "RSA" or entry.get("use") == "enc":
            continue
        try:
            modulus, exponent = (_number(entry.get(name)) for name in ("n", "e"))
            if modulus.bit_length() in KEY_BITS:
                yield Key(_names(entry), _public_key(exponent, modulus))
        except ValueError:
            continue


@functools.lru_cache(maxsize=MOST_KEYS)
def _public_key(exponent: int, modulus: int) -> rsa.RSAPublicKey:
    """The key with these numbers. A thousand tenants of one login host share it."""
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def _number(text: object) -> int:
    """A whole number as RFC 7518 writes it. Raises ValueError."""
    if not isinstance(text, str) or not text.isascii() or len(text) > LONGEST_TOKEN:
        raise ValueError("is no number")
    try:
        return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except binascii.Error:
        raise ValueError("is no number") from None


def _key_names(token: str, where: str, show: Callable[[object], str]) -> frozenset[str]:
    """By which names the token calls its key, if by any. Raises Malformed."""
    if len(token) > LONGEST_TOKEN:
        raise _unbelievable(where, "it is longer than any token")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise _unbelievable(where, "it is no signed token") from None
    if header.get("alg") != ALGORITHM:
        signed = show(header.get("alg"))
        raise _unbelievable(where, f"it is signed by {signed} instead of {ALGORITHM}")
    return _names(header)


def _names(entry: Mapping[str, Any]) -> frozenset[str]:
    """The key's own name, and its certificate's thumbprint, as far as they are given."""
    names = (entry.get(name) for name in ("kid", "x5t"))
    return frozenset(name for name in names if isinstance(name, str))


def _fitting(keys: tuple[Key, ...], names: frozenset[str]) -> list[Key]:
    return [key for key in keys if not names or names & key.names]


def _verified(token: str, keys: list[Key], where: str) -> Mapping[str, Any] | None:
    """The claims, of which signature and times were checked; None if no key fits the signature.

    Raises Malformed.
    """
    for key in keys:
        try:
            return jwt.decode(
                token,
                key.key,
                algorithms=[ALGORITHM],
                leeway=LEEWAY,
                options={
                    "require": ["exp", "iss"],
                    "verify_aud": False,
                    "verify_iat": False,
                    "verify_sub": False,
                },
            )
        except jwt.InvalidSignatureError:
            continue
        except jwt.ExpiredSignatureError:
            reason = "it has expired; do this machine's clock and SuperOffice's agree?"
        except jwt.ImmatureSignatureError:
            reason = "it is not yet valid; do this machine's clock and SuperOffice's agree?"
        except jwt.MissingRequiredClaimError as error:
            reason = f"it has no {error.claim}"
        except (jwt.PyJWTError, ValueError, OverflowError, RecursionError):
            reason = "its claims can't be read"
        raise _unbelievable(where, reason)
    return None


def _check_issuer(claims: Mapping[str, Any], host: LoginHost, where: str) -> None:
    """The login host itself, or the name that it had before; then the audience tells whose it is.

    Raises Malformed.
    """
    issuer = claims.get("iss")
    if issuer == OLD_ISSUER:
        serial, audience = claims.get(SERIAL), claims.get("aud")
        if not serial or audience not in (f"spn:{serial}", [f"spn:{serial}"]):
            whose = host.shown(audience)
            raise _unbelievable(where, f"it is for {whose}, not for this tenant's serial")
    elif not isinstance(issuer, str) or origin(issuer) not in host.issuers:
        raise _unbelievable(where, f"it was issued by {host.shown(issuer)}, not by the login host")


def _unbelievable(where: str, reason: str) -> Malformed:
    return Malformed(where, f"its token is not to be believed: {reason}")

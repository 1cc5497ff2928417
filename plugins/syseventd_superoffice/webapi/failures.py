"""What a failed exchange means: HTTP statuses and network errors as outcomes, with a way out."""

from __future__ import annotations

import json
import os
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

import aiohttp
from multidict import MultiMapping
from yarl import URL

from syseventd import (
    Malformed,
    NotAvailable,
    ProbeEnded,
    ProbeFailed,
    Throttled,
    Unauthorized,
    Unreachable,
)
from syseventd_superoffice.webapi.login import Login
from syseventd_superoffice.webapi.replies import MOST_AT_ONCE, place

LONGEST_PAUSE = 6 * 3600.0
"""The longest `Retry-After` that is believed, in seconds. A slip must not blind us for a year."""

BUSY = (429, 503)
"""Statuses by which a server asks to be left alone for a while."""

LONGEST_MESSAGE = 200

MESSAGES = ("ErrorMessage", "error_description", "error")
"""Where an error JSON says what is wrong: the WebAPI's, and OAuth's (RFC 6749)."""

_UNTRUSTED_ISSUER = frozenset({2, 18, 19, 20, 21})
"""OpenSSL's X509_V_ERR_… that a CA's certificate in `ca_file` mends."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reply that is no success: its status, its headers, the beginning of its body."""

    url: URL
    status: int
    headers: MultiMapping[str]
    body: bytes


def from_refusal(refusal: Refusal, login: Login) -> ProbeEnded:
    """What a status other than 200 and 404 means. No secret of the login is repeated."""
    where, status = place(refusal.url), refusal.status
    if status == 401:
        # Before it is cut: half a secret is one too.
        return Unauthorized(where, shorten(login.redact(login.why_refused(_schemes(refusal)))))
    if status == 403:
        return NotAvailable(f"{login.who} has no right to read {refusal.url.path}")
    return _from_status(refusal, login.redact)


def from_login_host(
    refusal: Refusal, redact: Callable[[str], str], is_login: bool = False
) -> ProbeEnded:
    """What a status other than 200 means of a login host; `is_login`: that it was sent a login."""
    if is_login and refusal.status in (400, 401, 403):
        return Unauthorized(place(refusal.url), _status_text(refusal, redact))
    return _from_status(refusal, redact)


def _from_status(refusal: Refusal, redact: Callable[[str], str]) -> ProbeEnded:
    where, status = place(refusal.url), refusal.status
    if status < 300:
        return Malformed(where, f"HTTP {status} brings no whole reply, as only 200 does")
    if 300 <= status < 400:
        return Unreachable(where, redact(_redirect(refusal)))
    reason = _status_text(refusal, redact)
    if status in BUSY:
        return Throttled(where, reason, retry_after(refusal.headers, time.time()))
    return ProbeFailed(where, reason)


def no_such_path(refusal: Refusal, base: str, is_superoffice: bool, hint: str) -> ProbeEnded:
    """What 404 means, once it is known whether anything there speaks for SuperOffice."""
    if is_superoffice:
        return NotAvailable(f"this installation has no {refusal.url.path}")
    return Unreachable(base, f"nothing there answers as SuperOffice's WebAPI; {hint}")


def from_error(error: aiohttp.ClientError | OSError, url: URL) -> ProbeEnded:
    """What an exchange that broke means.

    What aiohttp raises is never chained: it carries the request's headers, the password among
    them.
    """
    where = place(url)
    if isinstance(error, aiohttp.ClientPayloadError):
        return Malformed(where, "the reply was cut off")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return Unreachable(where, _certificate_refused(error.certificate_error))
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Unreachable(where, f"the name {url.host} can't be resolved")
    if isinstance(error, aiohttp.ClientSSLError):
        return Unreachable(where, "the TLS handshake failed; does this port speak https?")
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return Unreachable(where, "it closed the connection without an answer")
    if isinstance(error, OSError):
        return Unreachable(where, _os_reason(error))
    if isinstance(error, aiohttp.ClientResponseError):
        return Malformed(where, "what answers there does not speak HTTP")
    return ProbeFailed(where, type(error).__name__)


def is_unconnected(error: aiohttp.ClientError | OSError) -> bool:
    """Whether nobody answered, for no reason that a certificate or a protocol gives."""
    if isinstance(error, aiohttp.ClientSSLError | aiohttp.ClientPayloadError | ssl.SSLError):
        return False
    return isinstance(error, OSError | aiohttp.ServerDisconnectedError)


def _certificate_refused(error: Exception) -> str:
    reason = "its certificate isn't trusted"
    if isinstance(error, ssl.SSLCertVerificationError):
        reason += f": {error.verify_message}"
        if error.verify_code in _UNTRUSTED_ISSUER:
            reason += "; name its CA's certificate in `ca_file`"
    return reason


def _os_reason(error: OSError) -> str:
    inner = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    number = inner.errno or 0
    return os.strerror(number).lower() if number > 0 else "no connection"


def _redirect(refusal: Refusal) -> str:
    try:
        target = refusal.url.join(URL(refusal.headers["Location"]))
        # Only this much: the rest may carry what is nobody's business.
        origin = target.origin()
    except (KeyError, ValueError):
        return f"it answers HTTP {refusal.status} and names no place to go"
    if origin == refusal.url.origin():
        return (
            "it sends on to another page of its own, perhaps to log in there; "
            "check `url` and `auth`"
        )
    return (
        f"it sends on to {shorten(str(origin))}, where our login does not go; "
        "if SuperOffice is there, write that address as `url`"
    )


def _schemes(refusal: Refusal) -> frozenset[str]:
    """The ways to log in that it offers, in small letters."""
    offers = refusal.headers.getall("WWW-Authenticate", [])
    return frozenset(words[0].strip(",").lower() for offer in offers if (words := offer.split()))


def _status_text(refusal: Refusal, redact: Callable[[str], str]) -> str:
    # Before it is cut: half a secret is one too.
    message = shorten(redact(_vendor_message(refusal.body)))
    return f"HTTP {refusal.status}: {message}" if message else f"HTTP {refusal.status}"


def _vendor_message(body: bytes) -> str:
    """What the vendor's error JSON says; "" where there is none, or it says nothing.

    What is too long to be decoded on the event loop is no error message.
    """
    if len(body) > MOST_AT_ONCE:
        return ""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    words = (read.get(name) for name in MESSAGES) if isinstance(read, Mapping) else ()
    return next((message for message in words if isinstance(message, str) and message), "")


def shorten(text: str) -> str:
    """A stranger's text on one line, without what a terminal obeys or no page can hold."""
    words = " ".join(text.split())
    line = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in words)
    return line if len(line) <= LONGEST_MESSAGE else f"{line[: LONGEST_MESSAGE - 1]}…"


def retry_after(headers: MultiMapping[str], now: float) -> float | None:
    """`Retry-After` in seconds, given as such or as a date; None where it says nothing usable.

    A date counts from the reply's own `Date`, so that two clocks that differ do no harm.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:18]), LONGEST_PAUSE)
    until = _http_date(text)
    if until is None:
        return None
    sent = _http_date(headers.get("Date", ""))
    return min(max(until - (now if sent is None else sent), 0.0), LONGEST_PAUSE)


def _http_date(text: str) -> float | None:
    try:
        read = parsedate_to_datetime(text)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None

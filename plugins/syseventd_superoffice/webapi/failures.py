"""What a failed exchange means: HTTP statuses and network errors as outcomes, with a way out."""

from __future__ import annotations

import json
import os
import ssl
import time
from collections.abc import Mapping
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
from syseventd_superoffice.webapi.auth import Login
from syseventd_superoffice.webapi.replies import MOST_AT_ONCE, place

LONGEST_PAUSE = 6 * 3600.0
"""The longest `Retry-After` that is believed, in seconds. A slip must not blind us for a year."""

BUSY = (429, 503)
"""Statuses by which a server asks to be left alone for a while."""

LONGEST_MESSAGE = 200

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
    if status < 300:
        return Malformed(where, f"HTTP {status} brings no whole reply, as only 200 does")
    if 300 <= status < 400:
        return Unreachable(where, login.redact(_redirect(refusal)))
    if status == 401:
        return Unauthorized(where, login.redact(_login_refused(refusal, login.user)))
    if status == 403:
        return NotAvailable(f"the user {login.user} has no right to read {refusal.url.path}")
    if status == 421:
        return Unreachable(where, "its tenant answers at another subdomain now; check `url`")
    reason = _status_text(refusal, login)
    if status in BUSY:
        return Throttled(where, reason, retry_after(refusal.headers, time.time()))
    return ProbeFailed(where, reason)


def no_such_path(refusal: Refusal, base: str, is_superoffice: bool) -> ProbeEnded:
    """What 404 means, once it is known whether anything there speaks for SuperOffice."""
    if is_superoffice:
        return NotAvailable(f"this installation has no {refusal.url.path}")
    return Unreachable(base, "nothing there answers as SuperOffice's WebAPI; check `url`")


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
            "check `url`, and that it takes Basic"
        )
    return (
        f"it sends on to {_shorten(str(origin))}, and the password goes nowhere but to `url`; "
        "if SuperOffice is there, write that address as `url`"
    )


def _login_refused(refusal: Refusal, user: str) -> str:
    offers = refusal.headers.getall("WWW-Authenticate", [])
    schemes = {words[0].strip(",").lower() for offer in offers if (words := offer.split())}
    if schemes and "basic" not in schemes:
        listed = _shorten(", ".join(sorted(schemes)))
        return f"it takes no name and password (Basic), only: {listed}"
    return f"the user {user} and the password that is configured are not accepted"


def _status_text(refusal: Refusal, login: Login) -> str:
    # Before it is cut: half a secret is one too.
    message = _shorten(login.redact(_vendor_message(refusal.body)))
    return f"HTTP {refusal.status}: {message}" if message else f"HTTP {refusal.status}"


def _vendor_message(body: bytes) -> str:
    """The `ErrorMessage` of the vendor's error JSON; "" where there is none, or it is no message.

    What is too long to be decoded on the event loop is no error message.
    """
    if len(body) > MOST_AT_ONCE:
        return ""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    message = read.get("ErrorMessage") if isinstance(read, Mapping) else None
    return message if isinstance(message, str) else ""


def _shorten(text: str) -> str:
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

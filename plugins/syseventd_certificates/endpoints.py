"""Asks a TLS server for its certificates: a handshake, and not one byte more."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import ssl
from typing import Any

from syseventd.settings import format_duration
from syseventd_certificates.certificates import name_chains
from syseventd_certificates.formats import read_chain
from syseventd_certificates.settings import Endpoint
from syseventd_certificates.sighting import Sighting, failure

_CHUNK = 16384
_ERRNO = re.compile(r"\[Errno (\d+)\]")
_NO_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "BAD_RECORD_TYPE"}


def reading_context() -> ssl.SSLContext:
    """TLS that trusts nobody and talks to everybody.

    It reads the dates of expired, self-signed and old servers' certificates too. Nothing is ever
    sent over such a connection, so there is nothing that verifying would protect.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:!aNULL:@SECLEVEL=0")
    return context


class WatchedEndpoint:
    """A TLS server; `timeout` is how many seconds it may take to show its certificates."""

    def __init__(self, endpoint: Endpoint, timeout: float, context: ssl.SSLContext) -> None:
        self.name = str(endpoint)
        self._endpoint = endpoint
        self._timeout = timeout
        self._context = context

    async def look(self) -> Sighting:
        """What it shows now. Never raises."""
        try:
            async with asyncio.timeout(self._timeout):
                chain = await _fetch_chain(self._endpoint, self._context)
        except TimeoutError as error:
            late = f"no answer within {format_duration(self._timeout)}"
            return failure(self.name, _explain(error) if error.errno else late)
        except OSError as error:
            return failure(self.name, _explain(error))
        contents = read_chain(chain)
        if not contents.certificates:
            return failure(self.name, contents.fault or "shows no certificate")
        faults = failure(self.name, contents.fault).faults if contents.fault else ()
        chains = name_chains(
            self.name,
            contents.certificates,
            own=contents.certificates[0],  # RFC 8446, 4.4.2: the server's own comes first
            damaged=bool(contents.fault),
        )
        return Sighting(chains, faults)


async def _fetch_chain(endpoint: Endpoint, context: ssl.SSLContext) -> list[bytes]:
    """What the server shows, in DER, its own certificate first. Raises OSError."""
    reader, writer = await asyncio.open_connection(endpoint.host, endpoint.port)
    try:
        return await _shake_hands(reader, writer, context, endpoint.server_name)
    finally:
        writer.transport.abort()


async def _shake_hands(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    context: ssl.SSLContext,
    server_name: str | None,
) -> list[bytes]:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=server_name)
    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            writer.write(outgoing.read())
        except ssl.SSLError:
            # Who demands a certificate of us refuses only after having shown its own.
            if chain := _shown_chain(tls):
                return chain
            raise
        if data := await reader.read(_CHUNK):
            incoming.write(data)
        else:
            incoming.write_eof()
    # The rest of the handshake and a farewell: without them the server logs an error each time.
    with contextlib.suppress(ssl.SSLError):
        tls.unwrap()
    writer.write(outgoing.read())
    return _shown_chain(tls)


def _shown_chain(tls: ssl.SSLObject) -> list[bytes]:
    """All that the server sent. Python tells since 3.13; before, only its inner object does.

    Where neither does, the server's own certificate is all that we get.
    """
    if hasattr(tls, "get_unverified_chain"):
        return list(tls.get_unverified_chain())
    inner: Any = getattr(tls, "_sslobj", None)
    if hasattr(inner, "get_unverified_chain"):
        return [
            ssl.PEM_cert_to_DER_cert(certificate.public_bytes())
            for certificate in inner.get_unverified_chain() or ()
        ]
    leaf = tls.getpeercert(binary_form=True)
    return [] if leaf is None else [leaf]


def _explain(error: OSError) -> str:
    """Why it did not work, in words that stay the same as long as the reason does."""
    if isinstance(error, ssl.SSLError):
        return _explain_tls(error)
    if isinstance(error, socket.gaierror):
        return f"its name can't be resolved: {error.strerror}"
    if error.errno is not None:
        return os.strerror(error.errno).lower()
    # asyncio joins what happened at several addresses into one text.
    numbers = {int(number) for number in _ERRNO.findall(str(error))}
    return ", ".join(sorted(os.strerror(number).lower() for number in numbers)) or str(error)


def _explain_tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return "closes the connection during the TLS handshake"
    if error.reason in _NO_TLS:
        return "answers, but not with TLS"
    return f"the TLS handshake fails: {(error.reason or str(error)).lower().replace('_', ' ')}"

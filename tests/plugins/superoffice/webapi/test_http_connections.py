"""Connections that break, that can't be made, or that can't be trusted: each says why."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from syseventd import Malformed, ProbeFailed, Unreachable
from syseventd_superoffice.access import Listing
from syseventd_superoffice.webapi import WebApi
from syseventd_superoffice.webapi.client import Client
from syseventd_superoffice.webapi.failures import from_error


async def probe(client: Client) -> Listing:
    return await WebApi(client).system_events()


async def nothing_runs(request: web.Request) -> web.Response:
    return web.json_response({"odata.metadata": "m", "odata.nextLink": None, "value": []})


def test_a_server_that_hangs_up(crm: Any) -> None:
    """A connection that is closed without an answer is told as such."""
    with pytest.raises(Unreachable, match=r"closed the connection|connection reset"):
        crm.hear(None, probe)


def test_a_server_that_speaks_no_http(crm: Any) -> None:
    """Another protocol on that port is told as such."""
    with pytest.raises(Malformed, match="does not speak HTTP"):
        crm.hear(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", probe)


def test_nobody_listens(crm: Any) -> None:
    """A refused connection says so in plain words."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(Unreachable, match="can't be reached: connection refused"):
            asyncio.run(crm.visit(url, probe))


def test_an_unknown_name(crm: Any) -> None:
    """A name that nobody knows is told with the name. `.invalid` never resolves (RFC 6761)."""
    with pytest.raises(Unreachable, match=r"the name crm\.invalid can't be resolved"):
        asyncio.run(crm.visit("http://crm.invalid", probe))


def test_an_untrusted_certificate(crm: Any, authority: Any) -> None:
    """Certificates are verified, and the message says what to do about it."""
    with pytest.raises(Unreachable) as caught:
        crm.ask(nothing_runs, probe, server_tls=authority.server)
    assert "its certificate isn't trusted: self-signed certificate" in str(caught.value)
    assert "name its CA's certificate in `ca_file`" in str(caught.value)
    assert not crm.requests


def test_a_certificate_that_ca_file_trusts(crm: Any, authority: Any, tmp_path: Any) -> None:
    """An installation's own CA is named in the configuration."""
    file = tmp_path / "ca.pem"
    file.write_text(authority.pem, encoding="ascii")
    told = crm.ask(nothing_runs, probe, server_tls=authority.server, ca_file=str(file))
    assert told.complete


def test_a_certificate_of_somebody_else(crm: Any, authority: Any, tmp_path: Any) -> None:
    """No CA mends a certificate that names another host, so none is asked for."""
    file = tmp_path / "ca.pem"
    file.write_text(authority.pem, encoding="ascii")

    async def by_name(client: Client) -> Listing:
        url = client.base.replace("127.0.0.1", "localhost")
        return await crm.visit(url, probe, ca_file=str(file))  # type: ignore[no-any-return]

    with pytest.raises(Unreachable, match=r"isn't trusted: [Hh]ostname mismatch") as caught:
        crm.ask(nothing_runs, by_name, server_tls=authority.server)
    assert "ca_file" not in str(caught.value)


def test_https_where_http_is_spoken(crm: Any) -> None:
    """The wrong scheme is told as a failed handshake."""

    async def over_tls(client: Client) -> Listing:
        url = client.base.replace("http:", "https:")
        return await crm.visit(url, probe)  # type: ignore[no-any-return]

    with pytest.raises(Unreachable, match="the TLS handshake failed"):
        crm.ask(nothing_runs, over_tls)


def test_what_aiohttp_may_raise_one_day() -> None:
    """An error of a kind that is not known yet is told by its name alone."""
    error = from_error(aiohttp.ClientError("secret"), URL("http://crm/api?x=1"))
    assert type(error) is ProbeFailed
    assert str(error) == "http://crm/api failed: ClientError"


def test_a_connection_that_fails_without_a_number() -> None:
    """Not every failed connection has a reason in the operating system's words."""
    error = from_error(OSError("Multiple exceptions"), URL("http://crm/api"))
    assert str(error) == "http://crm/api can't be reached: no connection"

"""TLS servers: good ones, old ones, and those that don't answer as they should."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from hashlib import sha256
from typing import Any

import pytest

from syseventd_certificates import endpoints
from syseventd_certificates.endpoints import WatchedEndpoint, _shown_chain, reading_context
from syseventd_certificates.settings import parse_endpoint
from syseventd_certificates.sighting import Sighting


async def ask(endpoint: str, timeout: float = 10.0) -> Sighting:
    return await WatchedEndpoint(parse_endpoint(endpoint), timeout, reading_context()).look()


def look(serving: Any) -> tuple[str, Sighting]:
    """What is seen of a server, with its name."""

    async def scenario() -> tuple[str, Sighting]:
        async with serving as endpoint:
            return endpoint, await ask(endpoint)

    return asyncio.run(scenario())


def reason(sighting: Sighting) -> str:
    assert sighting.failed
    (fault,) = sighting.faults
    return fault.reason


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_shows_its_whole_chain(serve: Any, mint: Any, version: ssl.TLSVersion) -> None:
    """One expiry, named by the endpoint, at the earliest date of the chain."""
    authority = mint("ca", days=5)
    leaf = mint("leaf", issuer=authority)
    endpoint, seen = look(serve(leaf, authority, version=version))
    (chain,) = seen.chains
    assert (chain.name, chain.title, chain.culprit) == (endpoint, "leaf", "ca")
    assert (chain.expiry.at, chain.expiry.issuer) == (authority.ends, "CN=ca")


def test_an_expired_certificate_is_read(serve: Any, mint: Any) -> None:
    """Those are the ones that matter."""
    expired = mint(days=-9000, begins=mint().certificate.not_valid_before_utc.replace(year=2001))
    _, seen = look(serve(expired))
    assert seen.chains[0].expiry.at == expired.ends


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_demands_a_certificate_of_us_is_read(
    serve: Any, mint: Any, version: ssl.TLSVersion
) -> None:
    """It refuses us after having shown its own."""
    _, seen = look(serve(mint("leaf"), demand=True, version=version))
    assert [chain.title for chain in seen.chains] == ["leaf"]


def test_a_server_over_ipv6_is_read(serve: Any, mint: Any) -> None:
    """The address stands in brackets in its name."""
    try:
        endpoint, seen = look(serve(mint(), host="::1"))
    except OSError:
        pytest.skip("this machine has no IPv6; enable it on the loopback interface")
    assert endpoint.startswith("[::1]:")
    assert [chain.name for chain in seen.chains] == [endpoint]


def test_a_server_is_told_the_name_that_we_look_for(serve: Any, mint: Any) -> None:
    """One address serves many names; an address is not told."""
    names: list[str | None] = []

    async def scenario() -> None:
        async with serve(mint(), names=names) as endpoint:
            await ask(endpoint)
            await ask(endpoint.replace("127.0.0.1", "localhost"))

    asyncio.run(scenario())
    assert names == [None, "localhost"]


def test_a_connection_leaves_no_error_at_the_server(serve: Any, mint: Any) -> None:
    """The handshake is finished and the farewell is said: the server's log stays quiet."""
    errors: list[dict[str, Any]] = []
    done = asyncio.Event()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.read() == b""
        writer.close()
        done.set()

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: errors.append(context))
        async with serve(mint(), client=client, version=ssl.TLSVersion.TLSv1_2) as endpoint:
            assert not (await ask(endpoint)).failed
            await asyncio.wait_for(done.wait(), 10)

    asyncio.run(scenario())
    assert errors == []


def test_a_server_that_hangs_is_given_up(serve: Any) -> None:
    """It accepts, and never says a word."""

    async def scenario() -> Sighting:
        async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            await asyncio.wait_for(finished.wait(), 10)
            writer.transport.abort()

        finished = asyncio.Event()
        async with serve(client=hang) as endpoint:
            try:
                return await ask(endpoint, timeout=0.2)
            finally:
                finished.set()

    assert reason(asyncio.run(scenario())) == "no answer within 200ms"


def test_a_server_that_closes_is_a_failure(serve: Any) -> None:
    """It accepts, and hangs up when it hears TLS."""

    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.close()

    _, seen = look(serve(client=close))
    assert reason(seen) == "closes the connection during the TLS handshake"


def test_a_server_that_resets_is_a_failure(serve: Any) -> None:
    """It breaks the connection off."""

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.transport.abort()  # with unread data: a reset

    _, seen = look(serve(client=reset))
    assert reason(seen) in {
        "connection reset by peer",
        "closes the connection during the TLS handshake",
    }


@pytest.mark.parametrize("greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 smtp ready\r\n"])
def test_a_server_without_tls_is_a_failure(serve: Any, greeting: bytes) -> None:
    """A mail or a web server that speaks plain text."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read(65536)
        writer.close()

    _, seen = look(serve(client=greet))
    assert reason(seen) == "answers, but not with TLS"


def test_a_server_that_refuses_the_handshake_is_a_failure(serve: Any) -> None:
    """The alert's own words are the reason."""

    async def alert(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(b"\x15\x03\x03\x00\x02\x02\x70")  # unrecognized_name
        writer.close()

    _, seen = look(serve(client=alert))
    assert reason(seen).startswith("the TLS handshake fails: ")
    assert "unrecognized name" in reason(seen)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_closed_port_is_a_failure(host: str) -> None:
    """Whether it was tried at one address or at several."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        seen = asyncio.run(ask(f"{host}:{unused.getsockname()[1]}"))
    assert reason(seen) == "connection refused"


def test_a_name_that_does_not_resolve_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The resolver's own words are the reason. Nobody outside is asked here."""

    def unknown(*args: Any, **options: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    expected = "its name can't be resolved: Name or service not known"
    assert reason(asyncio.run(ask("host.invalid"))) == expected


@pytest.mark.parametrize(
    ("chain", "expected"),
    [([], "shows no certificate"), ([b"junk"], "1 of 1 certificates damaged")],
)
def test_a_reply_without_a_readable_certificate_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, chain: list[bytes], expected: str
) -> None:
    """OpenSSL reads more than cryptography does."""
    assert reason(reply(monkeypatch, chain)).startswith(expected)


def test_a_reply_that_is_damaged_in_part_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, mint: Any
) -> None:
    """What can be read is shown, and that something could not be."""
    leaf = mint("leaf", issuer=mint("ca"))
    seen = reply(monkeypatch, [leaf.der, b"junk"])
    (chain,) = seen.chains
    # What its issuer's date is can't be known: the endpoint's own expiry stays as it was.
    assert chain.name == f"127.0.0.1:1#{sha256(leaf.der).hexdigest().upper()[:12]}"
    assert "1 of 2 certificates damaged" in seen.faults[0].reason
    assert not seen.failed


def test_a_server_that_sends_what_does_not_belong_keeps_its_name(
    monkeypatch: pytest.MonkeyPatch, mint: Any
) -> None:
    """Its own certificate comes first, whatever an administrator left behind it."""
    strangers = [mint("old", issuer=mint("x")), mint("older", issuer=mint("y"))]
    seen = reply(monkeypatch, [minted.der for minted in (mint("leaf"), *strangers)])
    assert [chain.name for chain in seen.chains if chain.title == "leaf"] == ["127.0.0.1:1"]
    assert len(seen.chains) == 3


def reply(monkeypatch: pytest.MonkeyPatch, chain: list[bytes]) -> Sighting:
    """What is seen of a server that shows `chain`."""

    async def fetch(*args: Any) -> list[bytes]:
        return chain

    monkeypatch.setattr(endpoints, "_fetch_chain", fetch)
    return asyncio.run(ask("127.0.0.1:1"))


def test_a_connection_that_the_system_times_out_is_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """That timeout is not ours, and reads as what it is."""

    async def fetch(*args: Any) -> list[bytes]:
        raise TimeoutError(errno.ETIMEDOUT, "Connect call failed")

    monkeypatch.setattr(endpoints, "_fetch_chain", fetch)
    assert reason(asyncio.run(ask("127.0.0.1:1"))) == "connection timed out"


def test_failures_at_several_addresses_read_as_one() -> None:
    """asyncio joins them into a text with every address in it."""
    both = OSError(
        "Multiple exceptions: [Errno 111] Connect call failed ('::1', 1, 0, 0), "
        "[Errno 111] Connect call failed ('127.0.0.1', 1)"
    )
    assert endpoints._explain(both) == "connection refused"
    assert endpoints._explain(OSError("odd")) == "odd"


class ModernTls:
    """As Python 3.13 shows a chain."""

    def get_unverified_chain(self) -> list[bytes]:
        return [b"leaf", b"ca"]


class SparseTls:
    """As a Python that keeps the chain to itself."""

    def __init__(self, leaf: bytes | None) -> None:
        self._leaf = leaf

    def getpeercert(self, binary_form: bool) -> bytes | None:
        return self._leaf if binary_form else None


@pytest.mark.parametrize(
    ("tls", "chain"),
    [(ModernTls(), [b"leaf", b"ca"]), (SparseTls(b"leaf"), [b"leaf"]), (SparseTls(None), [])],
)
def test_the_chain_is_taken_from_where_python_shows_it(tls: Any, chain: list[bytes]) -> None:
    """Later versions show it openly; where none is shown the server's own is left."""
    assert _shown_chain(tls) == chain

"""Certificates made for a test, TLS servers that show them, and sources that watch both."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from syseventd_certificates.settings import CertificatesSettings
from syseventd_certificates.source import CertificatesSource

NOW = datetime(2030, 1, 1, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
"""One key for all: the tests are about dates and names."""

MAC_ROUNDS = 2048
"""What cryptography writes into a PKCS#12 file's MAC."""
PBES2_ROUNDS = 4321

Client = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Minted:
    """A certificate, and who issued it."""

    certificate: x509.Certificate
    issuer: Minted | None = None

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def ends(self) -> float:
        return self.certificate.not_valid_after_utc.timestamp()

    @property
    def key_pem(self) -> bytes:
        return KEY.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def pkcs12_of_a_key(self) -> bytes:
        """It holds no certificate at all."""
        return pkcs12.serialize_key_and_certificates(
            b"name", KEY, None, None, serialization.NoEncryption()
        )

    def bomb(self, where: str) -> bytes:
        """A PKCS#12 file without an end: its MAC, or its PBES2, asks for 2^31-1 derivations."""
        algorithm = pkcs12.PBES.PBESv2SHA256AndAES256CBC
        builder = serialization.PrivateFormat.PKCS12.encryption_builder()
        encryption = builder.kdf_rounds(PBES2_ROUNDS).key_cert_algorithm(algorithm).build(b"secret")
        data = pkcs12.serialize_key_and_certificates(
            b"name", KEY, self.certificate, None, encryption
        )
        if where == "mac":
            return _replace_number(data, MAC_ROUNDS, 2**31 - 1)
        return _replace_number(_without_mac(data), PBES2_ROUNDS, 2**31 - 1)

    def pkcs12(self, password: bytes = b"", further: Sequence[Minted] = ()) -> bytes:
        encryption: serialization.KeySerializationEncryption = (
            serialization.BestAvailableEncryption(password)
            if password
            else serialization.NoEncryption()
        )
        others = [other.certificate for other in further]
        return pkcs12.serialize_key_and_certificates(
            b"name", KEY, self.certificate, others, encryption
        )


@pytest.fixture(scope="session")
def now() -> float:
    """What the sources of these tests take for the present."""
    return NOW.timestamp()


@pytest.fixture(scope="session")
def mint() -> Callable[..., Minted]:
    """Makes a certificate that expires `days` from now, self-signed unless `issuer` is given."""

    def make(
        name: str = "example.com",
        days: float = 365,
        issuer: Minted | None = None,
        serial: int = 0xABC,
        ends: datetime | None = None,
        begins: datetime = NOW - timedelta(days=3650),
    ) -> Minted:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else [])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.certificate.subject if issuer else subject)
            .public_key(KEY.public_key())
            .serial_number(serial)
            .not_valid_before(begins)
            .not_valid_after(ends or NOW + timedelta(days=days))
            .sign(KEY, hashes.SHA256())
        )
        return Minted(certificate, issuer)

    return make


@pytest.fixture
def watch(now: float) -> Callable[..., CertificatesSource]:
    """Makes a source from the keys of a target's block; its probes may take 30 s."""

    def make(
        timeout: float = 30.0, clock: Callable[[], float] = lambda: now, **block: Any
    ) -> CertificatesSource:
        block["paths"] = [str(path) for path in block.get("paths", ())]
        settings = CertificatesSettings.model_validate(block)
        return CertificatesSource(settings, timeout, clock)

    return make


@pytest.fixture
def serve(tmp_path: Path) -> Callable[..., Any]:
    """Runs a server on loopback while its context lasts, and yields its endpoint.

    It shows `chain` over TLS, or does what `client` does with each connection.
    """

    @asynccontextmanager
    async def run(
        *chain: Minted,
        client: Client | None = None,
        demand: bool = False,
        version: ssl.TLSVersion | None = None,
        names: list[str | None] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> AsyncIterator[str]:
        context = _server_context(tmp_path, chain, demand, version, names) if chain else None
        server = await asyncio.start_server(client or _wait_for_end, host, port, ssl=context)
        try:
            port = server.sockets[0].getsockname()[1]
            yield f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        finally:
            server.close()

    return run


def _replace_number(der: bytes, old: int, new: int) -> bytes:
    """`der` with another number in place of `old`, at any depth; all lengths are mended."""
    changed = b""
    while der:
        tag, content, der = _take_element(der)
        if tag == 0x02 and int.from_bytes(content, "big") == old:
            content = new.to_bytes(4, "big")
        elif tag & 0x20 or (tag == 0x04 and content.startswith(b"\x30\x82")):
            content = _replace_number(content, old, new)
        changed += _element(tag, content)
    return changed


def _without_mac(der: bytes) -> bytes:
    """A PKCS#12 file's first two elements of three: the MAC is no duty."""
    tag, content, _ = _take_element(der)
    *_, rest = _take_element(content)
    *_, mac = _take_element(rest)
    return _element(tag, content.removesuffix(mac))


def _take_element(der: bytes) -> tuple[int, bytes, bytes]:
    """The first element's tag, its content, and what stands behind it."""
    header, length = 2, der[1]
    if length > 0x80:
        header = 2 + length - 0x80
        length = int.from_bytes(der[2:header], "big")
    return der[0], der[header : header + length], der[header + length :]


def _element(tag: int, content: bytes) -> bytes:
    size = len(content).to_bytes(4, "big").lstrip(b"\0")
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    return bytes([tag, 0x80 + len(size)]) + size + content


def _server_context(
    folder: Path,
    chain: Sequence[Minted],
    demand: bool,
    version: ssl.TLSVersion | None,
    names: list[str | None] | None,
) -> ssl.SSLContext:
    file = folder / f"server-{os.urandom(4).hex()}.txt"
    file.write_bytes(b"".join(minted.pem for minted in chain) + chain[0].key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    if demand:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(file)
    if version is not None:
        context.maximum_version = version
    if names is not None:
        context.sni_callback = lambda _socket, name, _context: names.append(name)
    return context


async def _wait_for_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads until the client goes; what it sent must be nothing."""
    try:
        assert await reader.read() == b""
    except OSError:
        pass  # it went without a word
    finally:
        writer.transport.abort()

"""Servers to ask: one for faults, and mocks made from the vendor's description of the WebAPI."""

from __future__ import annotations

import asyncio
import re
import shutil
import ssl
import subprocess
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from syseventd import Target
from syseventd_superoffice.settings import SuperOfficeSettings
from syseventd_superoffice.webapi.auth import BasicLogin
from syseventd_superoffice.webapi.client import Client, connect

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

DESCRIPTION = Path("shared", "superoffice", "webapi.swagger.json")

CANARY = 'canary-"Ünsecret"-4711'
"""The password in every test. It must turn up in no message."""


class Crm:
    """A server that answers as a test tells it, and holds every request against the description."""

    def __init__(self, description: Any) -> None:
        self._description = description
        self.requests: list[web.Request] = []
        self._strange: list[str] = []

    def ask(
        self,
        handler: Handler,
        use: Callable[[Client], Awaitable[T]],
        path: str = "",
        server_tls: ssl.SSLContext | None = None,
        **settings: str,
    ) -> T:
        """Runs the server, and `use` with a client of it. No error may show the password."""
        return asyncio.run(self._ask(handler, use, path, server_tls, settings))

    async def _ask(
        self,
        handler: Handler,
        use: Callable[[Client], Awaitable[T]],
        path: str,
        server_tls: ssl.SSLContext | None,
        settings: dict[str, str],
    ) -> T:
        async def judged(request: web.Request) -> web.StreamResponse:
            self.requests.append(request)
            self._check(request)
            return await handler(request)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", judged)
        server = TestServer(app, scheme="https" if server_tls else "http")
        await server.start_server(ssl=server_tls)
        try:
            return await self.visit(str(server.make_url(path)).rstrip("/"), use, **settings)
        finally:
            await server.close()
            assert not self._strange, self._strange

    def hear(self, reply: bytes | None, use: Callable[[Client], Awaitable[T]]) -> T:
        """`use` with a client of a server that says `reply` to every request, and hangs up."""
        return asyncio.run(self._hear(reply, use))

    async def _hear(self, reply: bytes | None, use: Callable[[Client], Awaitable[T]]) -> T:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(reply or b"")
            writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await self.visit(f"http://127.0.0.1:{port}", use)

    async def visit(self, url: str, use: Callable[[Client], Awaitable[T]], **settings: str) -> T:
        """`use` with a client of whatever is at `url`. No error may show the password."""
        auth = {"method": "basic", "user": "monitor", "password_env": "CRM_PASSWORD"}
        read = SuperOfficeSettings.model_validate({"url": url, "auth": auth, **settings})
        client = connect(Target("crm", "superoffice", read))
        try:
            return await use(client)
        except Exception as error:
            token = BasicLogin(read.auth).headers["Authorization"].split()[1]
            _check_silence(error, CANARY, token)
            raise
        finally:
            await client.aclose()

    def _check(self, request: web.Request) -> None:
        if self._description is None or request.path.endswith("/api"):
            return  # `/api` is described in the vendor's prose only
        try:
            self._description.check_request(
                request.method, request.path, request.query.keys(), request.headers.keys()
            )
        except AssertionError as error:
            self._strange.append(str(error))


def _check_silence(error: BaseException | None, *secrets: str) -> None:
    while error is not None:
        for secret in secrets:
            assert secret not in f"{error} {error!r}", "a message shows the password"
        error = error.__cause__ or error.__context__


@pytest.fixture
def crm(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Crm:
    """A server for faults. Without the vendor's description requests are not judged."""
    monkeypatch.setenv("CRM_PASSWORD", CANARY)
    try:
        return Crm(request.getfixturevalue("description"))
    except pytest.skip.Exception:
        return Crm(None)


@contextmanager
def _run_prism(*options: str) -> Iterator[str]:
    prism = shutil.which("prism")
    if prism is None:
        pytest.skip("prism is not installed: npm install -g @stoplight/prism-cli")
    file = Path(__file__).resolve().parents[4].parent / DESCRIPTION
    if not file.exists():
        pytest.skip(f"the vendor's description of the WebAPI is not at hand: ../{DESCRIPTION}")
    command = [prism, "mock", "--port", "0", *options, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if found := re.search(r"listening on (http://\S+)", line):
                    # A full pipe would stop it.
                    threading.Thread(target=process.stdout.read, daemon=True).start()
                    yield found[1]
                    return
            pytest.fail("prism ended before it listened")
        finally:
            process.kill()


@pytest.fixture(scope="session")
def static_prism() -> Iterator[str]:
    """The address of a mock made from the vendor's description, with its fixed samples."""
    with _run_prism() as url:
        yield url


@pytest.fixture(scope="session")
def dynamic_prism() -> Iterator[str]:
    """The address of a mock made from the vendor's description, with random valid replies."""
    with _run_prism("--dynamic") as url:
        yield url


@dataclass(frozen=True)
class Authority:
    """A certificate for 127.0.0.1 that signed itself, and a server's side of it."""

    pem: str
    server: ssl.SSLContext


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate that no system trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = tmp_path_factory.mktemp("authority") / "both.pem"
    file.write_bytes(pem + secret)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return Authority(pem.decode("ascii"), server)

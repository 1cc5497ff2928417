"""Servers to ask: one for faults, and mocks made from the vendor's description of the WebAPI."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import shutil
import ssl
import subprocess
import threading
import traceback
from collections.abc import Awaitable, Callable, Iterator, Mapping
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

from syseventd_superoffice.settings import SuperOfficeSettings
from syseventd_superoffice.webapi.client import Client, connect

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

DESCRIPTION = Path("shared", "superoffice", "webapi.swagger.json")

CANARY = 'canary-"Ünsecret"-4711'
"""The password in every test. It must turn up in no message."""


Call = tuple[str, str, Any]
"""A request as the vendor would see it: method, path, and its body as JSON."""

VERSIONS = {"v1": "x", "NetServerVersion": "11.10.721.0"}


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
        # Tests ask again sooner than a moment later, and mean it.
        client = connect(read, moment=0.0)
        try:
            return await use(client)
        except Exception as error:
            token = base64.b64encode(f"monitor:{CANARY}".encode()).decode()
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


def _check_silence(error: BaseException, *secrets: str) -> None:
    """Neither the error nor what hangs on to it shows a secret, also not in a log."""
    shown = "".join(traceback.format_exception(error))
    link: BaseException | None = error
    while link is not None:
        shown += repr(link)
        link = link.__cause__ or link.__context__
    assert not any(secret in shown for secret in secrets), "a message shows a secret"


@pytest.fixture(scope="session")
def check_silence() -> Callable[..., None]:
    """Raises AssertionError for an error that shows one of the secrets that are given."""
    return _check_silence


class Vendor:
    """Replies made from the vendor's schemas; bodies of requests are held against them."""

    def __init__(self, description: Any) -> None:
        self._description = description
        self.calls: list[Call] = []
        self.changed: dict[str, Any] = {}
        """By the end of a path: what is answered there instead of a sample, or a status."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        sent = json.loads(raw) if raw else None
        self.calls.append((request.method, request.path, sent))
        self._check_body(request.method, request.path, sent)
        reply = self._reply(request.method, request.path)
        if type(reply) is int:
            return web.Response(status=reply)
        return web.json_response(reply)

    def _check_body(self, method: str, path: str, sent: Any) -> None:
        """Raises AssertionError for a body that is not what the description says."""
        if path == "/api":
            return
        described = self._description._operation(method, path).get("parameters", ())
        schemas = [p["schema"] for p in described if p["in"] == "body"]
        if schemas:
            self._description._validate(f"{method} {path}", schemas[0], sent)
        else:
            assert sent is None, f"{method} {path}: the description knows no body"

    def _reply(self, method: str, path: str) -> Any:
        for end, reply in self.changed.items():
            if path.endswith(end):
                return reply
        if path == "/api":
            return VERSIONS
        schema = self._description._operation(method, path)["responses"]["200"]["schema"]
        reply = self.sample(schema)
        self._description.check_reply(method, path, 200, reply)
        return reply

    def sample(self, schema: Mapping[str, Any], depth: int = 0) -> Any:
        """A value of this schema with all of its fields; nested no deeper than makes sense."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self.sample(self._description._definitions[name], depth)
        if "anyOf" in schema:
            return self.sample(schema["anyOf"][0], depth)
        if "enum" in schema:
            return schema["enum"][-1]
        kind, form = schema.get("type"), schema.get("format")
        if kind == "array":
            return [self.sample(schema["items"], depth + 1)] if depth < 4 else []
        if kind == "object":
            fields = schema.get("properties", {})
            return {n: self.sample(f, depth + 1) for n, f in fields.items()} if depth < 6 else {}
        if kind == "string":
            return {"date-time": "2026-08-01T14:00:00", "byte": "AQAB"}.get(form, "text")
        return {"integer": 7, "number": 7.5, "boolean": True}[str(kind)]


@pytest.fixture
def vendor(description: Any) -> Vendor:
    return Vendor(description)


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

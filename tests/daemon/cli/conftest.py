"""Runs commands in this process, as a shell would see them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from syseventd import cli, log


class Done(NamedTuple):
    """A command that ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def syseventd(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """`syseventd("plugins", "--json")`. A traceback anywhere fails the test."""

    def run(*arguments: object) -> Done:
        code = cli.run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return Done(code, captured.out, captured.err)

    return run


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    """Commands set up the log of the whole process; until then it is silent."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    log.configure("json", "critical")
    yield
    root.handlers[:], root.level = before
    structlog.reset_defaults()


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Writes a configuration whose state is in a folder of the test's own."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)

    def write(text: str = "", listen: str = "127.0.0.1:0") -> Path:
        path = tmp_path / "syseventd.toml"
        path.write_text(f'[daemon]\nlisten = "{listen}"\nstate_directory = "{tmp_path}"\n{text}')
        return path

    return write


@pytest.fixture(scope="session")
def certificate() -> Callable[[datetime], bytes]:
    """A certificate in PEM that ends then."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "crm.example.com")])

    def make(ends: datetime) -> bytes:
        builder = x509.CertificateBuilder(name, name, key.public_key(), 4096)
        builder = builder.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(ends)
        return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    return make

"""The operating system's own certificates, each compared with what `openssl x509` says."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from syseventd import Expiry, Snapshot

STORE = Path("/etc/ssl/certs")
SUFFIXES = {".pem", ".crt", ".cer", ".cert"}
BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", re.DOTALL)

pytestmark = [
    pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl; install openssl"),
    pytest.mark.skipif(
        not any(STORE.glob("*.pem")), reason=f"{STORE} is empty; install ca-certificates"
    ),
]


def blocks() -> dict[str, str]:
    """Every certificate of the store by the name that it should have, as its PEM text."""
    return {
        f"{file}#{number}" if number > 1 else str(file): block
        for file in STORE.rglob("*")
        if file.suffix in SUFFIXES
        for number, block in enumerate(BLOCK.findall(file.read_text()), start=1)
    }


def ask_openssl(pem: str) -> tuple[float, float, str]:
    """Its first and last moment in Unix seconds, and its serial."""
    options = ["-noout", "-startdate", "-enddate", "-serial", "-dateopt", "iso_8601"]
    said = subprocess.run(
        ["openssl", "x509", *options], input=pem, capture_output=True, text=True, check=True
    )
    fields = dict(line.split("=", 1) for line in said.stdout.splitlines())
    start, end = (_moment(fields[name]) for name in ("notBefore", "notAfter"))
    return start, end, fields["serial"]


def _moment(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%SZ").replace(tzinfo=UTC).timestamp()


def told(expiry: Expiry) -> tuple[float | None, float, str]:
    return expiry.not_before, expiry.at, expiry.serial


@pytest.fixture
def snapshot(watch: Any) -> Snapshot:
    seen: Snapshot = asyncio.run(watch(paths=[STORE]).probe())
    return seen


def test_every_certificate_has_the_dates_and_the_serial_that_openssl_says(
    snapshot: Snapshot,
) -> None:
    """Those of the bundle too, one by one; none is missing, none is added."""
    certificates = blocks()
    unique = sorted(set(certificates.values()))  # the bundle repeats the files beside it
    with ThreadPoolExecutor(4) as pool:
        answers = dict(zip(unique, pool.map(ask_openssl, unique), strict=True))
    expected = {name: answers[pem] for name, pem in certificates.items()}
    assert {expiry.name: told(expiry) for expiry in snapshot.expiries} == expected


def test_nothing_of_the_store_is_a_problem(snapshot: Snapshot) -> None:
    """Serials that break the rules included."""
    assert snapshot.problems == ()
    assert snapshot.complete

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


Told = tuple[float | None, float, str]
"""Of a certificate: its first and last moment in Unix seconds, and its serial."""


def blocks() -> dict[Path, list[str]]:
    """The certificates of each file of the store, as their PEM texts."""
    files = [file for file in STORE.rglob("*") if file.suffix in SUFFIXES]
    return {file: BLOCK.findall(file.read_text()) for file in files}


def ask_openssl(pem: str) -> tuple[str, Told]:
    """The name that it should have in a bundle, without the file's, and what is told of it."""
    options = ["-startdate", "-enddate", "-serial", "-fingerprint", "-sha256"]
    command = ["openssl", "x509", "-noout", "-dateopt", "iso_8601", *options]
    said = subprocess.run(command, input=pem, capture_output=True, text=True, check=True)
    fields = dict(line.split("=", 1) for line in said.stdout.splitlines())
    start, end = (_moment(fields[name]) for name in ("notBefore", "notAfter"))
    (fingerprint,) = (v for k, v in fields.items() if k.lower() == "sha256 fingerprint")
    return f"#{fingerprint.replace(':', '')[:12]}", (start, end, fields["serial"])


def _moment(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%SZ").replace(tzinfo=UTC).timestamp()


def told(expiry: Expiry) -> Told:
    return expiry.not_before, expiry.at, expiry.serial


@pytest.fixture
def snapshot(watch: Any) -> Snapshot:
    seen: Snapshot = asyncio.run(watch(paths=[STORE]).probe())
    return seen


def test_every_certificate_has_the_dates_and_the_serial_that_openssl_says(
    snapshot: Snapshot,
) -> None:
    """Those of the bundle too, one by one; none is missing, none is added."""
    files = blocks()
    unique = sorted(set().union(*files.values()))  # the bundle repeats the files beside it
    with ThreadPoolExecutor(4) as pool:
        answers = dict(zip(unique, pool.map(ask_openssl, unique), strict=True))
    expected = {}
    for file, pems in files.items():
        for mark, facts in (answers[pem] for pem in pems):
            expected[f"{file}{mark if len(pems) > 1 else ''}"] = facts
    assert {expiry.name: told(expiry) for expiry in snapshot.expiries} == expected


def test_the_store_can_be_watched_without_its_bundle(watch: Any) -> None:
    """Which holds every certificate of the files beside it once more."""
    watched = watch(paths=[STORE], exclude=["*/ca-certificates.crt"])
    seen = asyncio.run(watched.probe()).expiries
    assert seen
    assert len({(e.issuer, e.serial) for e in seen}) == len(seen)


def test_nothing_of_the_store_is_a_problem(snapshot: Snapshot) -> None:
    """Serials that break the rules included."""
    assert snapshot.problems == ()
    assert snapshot.complete

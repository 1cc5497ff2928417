"""The program of the child that opens PKCS#12 files, run in this process."""

from __future__ import annotations

import io
import resource
import signal
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from syseventd_certificates import pkcs12
from syseventd_certificates.frames import receive, send

PEM = b"-----BEGIN CERTIFICATE-----"


def conversation(*messages: bytes) -> io.BytesIO:
    stream = io.BytesIO()
    for message in messages:
        send(stream, message)
    stream.seek(0)
    return stream


def answers(sent: io.BytesIO) -> list[bytes]:
    sent.seek(0)
    found = []
    while sent.tell() < len(sent.getvalue()):
        found.append(receive(sent, 10**6))
    return found


def test_each_message_is_answered(mint: Any) -> None:
    """The password by nothing, a file by a word and what belongs to it."""
    files = [mint().pkcs12(b"secret"), b"junk", mint().pkcs12(b"other"), mint().pkcs12()]
    sent = io.BytesIO()
    with pytest.raises(EOFError):
        pkcs12.serve(conversation(b"secret", *files), sent, 60.0)
    ready, opened, *refused, without = answers(sent)
    assert ready == b""
    assert opened.startswith(b"opened\n" + PEM)
    assert refused == [b"refused"] * 2
    assert without.startswith(b"opened\n" + PEM)


def test_no_time_runs_while_it_waits(mint: Any) -> None:
    """Else the child would die of many small files."""
    with pytest.raises(EOFError):
        pkcs12.serve(conversation(b"", mint().pkcs12()), io.BytesIO(), 60.0)
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_a_file_without_a_certificate_is_opened(mint: Any) -> None:
    """It may hold a key alone."""
    assert pkcs12.open_pkcs12(mint().pkcs12_of_a_key(), None) == b"opened\n"


@pytest.mark.parametrize("refusal", [None, ValueError, OSError])
def test_the_child_serves_until_its_parent_hangs_up(
    mint: Any, monkeypatch: pytest.MonkeyPatch, refusal: type[Exception] | None
) -> None:
    """Also in a sandbox that forbids to lower its limits."""
    limits = []

    def limit(which: int, values: tuple[int, int]) -> None:
        limits.append((which, values))
        if refusal:
            raise refusal

    received, sent = conversation(b"", mint().pkcs12()), io.BytesIO()
    monkeypatch.setattr(resource, "setrlimit", limit)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=received))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=sent))
    before = signal.getsignal(signal.SIGPROF)
    try:
        pkcs12.main(60.0)
        assert signal.getsignal(signal.SIGPROF) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGPROF, before)
    assert len(answers(sent)) == 2
    assert limits == [(resource.RLIMIT_AS, (pkcs12.MOST_MEMORY, pkcs12.MOST_MEMORY))]


def test_a_message_that_is_too_long_is_refused() -> None:
    """Before a byte of it is read."""
    with pytest.raises(ValueError, match="a message of 6 bytes"):
        receive(conversation(b"longer"), 5)


@pytest.mark.parametrize("size", [0, 3, 4, 9])
def test_a_message_that_is_cut_off_is_the_end(size: int) -> None:
    """In its length or in its bytes."""
    with pytest.raises(EOFError):
        receive(io.BytesIO(conversation(b"longer").getvalue()[:size]), 10)

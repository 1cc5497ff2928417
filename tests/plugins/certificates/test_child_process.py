"""A child process that answers messages, and the children that don't."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from syseventd_certificates.child import MOST_ANSWER, Child, ChildLost

BIG = bytes(10 * 1024**2)
"""Far more than a pipe holds."""


def child(program: str) -> Child:
    return Child([sys.executable, "-c", f"import os, sys, time\n{program}"], {})


def status(program: str, message: bytes = b"", patience: float = 20.0) -> int | None:
    """How a child with this program was lost."""
    with pytest.raises(ChildLost) as caught:
        child(program).ask(message, patience)
    return caught.value.status


def test_an_answer_comes_back() -> None:
    """As often as it is asked, and of any size."""
    echo = child(
        "while head := sys.stdin.buffer.read(4):\n"
        "    body = sys.stdin.buffer.read(int.from_bytes(head, 'big'))\n"
        "    sys.stdout.buffer.write(head + body)\n"
        "    sys.stdout.buffer.flush()"
    )
    try:
        assert [echo.ask(message, 20.0) for message in (b"a", b"", BIG)] == [b"a", b"", BIG]
    finally:
        echo.end()


@pytest.mark.parametrize("message", [b"", BIG], ids=["silent", "deaf"])
def test_a_child_that_is_late_is_killed(message: bytes) -> None:
    """Whether it doesn't answer, or doesn't even listen."""
    began = time.monotonic()
    assert status("time.sleep(30)", message, 0.3) is None
    assert time.monotonic() - began < 10


BUSY = "end = time.process_time() + 0.2\nwhile time.process_time() < end: pass\n"
ANSWER = "os.read(0, 4); os.write(1, bytes(4))\n"

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="needs /proc; mount it, or run under Linux"
)


def used_after(program: str, answers: int) -> float:
    """How much CPU a late child is charged for the question after so many that it answers."""
    late = child(program)
    for _ in range(answers):
        late.ask(b"", 20.0)
    with pytest.raises(ChildLost) as caught:
        late.ask(b"", 0.5)
    assert caught.value.status is None
    return caught.value.used


@needs_proc
def test_a_late_child_tells_how_much_cpu_it_used() -> None:
    """Of a moment's patience no more than that, but some."""
    assert 0.0 < used_after(f"{ANSWER}while True: pass", 1) < 5.0


@needs_proc
def test_a_late_child_is_charged_for_the_last_question_only() -> None:
    """What it did before is not this file's fault."""
    assert used_after(f"{BUSY}{ANSWER}time.sleep(30)", 1) < 0.1


def test_a_child_is_charged_nothing_where_its_use_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where there is no /proc: nothing is said against a file that nobody measured."""

    def refuse(self: Path) -> bytes:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert used_after(f"{ANSWER}while True: pass", 1) == 0.0


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("sys.exit(3)", 3),
        ("os.kill(os.getpid(), 11)", -11),
        ("os.close(1); time.sleep(30)", -9),
        (f"os.write(1, ({MOST_ANSWER} + 1).to_bytes(4, 'big')); time.sleep(30)", -9),
    ],
    ids=["exit", "signal", "hung up", "too much"],
)
def test_a_child_that_fails_tells_its_status(program: str, expected: int) -> None:
    """Of its own, or of our having killed it for what it said."""
    assert status(program) == expected


def test_a_child_is_killed_where_no_thread_can_watch_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is at its limits must not leave a child without one."""

    lost = child("time.sleep(30)")
    monkeypatch.setattr(threading.Thread, "start", no_thread)
    with pytest.raises(ChildLost) as caught:
        lost.ask(b"", 20.0)
    assert caught.value.status == -9


def test_a_child_is_reaped_where_no_thread_can_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """That takes a moment only: it was killed."""
    ended = child("time.sleep(30)")
    monkeypatch.setattr(threading.Thread, "start", no_thread)
    ended.end()
    assert ended._process.returncode == -9


def no_thread(self: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")

"""Processes that are measured: started, waited for, their CPU read, and ended."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
"""Where `python -m tests.bench…` is found."""

PATIENCE = 60.0
"""Seconds that a process may take to be ready, or to end."""

_TICKS = os.sysconf("SC_CLK_TCK")


class NotReady(Exception):
    """A process did not become ready in time, or ended before."""


@contextmanager
def started(
    command: Sequence[str], output: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process while the context lasts. What it prints goes to the file `output`."""
    with output.open("wb") as printed:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(process: subprocess.Popen[bytes], output: Path, look: Callable[[], T | None]) -> T:
    """What `look` returns, as soon as that is something. Raises NotReady with what it printed."""
    until = time.monotonic() + PATIENCE
    while (found := look()) is None:
        if process.poll() is not None or time.monotonic() > until:
            printed = output.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise NotReady(f"{process.args!r} is not ready; it printed:\n{printed}")
        time.sleep(0.02)
    return found


def listening(port: int) -> bool | None:
    """True once something listens on this port of loopback, else None."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
    except OSError:
        return None
    return True


def free_port() -> int:
    """A port of loopback that is free now, for programs that can't say which they took."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def cpu_seconds(pid: int) -> float:
    """The CPU that a process has used since its start, user and system, all its threads."""
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / _TICKS

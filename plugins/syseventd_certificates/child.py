"""A child process that answers messages, and is killed where an answer takes too long."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from syseventd_certificates import frames

MOST_ANSWER = 32 * 1024**2
"""Bytes of one answer: three times those of the largest file that is read."""


class ChildLost(Exception):
    """It is dead and reaped. `status` is its return code; None where it was killed for being late.

    As `subprocess` tells it: a negative one is the signal that it died of. `used` is how many
    seconds of CPU a late one had used for the answer; none where there is no /proc to ask.
    """

    def __init__(self, status: int | None, used: float = 0.0) -> None:
        super().__init__(status)
        self.status = status
        self.used = used


class Child:
    """Runs `command` with `environment`. Raises OSError if it can't be started.

    One thread at a time may ask it, any may kill it. End it when nobody asks any more.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # no Ctrl-C for it
        )
        self._late = threading.Event()
        self._used_when_killed = 0.0

    def ask(self, message: bytes, patience: float) -> bytes:
        """The answer to `message`, within `patience` seconds. Raises ChildLost."""
        used_before = _seconds_of_cpu(self._process.pid)
        # Its death wakes whoever writes to its full pipe or reads from its empty one.
        timer = threading.Timer(patience, self._give_up)
        timer.daemon = True
        try:
            timer.start()
            frames.send(_pipe(self._process.stdin), message)
            answer = frames.receive(_pipe(self._process.stdout), MOST_ANSWER)
        except (OSError, EOFError, ValueError, RuntimeError):
            answer = None
        timer.cancel()
        if timer.ident is not None:
            timer.join()  # from here on it kills nobody
        if answer is None or self._late.is_set():
            self.kill()
            status = self._process.wait()
            self._hang_up()
            if self._late.is_set():
                raise ChildLost(None, max(self._used_when_killed - used_before, 0.0))
            raise ChildLost(status)
        return answer

    def _give_up(self) -> None:
        self._late.set()
        self._used_when_killed = _seconds_of_cpu(self._process.pid)
        self.kill()

    def kill(self) -> None:
        """Ends it at once, whatever it is busy with."""
        self._process.kill()

    def end(self) -> None:
        """Kills it and returns at once; it is reaped in a thread."""
        self.kill()
        self._hang_up()
        try:
            threading.Thread(target=self._process.wait, name="reap", daemon=True).start()
        except RuntimeError:  # this process has all the threads that it may have
            self._process.wait()

    def _hang_up(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                _pipe(pipe).close()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 - Popen made it
    return pipe


def _seconds_of_cpu(process: int) -> float:
    """What it has used so far, by proc_pid_stat(5)."""
    try:
        # Its name, in brackets, may hold anything.
        fields = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

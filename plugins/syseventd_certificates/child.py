"""A child process that answers messages, and is killed where an answer takes too long."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Mapping, Sequence
from typing import IO

from syseventd_certificates import frames

MOST_ANSWER = 32 * 1024**2
"""Bytes of one answer: three times those of the largest file that is read."""


class ChildLost(Exception):
    """It is dead and reaped. `status` is its return code; None where it was killed for being late.

    As `subprocess` tells it: a negative one is the signal that it died of.
    """

    def __init__(self, status: int | None) -> None:
        super().__init__(status)
        self.status = status


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

    def ask(self, message: bytes, patience: float) -> bytes:
        """The answer to `message`, within `patience` seconds. Raises ChildLost."""
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
            raise ChildLost(None if self._late.is_set() else status)
        return answer

    def _give_up(self) -> None:
        self._late.set()
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

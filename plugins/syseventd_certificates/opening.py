"""Opens PKCS#12 files in a child process, one after the other, within limits of time."""

from __future__ import annotations

import math
import os
import signal
import sys
import threading
import time
from typing import Self

from syseventd.settings import format_duration
from syseventd_certificates.child import Child, ChildLost
from syseventd_certificates.frames import OPENED, UNSUPPORTED

MOST_SECONDS = 5.0
"""Of CPU for one file. A million rounds of key derivation take less than one."""

START_ALLOWANCE = 10.0
"""Seconds in which the child must have started: what that takes is no file's fault."""

MOST_PATIENCE = 60.0
"""Seconds that a file may take by the clock, whatever is left: a machine may be that busy."""

_BOOT = (
    "import sys; sys.path[:] = sys.argv[2:]; from syseventd_certificates.pkcs12 import main; "
    "main(float(sys.argv[1]))"
)
_KEPT = ("PYTHON", "LD_", "DYLD_", "OPENSSL_", "CRYPTOGRAPHY_")
"""How the variables begin that the child is given: the daemon's others may hold secrets."""


class CannotOpen(Exception):
    """The reason why. `passing` says that the same file may well open at another time."""

    def __init__(self, reason: str, *, passing: bool) -> None:
        super().__init__(reason)
        self.passing = passing


class Opener:
    """Opens the PKCS#12 files of one probe with `password`. No child outlives its `with` block.

    A file may take `limit` seconds of CPU. By the clock all of them together may take `budget`
    seconds, and each a half of what is left then, so that none takes everything. The child starts
    with the first file, and anew after one that it died of. Any number of threads may use `open`:
    they wait for each other.
    """

    def __init__(
        self, password: bytes | None, limit: float = MOST_SECONDS, budget: float = math.inf
    ) -> None:
        self._password = password or b""
        self._limit = limit
        self._until = time.monotonic() + budget
        self._turn = threading.Lock()
        self._child: Child | None = None
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Kills the child and returns at once; a thread that asks it gets CannotOpen."""
        self._closed = True
        if child := self._child:
            child.kill()
        self._tidy_up()

    def open(self, data: bytes) -> bytes:
        """The certificates in a file's `data`, as PEM, the key's own first. Raises CannotOpen."""
        word, _, text = self._answer(data).partition(b"\n")
        if word == OPENED:
            return text
        if word == UNSUPPORTED:
            reason = f"can't be opened: {text.decode(errors='replace')}"
        elif self._password:
            reason = "can't be opened: the password is another, or it is damaged"
        else:
            reason = "can't be opened: it needs a password, or it is damaged"
        raise CannotOpen(reason, passing=False)

    def _answer(self, data: bytes) -> bytes:
        try:
            with self._turn:
                return self._ask(data)
        finally:
            if self._closed:
                self._tidy_up()

    def _tidy_up(self) -> None:
        """Ends the child. While a thread is at work, that is left to it."""
        if self._turn.acquire(blocking=False):
            child, self._child = self._child, None
            self._turn.release()
            if child is not None:
                child.end()

    def _ask(self, data: bytes) -> bytes:
        try:
            if self._child is None:
                patience = min(START_ALLOWANCE, self._time_left())
                self._child = self._start()
                self._child.ask(self._password, patience)
            return self._child.ask(data, min(MOST_PATIENCE, self._time_left() / 2))
        except ChildLost as lost:
            self._child = None
            raise self._explain(lost) from None

    def _start(self) -> Child:
        environment = {k: v for k, v in os.environ.items() if k.startswith(_KEPT)}
        command = [sys.executable, "-P", "-c", _BOOT, str(self._limit), *sys.path]
        try:
            return Child(command, environment)
        except OSError as error:
            reason = f"can't be opened now: no process starts: {error.strerror or error}"
            raise CannotOpen(reason, passing=True) from None

    def _time_left(self) -> float:
        """Seconds, more than none. Raises CannotOpen if the time is up, or the probe over."""
        left = self._until - time.monotonic()
        if self._closed or left <= 0:
            raise _out_of_time()
        return left

    def _explain(self, lost: ChildLost) -> CannotOpen:
        if lost.status == -signal.SIGPROF:
            limit = format_duration(self._limit)
            return CannotOpen(f"asks for more key derivation than {limit} allow", passing=False)
        if lost.status is None:
            return _out_of_time()
        reason = f"can't be opened now: its process ended with status {lost.status}"
        return CannotOpen(reason, passing=True)


def _out_of_time() -> CannotOpen:
    return CannotOpen("was not opened in the time that was left", passing=True)

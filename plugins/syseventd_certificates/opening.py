"""Opens PKCS#12 files in a child process, one after the other, within limits of time."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import Self

from syseventd.settings import format_duration
from syseventd_certificates.child import Child, ChildLost
from syseventd_certificates.frames import OPENED, UNSUPPORTED
from syseventd_certificates.turns import Turns

MOST_SECONDS = 5.0
"""Of CPU for one file. A million rounds of key derivation take less than one."""

FIRST_SHARE = 1 / 10
"""Of the budget, by the clock: so long a file's first try may take. A sound one takes a blink."""

FURTHER_SHARE = 1 / 3
"""And so long each further one: a machine may be that busy."""

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


@dataclass(slots=True)
class Wait:
    """How a file has fared that is not opened yet; it is kept from probe to probe.

    It waits `since` it was found, or tried last, by the monotonic clock. It has been killed for
    being late in so many `tries`, which took `used` seconds of CPU.
    """

    since: float = field(default_factory=time.monotonic)
    tries: int = 0
    used: float = 0.0


class Opener:
    """Opens the PKCS#12 files of one probe with `password`. No child outlives its `with` block.

    A file may take `limit` seconds of CPU. By the clock all of them together may take `budget`
    seconds, of which a file's first try gets a tenth and each further one a third. What does not
    fit into the time that is left keeps its place; what was late goes behind all that wait. The
    child starts with the first file, and anew after one that it died of. Any number of threads may
    use `open`; of those that wait, the one whose file has waited longest comes first.

    So no file keeps another from being opened. While a child starts in a tenth of the budget, each
    of n files that wait is tried within n probes: in each probe the one that has waited longest
    comes first, or second where another's thread found nobody waiting yet. Of those that were never
    tried, four are in each probe.

    Nor is one tried for ever. What its late tries used adds up, and when that reaches `limit`, it
    is a fault until it changes. A limit of a sixth of the budget is reached by the second try where
    the child gets half a CPU, by the third where it gets a quarter, by the fourth at a sixth. A
    sound file is wronged only where a third of the budget does not give it the CPU that it needs.
    """

    def __init__(
        self, password: bytes | None, limit: float = MOST_SECONDS, budget: float = 60.0
    ) -> None:
        self._password = password or b""
        self._limit = limit
        self._budget = budget
        self._until = time.monotonic() + budget
        self._turns = Turns()
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

    def open(self, data: bytes, wait: Wait | None = None) -> bytes:
        """The certificates in a file's `data`, as PEM, the key's own first. Raises CannotOpen.

        `wait` is brought up to date where the file was late.
        """
        word, _, text = self._answer(data, wait or Wait()).partition(b"\n")
        if word == OPENED:
            return text
        if word == UNSUPPORTED:
            reason = f"can't be opened: {text.decode(errors='replace')}"
        elif self._password:
            reason = "can't be opened: the password is another, or it is damaged"
        else:
            reason = "can't be opened: it needs a password, or it is damaged"
        raise CannotOpen(reason, passing=False)

    def _answer(self, data: bytes, wait: Wait) -> bytes:
        self._turns.take(wait.since)
        try:
            return self._ask(data, wait)
        finally:
            self._turns.release()
            if self._closed:
                self._tidy_up()

    def _tidy_up(self) -> None:
        """Ends the child. While a thread is at work, that is left to it."""
        if self._turns.take_if_free():
            child, self._child = self._child, None
            self._turns.release()
            if child is not None:
                child.end()

    def _ask(self, data: bytes, wait: Wait) -> bytes:
        child = self._ready_child()
        share = self._budget * (FURTHER_SHARE if wait.tries else FIRST_SHARE)
        if self._time_left() < share:
            raise _out_of_time()
        try:
            return child.ask(data, share)
        except ChildLost as lost:
            self._child = None
            raise self._judge(lost, wait) from None

    def _ready_child(self) -> Child:
        """The child, once it has started: what that takes is no file's fault."""
        if self._child is None:
            patience = self._time_left()
            self._child = self._start()
            try:
                self._child.ask(self._password, patience)
            except ChildLost as lost:
                self._child = None
                raise _explain(lost) from None
        return self._child

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

    def _judge(self, lost: ChildLost, wait: Wait) -> CannotOpen:
        limit = format_duration(self._limit)
        if lost.status == -signal.SIGPROF:
            return CannotOpen(f"asks for more key derivation than {limit} allow", passing=False)
        if lost.status is None:
            wait.since = time.monotonic()
            wait.tries += 1
            wait.used += lost.used
            if wait.used >= self._limit:
                reason = f"was not opened with {limit} of CPU in {wait.tries} tries"
                return CannotOpen(reason, passing=False)
        return _explain(lost)


def _explain(lost: ChildLost) -> CannotOpen:
    if lost.status is None:
        return _out_of_time()
    reason = f"can't be opened now: its process ended with status {lost.status}"
    return CannotOpen(reason, passing=True)


def _out_of_time() -> CannotOpen:
    return CannotOpen("was not opened in the time that was left", passing=True)

"""Notices that the machine's clock was set back, which would leave everything planned too late."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from syseventd.model import Timestamp

TOLERANCE = 1.0
"""Seconds that a clock may be set back without any ado: time servers do that."""


class ClockGuard:
    """Compares the wall clock with the event loop's, which nobody can set, every few seconds."""

    def __init__(
        self,
        clock: Callable[[], Timestamp],
        on_set_back: Callable[[float], None],
        every: float = 5.0,
    ) -> None:
        self._clock = clock
        self._on_set_back = on_set_back
        self._every = every
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ahead = self._clock() - self._loop.time()
        self._timer = self._loop.call_later(self._every, self._check)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _check(self) -> None:
        ahead = self._clock() - self._loop.time()
        step, self._ahead = ahead - self._ahead, ahead
        self._timer = self._loop.call_later(self._every, self._check)
        if step < -TOLERANCE:
            self._on_set_back(step)

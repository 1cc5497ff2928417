"""When an installation is left alone: as long as it asks for, or ever longer if it doesn't say."""

from __future__ import annotations

import time
from collections.abc import Callable

from yarl import URL

from syseventd import Throttled
from syseventd_superoffice.webapi.replies import place

FIRST_PAUSE = 5.0
MOST_PAUSE = 300.0
"""Seconds of the first and the longest pause where the installation names none."""


class Quiet:
    """The pause that an installation asked one source for, kept by all of them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = -1.0
        self._length = 0.0
        self.status = 0
        """The HTTP status that asked for it."""

    def keep(self, url: URL) -> None:
        """Raises Throttled while the pause lasts."""
        left = self._until - self._clock()
        if left > 0:
            raise Throttled(place(url), "it was asked for a pause, which still lasts", left)

    def begin(self, status: int, seconds: float | None) -> float:
        """A pause of `seconds`, or of a length of ours. Returns the seconds that it lasts."""
        now = self._clock()
        self.status = status
        if seconds is None:
            if self._until <= now:
                self._length = min(max(FIRST_PAUSE, 2 * self._length), MOST_PAUSE)
                self._until = now + self._length
        else:
            self._until = max(self._until, now + seconds)
        return max(self._until - now, 0.0)

    def end(self) -> None:
        """Something was answered: the next pause begins short again."""
        self._length = 0.0

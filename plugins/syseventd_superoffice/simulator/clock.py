"""The story's clock: it runs at any speed, and can be held still and moved."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from syseventd import Timestamp


class Clock:
    """Tells how far the story has come, and what time the installation shows for it.

    At speed 60 a minute of the story passes in each second. The dates shown stay those of the
    wall: a scene an hour into the story then lies a minute after `epoch`, so that whoever
    watches with a clock of his own sees it happen now. `epoch` is Unix seconds and is the time
    of creation where it isn't given.

    Raises ValueError for a speed that is not more than zero.
    """

    def __init__(
        self,
        speed: float = 1.0,
        *,
        epoch: Timestamp | None = None,
        held: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if not (speed > 0 and math.isfinite(speed)):
            raise ValueError(f"the speed is {speed!r}; it must be a number above 0")
        self.epoch = time.time() if epoch is None else epoch
        self._speed = speed
        self._monotonic = monotonic
        self._elapsed = 0.0
        self._running_since = None if held else monotonic()

    def elapsed(self) -> float:
        """Seconds of the story since its start."""
        if self._running_since is None:
            return self._elapsed
        return self._elapsed + (self._monotonic() - self._running_since) * self._speed

    def timestamp(self, seconds: float) -> Timestamp:
        """The time that is shown for a second of the story, in Unix seconds.

        What lies before the story's start is history: it lies so many seconds before `epoch`,
        whatever the speed.
        """
        return self.epoch + (seconds / self._speed if seconds > 0 else seconds)

    def hold(self) -> None:
        """Stand still until `run()`."""
        self._elapsed = self.elapsed()
        self._running_since = None

    def run(self) -> None:
        """Go on from where it stands."""
        self._elapsed = self.elapsed()
        self._running_since = self._monotonic()

    def move(self, seconds: float) -> None:
        """Go `seconds` of the story forward at once; it stays held, or goes on running.

        Raises ValueError when it would go back.
        """
        if seconds < 0:
            raise ValueError("the story's clock does not go back")
        self._elapsed += seconds

"""What is known of how a source answers: when it last did, and how long it usually takes."""

from __future__ import annotations

import math
from dataclasses import dataclass

LEEWAY = 0.1
"""Seconds beyond its usual time that no run is suspected for: loops and networks are uneven."""


@dataclass(eq=False, slots=True)
class Record:
    """How a source answered so far. Times are a monotonic clock's, in seconds.

    The usual time is estimated as TCP does for its retransmission timer (RFC 6298): a moving
    mean, and four moving mean deviations on top. So a source that is always slow is given its
    time, and so, after some runs, is one that is slow now and then.
    """

    failing: bool = False
    answered: float = -math.inf
    """When it last answered."""
    _mean: float = 0.0
    _deviation: float = 0.0

    @property
    def patience(self) -> float:
        """Seconds after which a run takes longer than is usual for its source."""
        return self._mean + max(4 * self._deviation, LEEWAY)

    def note(self, failed: bool, took: float, now: float) -> None:
        """Takes in how a run ended at `now`, after `took` seconds."""
        self.failing = failed
        if failed:
            return
        if self.answered == -math.inf:
            self._mean, self._deviation = took, took / 2
        else:
            self._deviation += (abs(took - self._mean) - self._deviation) / 4
            self._mean += (took - self._mean) / 8
        self.answered = now

"""When to look again at what could not be read or reached: soon at first, then ever more seldom."""

from __future__ import annotations

from collections.abc import Iterable

from syseventd import Timestamp

FIRST_WAIT = 60.0
"""Seconds: a server that restarts, or a file that is being written, is back by then."""

LONGEST_WAIT = 3600.0
"""Seconds. What fails for longer waits like everything else."""


class Retries:
    """Since when each place has failed.

    The place that failed last decides: it is looked at again after a minute, and then whenever it
    has failed for twice as long, for an hour. So what fails for ever costs seven looks, and not
    one each minute. Such a look goes to all places: a snapshot tells of one moment, and unchanged
    files cost a call of the system each, endpoints a handshake, once a minute at the most.
    """

    def __init__(self) -> None:
        self._since: dict[str, Timestamp] = {}

    def after(self, failed: Iterable[str], now: Timestamp) -> float | None:
        """How many seconds to wait after a look at which these `failed`; None: as always."""
        # A clock that was set back must not make a failure begin in the future.
        self._since = {place: min(self._since.get(place, now), now) for place in failed}
        if not self._since:
            return None
        wait = max(now - max(self._since.values()), FIRST_WAIT)
        return wait if wait < LONGEST_WAIT else None

"""One thread at a time, and of those that wait the one whose file has waited longest."""

from __future__ import annotations

import heapq
import itertools
import threading


class Turns:
    """A lock that is handed on in order. It is released by the thread that took it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._tickets: list[tuple[float, int]] = []
        self._numbers = itertools.count()
        self._taken = False

    def take(self, since: float) -> None:
        """Waits for its turn: after all that wait with a smaller `since`, or came before it."""
        with self._changed:
            ticket = since, next(self._numbers)
            heapq.heappush(self._tickets, ticket)
            self._changed.wait_for(lambda: not self._taken and self._tickets[0] == ticket)
            heapq.heappop(self._tickets)
            self._taken = True

    def take_if_free(self) -> bool:
        """Whether it has been taken, without waiting."""
        with self._changed:
            free, self._taken = not self._taken, True
            return free

    def release(self) -> None:
        """Hands it on."""
        with self._changed:
            self._taken = False
            self._changed.notify_all()

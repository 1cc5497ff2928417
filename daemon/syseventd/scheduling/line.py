"""Those of one target: who runs, in its pool, and who waits, in a lane for each standing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TypeAlias

from syseventd.scheduling.pool import Pool, Standing
from syseventd.scheduling.record import Record

Place: TypeAlias = tuple[float, int]
"""A place in a line: the time before which it should be its turn, and a number."""


@dataclass(eq=False, slots=True)
class Ticket:
    """One wish to run, within `within` seconds if that can be; `start` is its turn."""

    target: str
    record: Record
    within: float
    start: Callable[[], None]
    standing: Standing | None = field(default=None, init=False)
    """As which it waits, or holds its slots."""
    place: Place = field(default=(0.0, 0), init=False)
    began: float | None = field(default=None, init=False)
    """When it had its turn; None while it waits."""
    offered: Standing | None = field(default=None, init=False)
    """As which it was last put forward to be next over all."""

    def waits_as(self, standing: Standing) -> bool:
        return self.began is None and self.standing is standing


Heap: TypeAlias = list[tuple[Place, Ticket]]
"""Tickets by place. Those that have left their lane are dropped as they come to the top."""


class Line:
    """A target's pool and its lanes. Who waits holds nothing: nobody waits for who waits."""

    def __init__(self, size: int) -> None:
        self.pool = Pool(size)
        self.waiting = 0
        self._lanes: tuple[Heap, ...] = ([], [], [], [])

    def join(self, ticket: Ticket, standing: Standing) -> None:
        """Lets a ticket wait, at its place."""
        self.waiting += 1
        ticket.standing = standing
        heappush(self._lanes[standing], (ticket.place, ticket))

    def leave(self, ticket: Ticket) -> None:
        """Lets a ticket wait no longer."""
        self.waiting -= 1
        ticket.standing = None

    def reconsider(self, trouble: float) -> None:
        """Moves to the uncertain those confirmed who have not answered since the last trouble."""
        lane = self._lanes[Standing.CONFIRMED]
        confirmed = lane.copy()
        lane.clear()
        for place, ticket in confirmed:
            if ticket.waits_as(Standing.CONFIRMED):
                ticket.standing = self.standing_of(ticket, trouble)
                heappush(self._lanes[ticket.standing], (place, ticket))

    def next(self, standing: Standing) -> Ticket | None:
        """Who is first among those of a standing, if the target has room for it."""
        lane = self._lanes[standing]
        while lane and not lane[0][1].waits_as(standing):
            heappop(lane)
        return lane[0][1] if lane and self.pool.has_room(standing) else None

    def standing_of(self, ticket: Ticket, trouble: float) -> Standing:
        """A ticket's standing now, where the last trouble over all began at `trouble`."""
        if ticket.record.failing:
            return Standing.FAILING
        answered = ticket.record.answered
        if answered > trouble and answered > self.pool.trouble:
            return Standing.CONFIRMED
        return Standing.UNCERTAIN

    @property
    def idle(self) -> bool:
        return not (self.pool.taken or self.waiting)

"""How many may run at once, over all and for each target, and who is next.

The promise: whatever hangs, a source that answers keeps its beat. It rests on three things.

*The reserve.* A run is in doubt where its source fails, or has not answered since the last
trouble began, or where it takes longer than is usual for its source. No run in doubt is started
in the last slots of a pool, so long as anybody answers: those that do find one free.

*The trial.* Where many that answered turn hung at once, nobody can know which of them still
answer: they look alike until they are asked, and each that hangs holds a slot until its deadline.
So each is asked once. Then it has answered, and has the reserve; or it fails, and has less than
the others. With `n` that hang, `s` slots for what is in doubt and a deadline of `d` seconds, those
that answer have the reserve again after about `d * (1 + n / s)` seconds at the latest. No rule
could do much better and keep the limits.

*The order.* Within a standing the one is first that would lose its beat first: earliest deadline
first. So what is asked often is on trial before the others. A place in the line is a point in
time: nobody is overtaken for ever.

What answers and hangs by turns is believed each time it answers, and then holds a slot until its
deadline: where such sources are as many as the slots, others wait for up to one deadline.

Nothing here needs a timer. That a run overruns makes no room, it only bars others from what room
there is: it is enough to look when somebody asks for a slot or gives one back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from syseventd.scheduling.line import Heap, Line, Ticket
from syseventd.scheduling.pool import Pool, Standing

LANES = (Standing.FAILING, Standing.UNCERTAIN, Standing.CONFIRMED)
"""What may wait; overrunning is only what runs."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many probes may run at once, over all and for each target; each at least 1."""

    max_probes: int = 200
    max_probes_per_target: int = 4


class Slots:
    """The slots of all targets. A ticket starts when its target and all together have room.

    Nobody sleeps here: a ticket's `start` is called when its turn has come, at once or when
    somebody else is done. So there is nothing to wake, and no wake-up to lose. `clock` is a
    monotonic one, in seconds.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._numbers = count()
        self._all = Pool(limits.max_probes)
        self._lines: dict[str, Line] = {}
        self._waiting = 0
        self._offers: tuple[Heap, ...] = ([], [], [], [])
        """Of each target that has room for a standing, who is first there."""
        self._patience: list[tuple[float, int, Ticket]] = []
        """The confirmed that run, by the time from which they overrun."""

    def request(self, ticket: Ticket) -> None:
        """Calls the ticket's `start`, now or when there is room."""
        now = self._clock()
        self._suspect(now)
        line = self._lines.get(ticket.target)
        if line is None:
            line = self._lines[ticket.target] = Line(self._limits.max_probes_per_target)
        ticket.place = (now + ticket.within, next(self._numbers))
        standing = line.standing_of(ticket, self._all.trouble)
        if line.pool.has_room(standing) and self._all.has_room(standing):
            self._start(line, ticket, standing, now)
        else:
            self._wait(line, ticket, standing)

    def release(self, ticket: Ticket, failed: bool | None = None) -> None:
        """Gives back what a ticket holds, whether it has started or waits; others may start.

        `failed` says how its run ended; None where that tells nothing about the source.
        """
        if ticket.standing is None:
            return
        now = self._clock()
        line = self._lines[ticket.target]
        if ticket.began is None:
            self._leave(line, ticket)
        else:
            line.pool.give_back(ticket.standing)
            self._all.give_back(ticket.standing)
            ticket.standing = None
            if failed is not None:
                ticket.record.note(failed, now - ticket.began, now)
            if failed is False:
                line.pool.answers(now)
                self._all.answers(now)
        self._suspect(now)
        if self._waiting:
            self._offer(line)
            while self._serve(now):
                pass
        if line.idle:
            del self._lines[ticket.target]

    def _serve(self, now: float) -> bool:
        """Sees to whoever is next; False where nobody may start."""
        everybody = self._all
        roomy = [standing for standing in LANES if everybody.has_room(standing)]
        firsts = {s: ticket for s in roomy if (ticket := self._first(s))}
        if not firsts:
            return False
        standing = everybody.choose(firsts)
        line = self._lines[firsts[standing].target]
        # Where its target has one slot left for another standing, that is a matter of turns too.
        nexts = {s: ticket for s in roomy if (ticket := line.next(s))}
        standing = line.pool.choose(
            s for s in nexts if s is standing or not line.pool.has_room(s, besides=1)
        )
        ticket = nexts[standing]
        self._leave(line, ticket)
        self._start(line, ticket, standing, now)
        self._offer(line)
        return True

    def _start(self, line: Line, ticket: Ticket, standing: Standing, now: float) -> None:
        line.pool.take(standing)
        self._all.take(standing)
        ticket.standing, ticket.began = standing, now
        if standing is Standing.CONFIRMED:
            until = now + ticket.record.patience
            heappush(self._patience, (until, ticket.place[1], ticket))
        ticket.start()

    def _wait(self, line: Line, ticket: Ticket, standing: Standing) -> None:
        self._waiting += 1
        line.join(ticket, standing)
        self._offer(line)

    def _leave(self, line: Line, ticket: Ticket) -> None:
        self._waiting -= 1
        line.leave(ticket)

    def _suspect(self, now: float) -> None:
        """Counts as overrunning the confirmed that have run for longer than is usual."""
        while self._patience and self._patience[0][0] <= now:
            _, _, ticket = heappop(self._patience)
            if ticket.standing is Standing.CONFIRMED and ticket.began is not None:
                ticket.standing = Standing.OVERRUNNING
                line = self._lines[ticket.target]
                for pool, concerned in ((line.pool, [line]), (self._all, self._lines.values())):
                    if pool.overruns(ticket.began, ticket.record.answered):
                        self._reconsider(concerned)

    def _reconsider(self, lines: Iterable[Line]) -> None:
        """Lets those wait as uncertain who waited as confirmed, and are so no longer."""
        for line in lines:
            if line.waiting:
                line.reconsider(self._all.trouble)
                self._offer(line)

    def _offer(self, line: Line) -> None:
        """Puts forward who is first in each lane of a target."""
        for standing in LANES:
            ticket = line.next(standing)
            if ticket is not None and ticket.offered is not standing:
                ticket.offered = standing
                heappush(self._offers[standing], (ticket.place, ticket))

    def _first(self, standing: Standing) -> Ticket | None:
        """Whose turn it is among those of a standing whose targets have room for it."""
        offers = self._offers[standing]
        while offers:
            ticket = offers[0][1]
            if ticket.waits_as(standing) and self._lines[ticket.target].next(standing) is ticket:
                return ticket
            heappop(offers)
            if ticket.offered is standing:
                ticket.offered = None
        return None

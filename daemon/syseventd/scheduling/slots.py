"""How many may run at once, over all and for each target, and who is next."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Limits:
    """How many probes may run at once, over all and for each target; each at least 1."""

    max_probes: int = 200
    max_probes_per_target: int = 4


@dataclass(eq=False, slots=True)
class Ticket:
    """One wish to run. `proven` says that the source answered last time; `start` is its turn."""

    target: str
    proven: bool
    start: Callable[[], None]
    pools: tuple[Pool, ...] = field(default=(), init=False)
    """The pools that it holds a slot of, or waits for in the last of."""


_Lane: TypeAlias = "OrderedDict[Ticket, None]"


class Pool:
    """Some slots, with two lanes of those who wait for one.

    The unproven may hold three quarters of the slots, and never the last one: whatever hangs is
    unproven from then on, so a slot stays for those that answer. Where both wait, they take
    turns, so that the unproven get the chance to prove themselves.
    """

    def __init__(self, size: int) -> None:
        self.size = max(size, 1)
        self.size_unproven = max(1, min(self.size * 3 // 4, self.size - 1))
        self.taken = 0
        self.taken_unproven = 0
        self._waiting: tuple[_Lane, _Lane] = (OrderedDict(), OrderedDict())
        self._favoured = True

    def take(self, ticket: Ticket) -> bool:
        """Takes a slot if one is free for this lane; else lines up."""
        if not self._has_room(ticket.proven):
            self._waiting[ticket.proven][ticket] = None
            return False
        self._count(ticket, 1)
        return True

    def withdraw(self, ticket: Ticket) -> bool:
        """Takes a waiting ticket out of its line; False where it does not wait."""
        return self._waiting[ticket.proven].pop(ticket, self) is None

    def give_back(self, ticket: Ticket) -> Ticket | None:
        """Frees a ticket's slot. Returns the one that has it now, if somebody waited."""
        self._count(ticket, -1)
        for proven in (self._favoured, not self._favoured):
            if self._waiting[proven] and self._has_room(proven):
                self._favoured = not proven
                successor, _ = self._waiting[proven].popitem(last=False)
                self._count(successor, 1)
                return successor
        return None

    @property
    def idle(self) -> bool:
        return not (self.taken or any(self._waiting))

    def _has_room(self, proven: bool) -> bool:
        if self.taken >= self.size:
            return False
        return proven or self.taken_unproven < self.size_unproven

    def _count(self, ticket: Ticket, step: int) -> None:
        self.taken += step
        if not ticket.proven:
            self.taken_unproven += step


class Slots:
    """The slots of all targets. A ticket first needs one of its target, then one over all.

    Nobody sleeps here: a ticket's `start` is called when its turn has come, at once or when
    somebody else is done. So there is nothing to wake, and no wake-up to lose.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._all = Pool(limits.max_probes)
        self._targets: dict[str, Pool] = {}

    def request(self, ticket: Ticket) -> None:
        """Calls the ticket's `start`, now or when there is room."""
        pool = self._targets.get(ticket.target)
        if pool is None:
            pool = self._targets[ticket.target] = Pool(self._limits.max_probes_per_target)
        ticket.pools = (pool,)
        if pool.take(ticket):
            self._enter(ticket)

    def release(self, ticket: Ticket) -> None:
        """Gives back what a ticket holds, whether it has started or waits; others may start."""
        pools, ticket.pools = ticket.pools, ()
        started = []
        if pools and pools[-1].withdraw(ticket):
            pools = pools[:-1]
        for pool in reversed(pools):
            successor = pool.give_back(ticket)
            if successor is not None:
                started.append((pool, successor))
        for pool, successor in started:
            if pool is self._all:
                successor.start()
            else:
                self._enter(successor)
        self._forget_if_idle(ticket.target)

    def _enter(self, ticket: Ticket) -> None:
        """Goes on with a ticket that has a slot of its target."""
        ticket.pools = (*ticket.pools, self._all)
        if self._all.take(ticket):
            ticket.start()

    def _forget_if_idle(self, target: str) -> None:
        pool = self._targets.get(target)
        if pool is not None and pool.idle:
            del self._targets[target]

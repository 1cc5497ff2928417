"""Some slots, and how many of them each standing may have: what is in doubt never has them all."""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import IntEnum
from functools import cache


class Standing(IntEnum):
    """How much speaks for a run's coming to its end soon, from least to most."""

    OVERRUNNING = 0
    """It was confirmed when it started, and takes longer than is usual for its source."""
    FAILING = 1
    """The source's last run failed."""
    UNCERTAIN = 2
    """The source was never asked, or not since the last trouble began."""
    CONFIRMED = 3
    """The source answered last time, and has since the last trouble began."""


ALL = len(Standing)


class Pool:
    """Some slots, counted by the standing of the runs that hold them.

    Trunk reservation, as telephone exchanges have it: a run starts only where those of its
    standing *and all lower ones* together leave slots to the higher ones. The failing have half
    of the slots; they and the uncertain all but an eighth, and never the last. A run that turns
    out to overrun counts among the lowest from then on: nobody can take its slot away, but the
    next free ones go to others. From the beginning of trouble to the first answer nobody is
    confirmed, so the uncertain may have all slots.
    """

    def __init__(self, size: int) -> None:
        self.size = max(size, 1)
        self._kept = self._shares = _shares(self.size)
        self._answered = -math.inf
        self._upto = [0, 0, 0, 0]
        """Slots held by runs of a standing or of a lower one."""
        self._turns = [0, 0, 0, 0]
        self._turn = 0
        self.trouble = -math.inf
        """When the last trouble began: who has not answered since is uncertain."""

    @property
    def taken(self) -> int:
        return self._upto[Standing.CONFIRMED]

    @property
    def crowded(self) -> bool:
        """Whether what is in doubt holds half of the slots or more, and more than one."""
        return self._upto[Standing.UNCERTAIN] >= max(2, self.size / 2)

    def has_room(self, standing: Standing, besides: int = 0) -> bool:
        """Whether a run of a standing may start, if as many others started before it."""
        shares, upto = self._shares, self._upto
        for rank in range(standing, ALL):  # noqa: SIM110 # a generator costs more than all else
            if upto[rank] + besides >= shares[rank]:
                return False
        return True

    def take(self, standing: Standing) -> None:
        """Takes a slot; whether there is room is the caller's to ask."""
        self._turn += 1
        self._turns[standing] = self._turn
        self._count(standing, 1)

    def give_back(self, standing: Standing) -> None:
        """Frees a slot."""
        self._count(standing, -1)

    def overruns(self, began: float, answered: float) -> bool:
        """A confirmed run that began, and whose source last answered, then, is overrunning.

        Where much is in doubt already, that is the beginning of trouble, unless it is part of
        what began before: then others may hang as well, and have to answer anew. One that hangs
        alone tells nothing about the others. Returns whether trouble began.
        """
        self._count(Standing.CONFIRMED, -1)
        self._count(Standing.OVERRUNNING, 1)
        if answered <= self.trouble or not self.crowded:
            return False
        self.trouble = began
        if self._answered <= began:
            self._shares = _shares(self.size, reserve=False)
        return True

    def answers(self, now: float) -> None:
        """A source answered: there is somebody to keep the last slots for."""
        self._answered = now
        self._shares = self._kept

    def choose(self, waiting: Iterable[Standing]) -> Standing:
        """Which of the standings that wait, and have room, is next.

        The highest; but first one that holds no slot, the longest passed over before others. So
        no line stands still, and none is overtaken for ever.
        """
        standings = tuple(waiting)
        without = [standing for standing in standings if not self._holds(standing)]
        if without:
            return min(without, key=self._turns.__getitem__)
        return max(standings)

    def _holds(self, standing: Standing) -> bool:
        return self._upto[standing] > self._upto[standing - 1]

    def _count(self, standing: Standing, step: int) -> None:
        for rank in range(standing, ALL):
            self._upto[rank] += step


@cache
def _shares(size: int, reserve: bool = True) -> tuple[int, int, int, int]:
    """How many slots runs of each standing and the lower ones may hold when one starts."""
    uncertain = max(1, size - max(1, size // 8)) if reserve else size
    return size, max(1, size // 2), uncertain, size

"""Spares our account: a login that was refused is not sent again by each source, to lock it out."""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from syseventd import Unauthorized

TOLD_FOR = 55.0
"""Seconds for which a refusal is told to whoever asks. Under a minute, the usual interval."""

MOST_WAITING = 2.0
"""Seconds that others wait for the verdict on a login which is not known to be good."""


class LoginGuard:
    """What is known of one login, for all who use it.

    While nobody knows whether it is good, one tries it and the others wait for what he hears. A
    login that was good is tried by one more after it was refused: it may have been refused for
    that one question.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.is_good = False
        """Whether it was accepted when it was sent last."""
        self.lock = asyncio.Lock()
        self._refusal: Unauthorized | None = None
        self._told_until = 0.0

    @asynccontextmanager
    async def use(self) -> AsyncIterator[Turn]:
        """What ends it is the verdict on the login. Before that is sent, a turn must be taken.

        Raises Unauthorized while a refusal is told.
        """
        self.tell()
        turn = Turn(self)
        try:
            yield turn
        except Unauthorized as refusal:
            self._refuse(refusal)
            raise
        else:
            self.is_good, self._refusal = True, None
        finally:
            turn.give_back()

    def tell(self) -> None:
        """Raises Unauthorized while a refusal is told."""
        if self._refusal is not None and self._clock() < self._told_until:
            raise copy.copy(self._refusal)

    def _refuse(self, refusal: Unauthorized) -> None:
        if self._refusal is not None and self._clock() < self._told_until:
            return
        if not self.is_good:
            # A copy: the error itself would keep all that its traceback holds.
            self._refusal = copy.copy(refusal)
            self._told_until = self._clock() + TOLD_FOR
        self.is_good = False


class Turn:
    """The turn of one who is about to send the login."""

    def __init__(self, guard: LoginGuard) -> None:
        self._guard = guard
        self._is_held = False

    async def take(self) -> None:
        """Returns once the login may be sent; at once if this has it, or if the login is good.

        One who is never answered does not hold up the others for ever. Raises Unauthorized if
        it was refused meanwhile.
        """
        if self._guard.is_good or self._is_held:
            return
        try:
            async with asyncio.timeout(MOST_WAITING):
                self._is_held = await self._guard.lock.acquire()
        except TimeoutError:
            pass
        if self._guard.is_good:
            self.give_back()
        self._guard.tell()

    def give_back(self) -> None:
        """Lets the next one try."""
        if self._is_held:
            self._is_held = False
            self._guard.lock.release()

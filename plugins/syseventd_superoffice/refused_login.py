"""Spares our account: a login that was refused is tried again seldom, so as not to lock it out."""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from syseventd import Unauthorized
from syseventd_superoffice.moments import moment

MINUTE = 60.0

PASSWORD_PAUSES = (5 * MINUTE, 35 * MINUTE, 65 * MINUTE)
"""Seconds for which a password stays unsent after its first refusal, its second, and each further.

Directories lock an account after some wrong passwords, and forget those once none came for a
while: strict ones after three or five within half an hour, Windows after ten within ten minutes.
So no half hour sees a third one of ours, and none sees the fifth within an hour.
"""

TOKEN_PAUSES = (1 * MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE)
"""The same for what locks nobody out: a ticket, a token. These only spare the one who refuses."""

MOST_WAITING = 2.0
"""Seconds after which one more tries a login of which no verdict has come. No third one does."""


class LoginGuard:
    """What is known of one login, for all who use it.

    While nobody knows whether it is good, one tries it and the others wait for what he hears. A
    login that was good is tried by one more after it was refused: it may have been refused for
    that one question. After that it is sent no more before one of the `pauses` is over, by how
    often it was refused in a row; that is told instead.

    `clock` counts seconds from whenever; `now` gives Unix seconds, for people to read. All of it
    is forgotten with the connection: a service that starts, or reloads, tries at once.
    """

    def __init__(
        self,
        pauses: Sequence[float] = PASSWORD_PAUSES,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._pauses = pauses
        self._clock = clock
        self._now = now
        self.is_good = False
        """Whether it was accepted when it was sent last."""
        self.lock, self.second_lock = asyncio.Lock(), asyncio.Lock()
        self._refusals = 0
        self._since = 0.0
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
            self.is_good, self._refusals, self._refusal = True, 0, None
        finally:
            turn.give_back()

    def tell(self) -> None:
        """Raises Unauthorized while a refusal is told."""
        if self._refusal is not None and self._clock() < self._told_until:
            raise copy.copy(self._refusal)

    def _refuse(self, refusal: Unauthorized) -> None:
        """Notes a refusal. One that begins a pause says until when, and since when it is so."""
        if self._refusal is not None and self._clock() < self._told_until:
            return  # it was under way when the pause began
        if not self._refusals:
            self._since = self._now()
        self._refusals += 1
        if not self.is_good:
            pause = self._pauses[min(self._refusals, len(self._pauses)) - 1]
            since, until = moment(self._since), moment(self._now() + pause)
            refusal.reason += f"; refused since {since}, tried again after {until} or a reload"
            # A copy: the error itself would keep all that its traceback holds.
            self._refusal = copy.copy(refusal)
            self._told_until = self._clock() + pause
        self.is_good = False


class Turn:
    """The turn of one who is about to send the login."""

    def __init__(self, guard: LoginGuard) -> None:
        self._guard = guard
        self._held: asyncio.Lock | None = None

    async def take(self) -> None:
        """Returns once the login may be sent; at once if this has it, or if the login is good.

        One who is never answered does not hold up the others for ever; but they don't all go
        after him, either: whoever answers late has counted each try. Raises Unauthorized if it
        was refused meanwhile.
        """
        guard = self._guard
        if guard.is_good or self._held is not None:
            return
        try:
            async with asyncio.timeout(MOST_WAITING):
                await guard.lock.acquire()
                self._held = guard.lock
        except TimeoutError:
            await guard.second_lock.acquire()
            self._held = guard.second_lock
        if guard.is_good:
            self.give_back()
        guard.tell()

    def give_back(self) -> None:
        """Lets the next one try."""
        if self._held is not None:
            self._held.release()
            self._held = None

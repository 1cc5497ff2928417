"""Spares our account: a login that was refused is tried again seldom, so as not to lock it out."""

from __future__ import annotations

import asyncio
import copy
import math
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

PASSWORDS_AT_ONCE = 2
"""Requests that may carry a good password and wait for their verdict at a time.

It may be changed at any moment, and those that are under way then can't be called back: so many
wrong ones go out at once, and strict directories lock an account after three.
"""

SOON = 0.5
"""Seconds after which a request with a good login counts as let in, and another may go out.

A login is looked at before any work is done for it. So what works slowly, or hangs, holds up
nobody for long; a server that takes longer than this to refuse hears two more each time.
"""


class LoginGuard:
    """What is known of one login, for all who use it.

    While nobody knows whether it is good, one tries it and the others wait for what he hears. A
    login that was good is tried by one more after it was refused: it may have been refused for
    that one question. After that it is sent no more before one of the `pauses` is over, by how
    often it was refused in a row; that is told instead. Of a login that is good, `at_once` may
    be out without a verdict. Who was let in says nothing of it if it was refused since he went.

    `clock` counts seconds from whenever; `now` gives Unix seconds, for people to read. All of it
    is forgotten with the connection: a service that starts, or reloads, tries at once.
    """

    def __init__(
        self,
        pauses: Sequence[float] = PASSWORD_PAUSES,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        at_once: float = math.inf,
    ) -> None:
        self._pauses = pauses
        self._clock = clock
        self._now = now
        self._at_once = at_once
        self.is_good = False
        """Whether it was accepted when it was sent last."""
        self.refused = 0
        """How often it was refused in all."""
        self._refusals = 0
        self._since = 0.0
        self._refusal: Unauthorized | None = None
        self._told_until = 0.0
        self._out: set[Turn] = set()
        """Those who sent it and wait for their verdict."""
        self._changed = asyncio.Event()

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
            if turn.is_newest:
                self._accept()
        finally:
            self._dismiss(turn)

    def tell(self) -> None:
        """Raises Unauthorized while a refusal is told."""
        if self._refusal is not None and self._clock() < self._told_until:
            raise copy.copy(self._refusal)

    def _accept(self) -> None:
        """Notes that it is good. If nobody knew that, who went out meanwhile is let in as well."""
        if not self.is_good:
            self._dismiss(*self._out)
        self.is_good, self._refusals, self._refusal = True, 0, None

    def _refuse(self, refusal: Unauthorized) -> None:
        """Notes a refusal. One that begins a pause says until when, and since when it is so."""
        self.refused += 1
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

    async def admit(self, turn: Turn) -> None:
        """Returns once one more may be out, and counts it; at once if it is.

        Raises Unauthorized as `tell()` does.
        """
        if turn in self._out:
            return
        try:
            async with asyncio.timeout(MOST_WAITING):
                await self._until_fewer_than(1)
        except TimeoutError:
            await self._until_fewer_than(2)
        self._out.add(turn)
        turn.begin()
        if self.is_good:
            asyncio.get_running_loop().call_later(SOON, self._dismiss, turn)

    async def _until_fewer_than(self, most: float) -> None:
        """Waits until fewer are out: than `most`, or than may be where the login is good."""
        self.tell()
        while len(self._out) >= (self._at_once if self.is_good else most):
            await self._changed.wait()
            self.tell()

    def _dismiss(self, *turns: Turn) -> None:
        """These count as out no longer: all who wait look again."""
        self._out.difference_update(turns)
        self._changed.set()
        self._changed = asyncio.Event()


class Turn:
    """The turn of one who is about to send the login."""

    def __init__(self, guard: LoginGuard) -> None:
        self._guard = guard
        self._refused = guard.refused

    @property
    def is_newest(self) -> bool:
        """Whether the login was refused to nobody since this sent it."""
        return self._refused == self._guard.refused

    def begin(self) -> None:
        """It is sent now."""
        self._refused = self._guard.refused

    async def take(self) -> None:
        """Returns once the login may be sent; at once if this sent it just now.

        One who is never answered does not hold up the others for ever; but they don't all go
        after him, either: whoever answers late has counted each try. Raises Unauthorized if it
        was refused meanwhile.
        """
        await self._guard.admit(self)

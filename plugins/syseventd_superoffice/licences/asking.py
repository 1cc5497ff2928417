"""Asks the licence server about one owner at a time, and lets no probe wait for it."""

from __future__ import annotations

import asyncio

from syseventd import ProbeEnded, ProbeFailed
from syseventd_superoffice.access import Access, Document
from syseventd_superoffice.licences.server import Answer

PATIENCE = 0.5
"""Seconds that a probe waits for an answer; what comes later is taken by a later probe."""

FIRST_PATIENCE = 3.0
"""The same where nothing was ever answered about an owner: there is nothing to show instead, and
who asks may be a person."""

LONGEST = 120.0
"""Seconds after which an answer is given up."""


class Asking:
    """The one question that is under way, if any.

    Its answer is told until it was stored: whoever asks on behalf of the same earlier answer
    asks the same question.
    """

    def __init__(
        self,
        access: Access,
        patience: float = PATIENCE,
        longest: float = LONGEST,
        first_patience: float = FIRST_PATIENCE,
    ) -> None:
        self._access = access
        self._patience = patience
        self._first_patience = first_patience
        self._longest = longest
        self._question: tuple[str, Answer] | None = None
        self._task: asyncio.Task[Document | ProbeEnded] | None = None

    async def look(self, owner: str, before: Answer) -> Document | ProbeEnded | None:
        """The answer about an owner, or why there is none; None where it has not come yet."""
        if self._task is None or self._question != (owner, before) or self._task.cancelled():
            await self.aclose()
            self._question = (owner, before)
            self._task = asyncio.create_task(self._ask(owner), name="licence-server")
        if not self._task.done():
            patience = self._patience if before.asked else self._first_patience
            await asyncio.wait({self._task}, timeout=patience)
        return self._task.result() if self._task.done() else None

    async def _ask(self, owner: str) -> Document | ProbeEnded:
        try:
            async with asyncio.timeout(self._longest):
                return await self._access.licence_server_status(owner)
        except TimeoutError:
            return ProbeFailed("the licence server", f"no answer within {self._longest:g} s")
        except ProbeEnded as error:
            return error

    async def aclose(self) -> None:
        """Gives up the question that is under way."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})

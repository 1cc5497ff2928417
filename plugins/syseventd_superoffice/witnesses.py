"""What the sources of one installation saw last, which they share so that each knows its part."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from syseventd import NotAvailable, Observation
from syseventd_superoffice.claims import (
    CLAIMS,
    Evidence,
    Share,
    Sight,
    is_awaiting,
    occurrences,
    share,
)
from syseventd_superoffice.occurrences import Occurrence
from syseventd_superoffice.telling import shared

T = TypeVar("T")

PROMPT = 300.0
"""Seconds: a source that is asked less often reports nothing that others see sooner."""

PATIENCE = 75.0
"""Seconds for which a source that was never asked is waited for: first runs come in a minute, and
one that is not answered by then ends soon.
"""

SOON = 3.0
"""Seconds until a source asks again that waits for one which is yet to be asked."""

REMEMBERED = 90000.0
"""Seconds for which the others spare what a source saw before it could no longer look.

That is a day, in which one that is not available was asked again, and an hour. After that the
word of those that can look holds: else a rebuild would last for as long as a right is missing.
"""


class Witnesses:
    """The evidence of the sources that are switched on. A source looks, then reports its share.

    `clock` counts seconds, from whenever.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._evidence: dict[str, Evidence] = {}
        self._intervals: dict[str, float | None] = {}
        self._looked: dict[str, float] = {}
        """When each source last saw all there is, or else was switched on."""
        self._occurrences: tuple[Occurrence, ...] = ()

    def switch_on(self, source: str, interval: float | None) -> None:
        """Counts on a source, which is asked every `interval` seconds; None is often enough."""
        self._evidence[source] = Evidence(prompt=interval is None or interval <= PROMPT)
        self._intervals[source] = interval
        self._looked[source] = self._clock()

    async def look(self, source: str, asking: Awaitable[T]) -> T:
        """The answer to what `source` asks. Where none comes, the others know that it can't look.

        Raises what `asking` raises.
        """
        try:
            return await asking
        except NotAvailable:
            self._lose(source, Sight.UNAVAILABLE)
            raise
        except BaseException:  # a deadline, a cancellation: it does not see either
            self._lose(source, Sight.FAILING)
            raise

    def report(
        self,
        source: str,
        seen: tuple[Observation, ...],
        unseen: frozenset[str] = frozenset(),
        complete: bool = True,
    ) -> Share:
        """Notes what `source` sees now; returns what of all that is seen it reports.

        `unseen` names, by key or mark, what is there and could not be read; `complete` False
        says that more may be there. What was seen of that before still counts.
        """
        before = self._known(source)
        seen = shared(seen, before.seen)
        hidden = _missed(before, seen, unseen, complete)
        self._evidence[source] = Evidence(Sight.CLEAR, seen, hidden, unseen, before.prompt)
        if complete:
            self._looked[source] = self._clock()
        evidence = {name: self._present(name) for name in self._evidence}
        self._occurrences = occurrences(evidence, self._occurrences)
        its = share(evidence, source, self._occurrences)
        interval = self._intervals.get(source)
        if not is_awaiting(evidence, source) or (interval is not None and interval <= SOON):
            return its
        return replace(its, ask_again=SOON)

    def can_look(self, source: str) -> bool:
        """Whether what `source` saw last can be relied on: it is on, asked often, and answered."""
        witness = self._known(source)
        return witness.prompt and witness.sight is Sight.CLEAR

    def seen(self, source: str) -> tuple[Observation, ...]:
        """What `source` saw when it last looked, which may no longer be so."""
        witness = self._known(source)
        return (*witness.seen, *(witness.hidden or ()))

    def others_may_see(self, source: str, mark: str) -> bool:
        """Whether the work that `source` calls `mark` may be going on for all that others know.

        They see it; or saw it when they last could look; or are still to be asked for the first
        time since the start. `source` has just reported it.
        """
        occurrence = next((o for o in self._occurrences if mark in o.marks), None)
        if occurrence is None:
            return False
        for name in self._evidence.keys() - {source}:
            witness = self._present(name)
            if witness.sight is Sight.NEW and name in CLAIMS.get(occurrence.kind, ()):
                return True
            sightings = (*witness.seen, *(witness.hidden or ()))
            if any(not o.marks.isdisjoint(occurrence.marks) for o in sightings):
                return True
        return False

    def _lose(self, source: str, sight: Sight) -> None:
        before = self._known(source)
        hidden = None if before.hidden is None else (*before.seen, *before.hidden)
        self._evidence[source] = replace(before, sight=sight, seen=(), hidden=hidden)

    def _known(self, source: str) -> Evidence:
        return self._evidence.get(source, Evidence())

    def _present(self, source: str) -> Evidence:
        """What counts of a source's evidence by now."""
        witness, waited = self._evidence[source], self._clock() - self._looked.get(source, 0.0)
        if witness.sight is Sight.NEW and waited > PATIENCE:
            witness = replace(witness, sight=Sight.FAILING)
        if waited > REMEMBERED:
            witness = replace(witness, hidden=(), unseen=frozenset())
        return witness


def _missed(
    before: Evidence, seen: tuple[Observation, ...], unseen: frozenset[str], complete: bool
) -> tuple[Observation, ...] | None:
    """What was seen before and, by what is said now, may be there although it is not seen."""
    if before.hidden is None and not complete:
        return None
    marks = frozenset[str]().union(*(o.marks for o in seen))
    earlier = (o for o in (*before.seen, *(before.hidden or ())) if o.marks.isdisjoint(marks))
    return tuple(
        o for o in earlier if not complete or o.key in unseen or not o.marks.isdisjoint(unseen)
    )

"""The last results of one source's probes; failures are kept longer than successes."""

from __future__ import annotations

from array import array
from dataclasses import replace

from syseventd.model import Outcome, ProbeResult

_FINE = (Outcome.OK, "", None)
"""How nearly every probe ends: without words."""


class History:
    """Keeps the last `keep` results, and the last `keep_failures` failures beside them.

    Snapshots are left out: the newest is elsewhere, and many of them would fill the memory. The
    last results are kept packed, in a quarter of what they take as objects: thousands of sources
    have ten each.
    """

    __slots__ = ("_endings", "_failures", "_keep", "_keep_failures", "_times")

    def __init__(self, keep: int = 10, keep_failures: int = 10) -> None:
        self._keep = keep
        self._keep_failures = keep_failures
        self._times = array("d")
        """When each of the last results began and how long it took, in turn."""
        self._endings: tuple[tuple[Outcome, str, float | None], ...] = ()
        # A tuple: an empty deque takes 700 bytes, and most sources never fail.
        self._failures: tuple[ProbeResult, ...] = ()

    def record(self, result: ProbeResult) -> None:
        ending = (result.outcome, result.reason, result.retry_after)
        self._endings = (*self._endings, _FINE if ending == _FINE else ending)[-self._keep :]
        self._times.extend((result.started_at, result.duration))
        del self._times[: -2 * self._keep]
        if result.outcome.failed:
            kept = replace(result, snapshot=None)
            self._failures = (*self._failures, kept)[-self._keep_failures :]

    @property
    def results(self) -> tuple[ProbeResult, ...]:
        """The last results, oldest first."""
        times = zip(self._times[::2], self._times[1::2], strict=True)
        return tuple(
            ProbeResult(outcome, started_at, duration, None, reason, retry_after)
            for (started_at, duration), (outcome, reason, retry_after) in zip(
                times, self._endings, strict=True
            )
        )

    @property
    def failures(self) -> tuple[ProbeResult, ...]:
        """The last failures, oldest first, however long ago."""
        return self._failures

    @property
    def kept(self) -> tuple[ProbeResult, ...]:
        """All that is kept, oldest first: the last results, before them older failures."""
        results = self.results
        if not results:
            return ()
        since = results[0].started_at
        return (*(f for f in self._failures if f.started_at < since), *results)

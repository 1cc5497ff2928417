"""The last results of one source's probes; failures are kept longer than successes."""

from __future__ import annotations

from syseventd.model import ProbeResult


class History:
    """Keeps the last `keep` results, and the last `keep_failures` failures beside them.

    Snapshots are left out: the newest is elsewhere, and many of them would fill the memory.
    """

    __slots__ = ("_failures", "_keep", "_keep_failures", "_results")

    def __init__(self, keep: int = 10, keep_failures: int = 10) -> None:
        self._keep = keep
        self._keep_failures = keep_failures
        # Tuples: an empty deque takes 700 bytes, and of thousands of sources most never fail.
        self._results: tuple[ProbeResult, ...] = ()
        self._failures: tuple[ProbeResult, ...] = ()

    def record(self, result: ProbeResult) -> None:
        kept = ProbeResult(
            result.outcome,
            result.started_at,
            result.duration,
            None,
            result.reason,
            result.retry_after,
        )
        self._results = (*self._results, kept)[-self._keep :]
        if kept.outcome.failed:
            self._failures = (*self._failures, kept)[-self._keep_failures :]

    @property
    def results(self) -> tuple[ProbeResult, ...]:
        """The last results, oldest first."""
        return self._results

    @property
    def failures(self) -> tuple[ProbeResult, ...]:
        """The last failures, oldest first, however long ago."""
        return self._failures

    @property
    def kept(self) -> tuple[ProbeResult, ...]:
        """All that is kept, oldest first: the last results, before them older failures."""
        if not self._results:
            return ()
        since = self._results[0].started_at
        return (*(f for f in self._failures if f.started_at < since), *self._results)

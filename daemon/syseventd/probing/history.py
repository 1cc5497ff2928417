"""The last results of one source's probes; failures are kept longer than successes."""

from __future__ import annotations

from collections import deque

from syseventd.model import ProbeResult


class History:
    """Keeps the last `keep` results, and the last `keep_failures` failures beside them.

    Snapshots are left out: the newest is elsewhere, and many of them would fill the memory.
    """

    def __init__(self, keep: int = 10, keep_failures: int = 10) -> None:
        self._results: deque[ProbeResult] = deque(maxlen=keep)
        self._failures: deque[ProbeResult] = deque(maxlen=keep_failures)

    def record(self, result: ProbeResult) -> None:
        kept = ProbeResult(
            result.outcome,
            result.started_at,
            result.duration,
            None,
            result.reason,
            result.retry_after,
        )
        self._results.append(kept)
        if kept.outcome.failed:
            self._failures.append(kept)

    @property
    def results(self) -> tuple[ProbeResult, ...]:
        """The last results, oldest first."""
        return tuple(self._results)

    @property
    def failures(self) -> tuple[ProbeResult, ...]:
        """The last failures, oldest first, however long ago."""
        return tuple(self._failures)

    @property
    def kept(self) -> tuple[ProbeResult, ...]:
        """All that is kept, oldest first: the last results, before them older failures."""
        if not self._results:
            return ()
        since = self._results[0].started_at
        return (*(f for f in self._failures if f.started_at < since), *self._results)

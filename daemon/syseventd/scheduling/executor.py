"""APScheduler's executor, reduced to a call: the scheduler's own code starts what is due."""

from __future__ import annotations

from typing import Any

from apscheduler.executors.base import BaseExecutor


class CallingExecutor(BaseExecutor):  # type: ignore[misc] # APScheduler has no types
    """Calls a job's function with the time that it was due, on the event loop.

    Overlap, lateness and failures are the function's to see to: what APScheduler's own executors
    do about them costs more than a probe, and logs a line for each.
    """

    def submit_job(self, job: Any, run_times: list[Any]) -> None:
        self._do_submit_job(job, run_times)

    def _do_submit_job(self, job: Any, run_times: list[Any]) -> None:
        job.func(*job.args, due=run_times[-1].timestamp())

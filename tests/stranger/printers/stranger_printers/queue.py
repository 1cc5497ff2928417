"""The source `queue`, on the event loop: each job that waits or prints is an event."""

from __future__ import annotations

import asyncio
from typing import Any

from stranger_printers.settings import QueueSettings
from stranger_printers.spool import Spool
from syseventd import Malformed, Observation, Snapshot, Target


class Queue:
    """The jobs of one spooler."""

    def __init__(self, spool: Spool, owners: bool) -> None:
        self._spool = spool
        self._owners = owners

    async def probe(self) -> Snapshot:
        """Every job, and a wish to be asked again soon while one prints."""
        content = await asyncio.to_thread(self._spool.read)
        try:
            jobs = tuple(self._observe(job) for job in content["jobs"])
        except (KeyError, TypeError, ValueError) as error:
            raise Malformed(str(self._spool.file), repr(error)) from None
        facts = {"simulated": "yes"} if content.get("simulated") else {}
        return Snapshot(jobs, facts=facts, ask_again=1.0 if jobs else None)

    def _observe(self, job: dict[str, Any]) -> Observation:
        return Observation(
            key=str(job["id"]),
            kind="print-job",
            name=str(job["name"]),
            status=f"{job['printed']} of {job['pages']} pages",
            activated_at=float(job["submitted"]),
            activated_by=str(job["owner"]) if self._owners else "",
            progress=job["printed"] / job["pages"],
        )


def create(target: Target, spool: Spool, settings: QueueSettings) -> Queue:
    """The source for one target."""
    return Queue(spool, settings.owners)

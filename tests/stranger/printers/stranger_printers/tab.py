"""The tab `queue`: whose turn it is."""

from __future__ import annotations

from syseventd.interface import Table, TargetView


def table(view: TargetView) -> Table:
    """The open jobs, the oldest first."""
    jobs = sorted(
        (event for event in view.events if event.observation.kind == "print-job"),
        key=lambda event: event.began_at,
    )
    rows = [
        (str(place), job.observation.name, job.observation.activated_by)
        for place, job in enumerate(jobs, 1)
    ]
    return Table(("Place", "Job", "Sent by"), tuple(rows))

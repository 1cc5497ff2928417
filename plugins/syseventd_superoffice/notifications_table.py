"""The part System notifications of the tab `status`: the list that SuperOffice shows there."""

from __future__ import annotations

from collections.abc import Iterator

from syseventd import Event, Timestamp
from syseventd.interface import Table, TargetView
from syseventd_superoffice.kinds import NAMES
from syseventd_superoffice.moments import moment
from syseventd_superoffice.values import read_name

CAPTION = "System notifications"
HEADINGS = ("Event", "Status", "Message", "Activated", "Activated by", "Finished", "Type")
"""The columns of SuperOffice's own list. `Finished` is when an event is expected to end."""

SOURCE = "system-events"
"""The source that reads the list. Others may report what stands in it, and know more of it."""

KINDS = NAMES - {"batch-task"}
"""Kinds of events that stand in the list: imports and rebuilds do, whoever reports them."""

NONE = "none is active"


def table(view: TargetView) -> Table:
    """One row for each that is open, the newest first; a row that says so where there is none."""
    events = [event for event in view.events if event.observation.kind in KINDS]
    events.sort(key=lambda event: (event.began_at, event.id), reverse=True)
    rows = tuple(tuple(_row(event)) for event in events)
    if not rows and SOURCE in view.snapshots:
        rows = ((NONE, *[""] * (len(HEADINGS) - 1)),)
    return Table(HEADINGS, rows, caption=CAPTION)


def _row(event: Event) -> Iterator[str]:
    seen = event.observation
    details = dict(seen.details)
    yield seen.name
    yield seen.status or event.state
    yield read_name(seen.message)
    yield _time(seen.activated_at)
    user = details.get("User ID", "")
    both = f"{seen.activated_by} ({user})" if user and seen.activated_by else ""
    yield seen.activated_by if user == seen.activated_by else both or seen.activated_by or user
    yield _time(seen.expected_end)
    yield details.get("Type", "") or seen.scope


def _time(at: Timestamp | None) -> str:
    return "" if at is None else moment(at)

"""The tab `licences` of a target's page: what SuperOffice's own Licences screen says of them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

from syseventd import Event, Expiry, Seats, Snapshot, Timestamp
from syseventd.interface import Cell, Share, Table, TargetView
from syseventd_superoffice.licences.dates import day_and_days
from syseventd_superoffice.licences.licence import event_key, number
from syseventd_superoffice.licences.seats import OVER_LIMIT
from syseventd_superoffice.licences.server import fact_name

OWNERS = (
    "Owner",
    "Issued to",
    "Expires",
    "Grace until",
    "Maintenance until",
    "Next check",
    "Waiting licence",
    "Licence server",
)
DATES = ("licence", "grace", "maintenance", "next_check")
SEATS = ("Licence", "Module", "In use", "Available", "Total", "Use")
NUMBERS = frozenset({"In use", "Available", "Total"})
DATA = "licence data"
"""The fact that says how much of the licences can be read."""


def tables(view: TargetView, now: Timestamp | None = None) -> Sequence[Table]:
    """All owners with their dates, and for each a table of its licences with their seats.

    `now` is the present, in Unix seconds.
    """
    now = time.time() if now is None else now
    snapshot = view.snapshots.get("licences", Snapshot())
    dates = {(e.name, e.kind): e for e in snapshot.expiries}
    events = {e.observation.key: e for e in view.events if e.source.source == "licences"}
    seats: dict[str, list[Seats]] = {name: [] for name, _ in dates}
    for licence in snapshot.seats:
        seats.setdefault(licence.owner, []).append(licence)
    owners = Table(
        OWNERS,
        tuple(tuple(_owner(name, dates, events, snapshot, now)) for name in seats),
        caption=f"What can be read: {snapshot.facts[DATA]}" if DATA in snapshot.facts else "",
        facts=frozenset({DATA, *map(fact_name, seats)}),
    )
    return [
        owners,
        *(
            Table(SEATS, tuple(map(_licence, licences)), caption=owner, numbers=NUMBERS)
            for owner, licences in seats.items()
        ),
    ]


def _owner(
    owner: str,
    dates: Mapping[tuple[str, str], Expiry],
    events: Mapping[str, Event],
    snapshot: Snapshot,
    now: Timestamp,
) -> Iterator[str]:
    """The cells of one owner's row."""
    yield owner
    yield _whose(dates.get((owner, "licence")))
    for kind in DATES:
        expiry = dates.get((owner, kind))
        yield "" if expiry is None else day_and_days(expiry.at, now)
    yield _waiting(events.get(event_key("waiting", owner)))
    yield snapshot.facts.get(fact_name(owner), "")


def _licence(seats: Seats) -> tuple[Cell, ...]:
    """The cells of one licence's row."""
    used, limit, free = seats.used, seats.limit, seats.available
    return (
        seats.title or seats.licence,
        seats.licence,
        "unknown" if used is None else str(used),
        number(limit) if limit is None else "unknown" if free is None else str(free),
        number(limit),
        _use(used, limit),
    )


def _use(used: int | None, limit: int | None) -> Cell:
    """How much of a licence is in use. Of one for the whole site nothing runs out."""
    if not limit or used is None or max(limit, used) <= 1:
        return ""
    words = OVER_LIMIT if used > limit else "all in use" if used == limit else ""
    return Share(used / limit, words)


def _whose(expiry: Expiry | None) -> str:
    """The company and the serial number that a licence was issued to."""
    return "" if expiry is None else ", ".join(t for t in (expiry.subject, expiry.serial) if t)


def _waiting(event: Event | None) -> str:
    """What waits, and what it alters."""
    if event is None:
        return ""
    seen = event.observation
    return f"{seen.status}: {seen.message}" if seen.message else seen.status

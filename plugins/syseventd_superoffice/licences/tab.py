"""The tab `licences` of a target's page: what SuperOffice's own Licences screen says of them."""

from __future__ import annotations

import time

from syseventd import NEVER, Event, Expiry, Seats, Snapshot, Timestamp
from syseventd.interface import Table, TargetView
from syseventd_superoffice.licences.dates import day_of, days_left
from syseventd_superoffice.licences.licence import event_key, number
from syseventd_superoffice.licences.server import fact_name

HEADINGS = (
    "Owner",
    "Licence",
    "In use",
    "Total",
    "Expires",
    "Grace until",
    "Maintenance until",
    "Next check",
    "Waiting licence",
    "Licence server",
)
DATES = ("licence", "grace", "maintenance", "next_check")


def table(view: TargetView, now: Timestamp | None = None) -> Table:
    """One row an owner, with all its dates, and below it one row a licence, with its seats.

    The last row is the plan's limit, where one is near. `now` is the present, in Unix seconds.
    """
    now = time.time() if now is None else now
    snapshot = view.snapshots.get("licences", Snapshot())
    dates = {(e.name, e.kind): e for e in snapshot.expiries}
    events = {e.observation.key: e for e in view.events if e.source.source == "licences"}
    seats: dict[str, list[Seats]] = {name: [] for name, _ in dates}
    for licence in snapshot.seats:
        seats.setdefault(licence.owner, []).append(licence)
    rows = []
    for owner, licences in seats.items():
        shown = (_date(dates.get((owner, kind)), now) for kind in DATES)
        waiting = _waiting(events.get(event_key("waiting", owner)))
        whose = _whose(dates.get((owner, "licence")))
        server = snapshot.facts.get(fact_name(owner), "")
        rows.append((owner, whose, "", "", *shown, waiting, server))
        rows += [
            _row(owner, s.title or s.licence, _used(s.used), number(s.limit)) for s in licences
        ]
    if limit := snapshot.facts.get("plan limit"):
        used, _, most = limit.partition(" of ")
        rows.append(_row("", "Limit of the plan", used, most))
    return Table(HEADINGS, tuple(rows))


def _row(*cells: str) -> tuple[str, ...]:
    return (*cells, *("",) * (len(HEADINGS) - len(cells)))


def _used(count: int | None) -> str:
    return "unknown" if count is None else str(count)


def _whose(expiry: Expiry | None) -> str:
    """The company and the serial number that a licence was issued to."""
    return "" if expiry is None else ", ".join(t for t in (expiry.subject, expiry.serial) if t)


def _date(expiry: Expiry | None, now: Timestamp) -> str:
    if expiry is None:
        return ""
    if expiry.at == NEVER:
        return "never"
    left = days_left(expiry.at, now)
    days = "1 day" if abs(left) == 1 else f"{abs(left)} days"
    when = "today" if not left else f"{days} left" if left > 0 else f"{days} ago"
    return f"{day_of(expiry.at)} ({when})"


def _waiting(event: Event | None) -> str:
    """What waits, and what it alters."""
    if event is None:
        return ""
    seen = event.observation
    return f"{seen.status}: {seen.message}" if seen.message else seen.status

"""The tab `licences` of a target's page: owners with their dates, and their licences with seats."""

from __future__ import annotations

from datetime import UTC, datetime

from syseventd import NEVER, Expiry, Snapshot, Timestamp
from syseventd.interface import Table, TargetView

HEADINGS = ("Owner", "Licence", "In use", "Total", "Expires", "Grace until", "Maintenance until")
KINDS = ("licence", "grace", "maintenance")


def table(view: TargetView) -> Table:
    """One row an owner, with its dates, and below it one row a licence, with its seats."""
    snapshot = view.snapshots.get("licences", Snapshot())
    dates = {(e.name, e.kind): e for e in snapshot.expiries}
    owners = dict.fromkeys(
        [*(e.name for e in snapshot.expiries), *(s.owner for s in snapshot.seats)]
    )
    rows = []
    for owner in owners:
        shown = tuple(_date(dates.get((owner, kind))) for kind in KINDS)
        rows.append((owner, "", "", "", *shown))
        rows += [
            (owner, s.title or s.licence, _number(s.used, "unknown"), _number(s.limit, "unlimited"))
            + ("",) * len(KINDS)
            for s in snapshot.seats
            if s.owner == owner
        ]
    return Table(HEADINGS, tuple(rows))


def _number(number: int | None, otherwise: str) -> str:
    return otherwise if number is None else str(number)


def _date(expiry: Expiry | None) -> str:
    return "" if expiry is None else _day(expiry.at)


def _day(at: Timestamp) -> str:
    return "never" if at == NEVER else datetime.fromtimestamp(at, UTC).date().isoformat()

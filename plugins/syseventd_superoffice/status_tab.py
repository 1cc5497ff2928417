"""The tab `status` of a target's page: what SuperOffice's Status tab says of the database."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping

from syseventd import NEVER, Expiry, Timestamp
from syseventd.interface import Table, TargetView
from syseventd_superoffice.licences.dates import day_and_days
from syseventd_superoffice.settings import SuperOfficeSettings

HEADINGS = ("Database", "")

PLAN_LIMIT = {"plan-limit-near": "nearly reached", "plan-limit-reached": "reached"}
"""What is said of the plan's limit while an event of this kind lasts."""

BEFORE_EXPIRY = (
    ("Owner", "company"),
    ("Serial number", "serial"),
    ("Subscription", "subscription"),
    ("Type", "database_type"),
    ("Central or satellite", "installation_type"),
)
AFTER_EXPIRY = (
    ("User logged in", "logged_in_as"),
    ("Role", "role"),
    ("Plan", "plan"),
    ("Restrictions", "restrictions"),
    ("Version", "version"),
    ("Build", "build"),
    ("Database version", "database_version"),
    ("Database context", "database_context"),
    ("Satellites", "satellites"),
    ("Tenant", "tenant"),
    ("Tenant's state", "tenant_state"),
    ("Tenant's address", "endpoint"),
    ("Tenant's version", "tenant_version"),
)
"""Each row's heading with the fact that it shows. What nobody knows has no row."""

OF_DATABASE = ("database_type", "installation_type")
"""Facts that the WebAPI does not tell: where they are missing, the row says so."""

MISSING = "not known: the WebAPI does not tell it; it needs the block `database`"

LIMIT = "plan limit"
SHOWN = frozenset({LIMIT, *(name for _, name in (*BEFORE_EXPIRY, *AFTER_EXPIRY))})


def table(view: TargetView, now: Timestamp | None = None) -> Table:
    """One row for each thing that is known, in the order of SuperOffice's own screen.

    `now` is the present, in Unix seconds.
    """
    now = time.time() if now is None else now
    facts: dict[str, str] = {}
    for snapshot in view.snapshots.values():
        facts |= snapshot.facts
    if installation := view.snapshots.get("installation"):
        facts |= {**_missing(view), **installation.facts}
    if restrictions := _restrictions(view, facts):
        facts["restrictions"] = restrictions
    expiries = [e for snapshot in view.snapshots.values() for e in snapshot.expiries]
    rows = (
        *((title, facts[name]) for title, name in BEFORE_EXPIRY if facts.get(name)),
        *_expiry(expiries, now),
        *((title, facts[name]) for title, name in AFTER_EXPIRY if facts.get(name)),
    )
    return Table(HEADINGS, rows, facts=SHOWN)


def _missing(view: TargetView) -> Mapping[str, str]:
    """Why what only the database tells is not known; of a tenant online SuperOffice shows none."""
    settings = view.target.settings
    if not isinstance(settings, SuperOfficeSettings) or settings.tenant is not None:
        return {}
    return dict.fromkeys(OF_DATABASE, MISSING) if settings.database is None else {}


def _restrictions(view: TargetView, facts: Mapping[str, str]) -> str:
    """How many of how many the plan allows, and whether that is nearly all of them, or all."""
    limit = facts.get("restrictions") or facts.get(LIMIT)
    kinds = {event.observation.kind for event in view.events}
    words = [word for kind, word in PLAN_LIMIT.items() if kind in kinds]
    return ", ".join([limit, *words]) if limit else ""


def _expiry(expiries: Iterable[Expiry], now: Timestamp) -> Iterator[tuple[str, str]]:
    """What has expired already, and when a licence expires next, if a date is known."""
    dates = {(expiry.kind, expiry.name): expiry.at for expiry in expiries}
    ends = sorted((at, name) for (kind, name), at in dates.items() if kind == "licence")
    for at, owner in ends:
        if at <= now:
            yield "Expired", f"{day_and_days(at, now)}: {owner}{_grace(dates, owner, now)}"
    coming = next(((at, owner) for at, owner in ends if at > now), None)
    if coming is not None:
        at, owner = coming
        yield "Next expiry date", "never" if at == NEVER else f"{day_and_days(at, now)}: {owner}"


def _grace(dates: Mapping[tuple[str, str], Timestamp], owner: str, now: Timestamp) -> str:
    """Until when what has expired still works, or since when it no longer does."""
    at = dates.get(("grace", owner))
    if at is None:
        return ""
    return f"; its grace {'ends' if at > now else 'ended'} {day_and_days(at, now)}"

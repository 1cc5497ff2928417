"""The tab `status` of a target's page: what SuperOffice's Status tab says of the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from syseventd import NEVER, Expiry, Snapshot
from syseventd.interface import Table, TargetView

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
    ("Plan", "plan"),
    ("Restrictions", "restrictions"),
    ("Version", "version"),
    ("Build", "build"),
    ("Database version", "database_version"),
    ("Satellites", "satellites"),
    ("Tenant", "tenant"),
    ("Tenant's state", "tenant_state"),
    ("Tenant's address", "endpoint"),
    ("Tenant's version", "tenant_version"),
)
"""Each row's heading with the fact that it shows. What nobody knows has no row."""


def table(view: TargetView) -> Table:
    """One row for each thing that is known, in the order of SuperOffice's own screen."""
    facts: dict[str, str] = {}
    for snapshot in view.snapshots.values():
        facts |= snapshot.facts
    facts |= view.snapshots.get("installation", Snapshot()).facts
    limit = facts.get("plan limit", "")
    expiry = _next_expiry(e for s in view.snapshots.values() for e in s.expiries)
    return Table(
        HEADINGS,
        (
            *((title, facts[name]) for title, name in BEFORE_EXPIRY if facts.get(name)),
            *((("Next expiry date", expiry),) if expiry else ()),
            *((title, facts[name]) for title, name in AFTER_EXPIRY if facts.get(name)),
            *((("Limit of the plan", _plan_limit(view, limit)),) if limit else ()),
        ),
    )


def _plan_limit(view: TargetView, limit: str) -> str:
    """How many of how many, and whether that is nearly all of them, or all."""
    kinds = {event.observation.kind for event in view.events}
    words = [word for kind, word in PLAN_LIMIT.items() if kind in kinds]
    return ", ".join([limit, *words])


def _next_expiry(expiries: Iterable[Expiry]) -> str:
    """When a licence expires first; "never" where none does, "" where no date is known."""
    dates = [(expiry.at, expiry.name) for expiry in expiries if expiry.kind == "licence"]
    if not dates:
        return ""
    at, owner = min(dates)
    return "never" if at == NEVER else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d} ({owner})"

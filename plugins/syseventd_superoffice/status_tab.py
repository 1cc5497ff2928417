"""The tab `status` of a target's page: what SuperOffice's Status tab says of the database."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from syseventd import NEVER, Expiry, Snapshot, Timestamp
from syseventd.interface import Table, TargetView
from syseventd_superoffice import notifications_table
from syseventd_superoffice.licences.dates import day_and_days
from syseventd_superoffice.licences.kinds import PLAN_NEAR, PLAN_REACHED
from syseventd_superoffice.licences.plan import PLAN_LIMIT
from syseventd_superoffice.settings import SuperOfficeSettings

HEADINGS = ("Database", "")

AT_LIMIT = {PLAN_NEAR: "nearly reached", PLAN_REACHED: "reached: no more can be made"}
"""What is said of the plan's limit while an event of this kind lasts."""

BEFORE_EXPIRY = (
    ("Owner", "company"),
    ("Serial number", "serial"),
    ("Subscription", "subscription"),
    ("Type", "database_type"),
    ("Central or satellite", "installation_type"),
)
EXPIRY = "Next expiry date"
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

TOLD_BY = {
    "installation": ("company", "serial", *OF_DATABASE, "logged_in_as"),
    "licences": ("subscription", EXPIRY),
}
"""Rows that SuperOffice's screen always has, by the source that tells them."""

NOT_YET = "not known: the source {source} has told nothing yet; see Sources"
NOT_BY_WEBAPI = "not known: the WebAPI does not tell it, only the database does"
NOT_ONLINE = "not told online, where SuperOffice runs the database"

SHOWN = frozenset({PLAN_LIMIT, *(name for _, name in (*BEFORE_EXPIRY, *AFTER_EXPIRY))})


def tables(view: TargetView) -> Sequence[Table]:
    """The screen's parts Database and System notifications. Its meters have a tab of their own."""
    return [table(view), notifications_table.table(view)]


def table(view: TargetView, now: Timestamp | None = None) -> Table:
    """One row for each thing that is known, in the order of SuperOffice's own screen.

    `now` is the present, in Unix seconds.
    """
    now = time.time() if now is None else now
    facts = dict(_missing(view))
    for snapshot in view.snapshots.values():
        facts |= snapshot.facts
    if installation := view.snapshots.get("installation"):
        facts |= installation.facts
    facts["restrictions"] = _restrictions(view)
    expiries = [e for snapshot in view.snapshots.values() for e in snapshot.expiries]
    dates = tuple(_expiry(expiries, now))
    if not dates and EXPIRY in facts:
        dates = ((EXPIRY, facts[EXPIRY]),)
    rows = (
        *((title, facts[name]) for title, name in BEFORE_EXPIRY if facts.get(name)),
        *dates,
        *((title, facts[name]) for title, name in AFTER_EXPIRY if facts.get(name)),
    )
    return Table(HEADINGS, rows, facts=SHOWN)


def _missing(view: TargetView) -> Iterator[tuple[str, str]]:
    """Why what stands on SuperOffice's screen is not known, by the names of the facts."""
    settings = view.target.settings
    if not isinstance(settings, SuperOfficeSettings):
        return
    for source, names in TOLD_BY.items():
        if source not in view.snapshots:
            yield from ((name, NOT_YET.format(source=source)) for name in names)
    if settings.database is None:
        why = NOT_BY_WEBAPI if settings.tenant is None else NOT_ONLINE
        yield from ((name, why) for name in OF_DATABASE)


def _restrictions(view: TargetView) -> str:
    """How many of how many the plan allows, and whether that is nearly all of them, or all.

    Told by the newest that is known: the event while the limit is near, else the source that
    makes it, else the one that asks more seldom.
    """
    for event in view.events:
        if word := AT_LIMIT.get(event.observation.kind):
            said = event.observation.message
            return f"{said}, {word}" if said else word
    licences = view.snapshots.get("licences")
    if licences is None or PLAN_LIMIT in (problem.where for problem in licences.problems):
        return view.snapshots.get("installation", Snapshot()).facts.get("restrictions", "")
    return licences.facts.get(PLAN_LIMIT, "")


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
        yield EXPIRY, "never" if at == NEVER else f"{day_and_days(at, now)}: {owner}"


def _grace(dates: Mapping[tuple[str, str], Timestamp], owner: str, now: Timestamp) -> str:
    """Until when what has expired still works, or since when it no longer does."""
    at = dates.get(("grace", owner))
    if at is None:
        return ""
    return f"; its grace {'ends' if at > now else 'ended'} {day_and_days(at, now)}"

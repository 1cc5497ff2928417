"""The kinds of event that licences have, and what is measured of them."""

from __future__ import annotations

from syseventd.interface import EventKind, Gauge, Severity

EXPIRY = "licence-expiry"
MAINTENANCE = "licence-maintenance"
CHECK_MISSED = "licence-check-missed"
RENEWED = "licence-renewed"
CHANGED = "licence-changed"
WAITING = "licence-waiting"
SERVER = "licence-server"
NEARLY_USED_UP = "seats-nearly-used-up"
USED_UP = "seats-used-up"
OVER_WAITING = "seats-over-waiting"
PLAN_NEAR = "plan-limit-near"
PLAN_REACHED = "plan-limit-reached"

KINDS = (
    EventKind(
        EXPIRY,
        "Licence expires",
        "None before its end. After its grace, modules can only read, or stop.",
    ),
    EventKind(
        MAINTENANCE,
        "Maintenance of a licence ends",
        "Once it is over, upgrades are refused.",
        severity=Severity.INFO,
    ),
    EventKind(
        CHECK_MISSED,
        "Licence was not checked",
        "A renewed licence may have been issued, and not have arrived.",
    ),
    EventKind(
        RENEWED, "Licence was renewed", "None: it tells what happened.", severity=Severity.INFO
    ),
    EventKind(
        CHANGED,
        "Licence has changed",
        "Modules that it no longer has can no longer be used.",
        severity=Severity.INFO,
    ),
    EventKind(
        WAITING, "A new licence waits", "What it would renew or add does not hold until activated."
    ),
    EventKind(SERVER, "The licence server has a message", "See what it says."),
    EventKind(
        NEARLY_USED_UP,
        "Seats of a licence are nearly used up",
        "None yet: a few are free.",
        severity=Severity.INFO,
    ),
    EventKind(USED_UP, "Seats of a licence are used up", "No further user can be given it."),
    EventKind(
        OVER_WAITING,
        "More seats are in use than the new licence has",
        "The new licence can't be activated until the surplus is free.",
    ),
    EventKind(PLAN_NEAR, "A limit of the plan is near", "None yet.", severity=Severity.INFO),
    EventKind(
        PLAN_REACHED, "A limit of the plan is reached", "What is limited can't be added any more."
    ),
)

PLAN_ACTIVE = "plan_active_entities"
PLAN_MAXIMUM = "plan_maximum_entities"
SERVER_ANSWERED = "licence_server_answered_timestamp_seconds"

GAUGES = (
    Gauge(PLAN_ACTIVE, "Active entities that count towards the limit of the plan."),
    Gauge(PLAN_MAXIMUM, "Active entities that the plan allows."),
    Gauge(SERVER_ANSWERED, "When the licence server last answered for a licence owner, Unix time."),
)

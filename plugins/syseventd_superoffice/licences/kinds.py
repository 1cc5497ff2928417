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
        "Works until its grace ends; then modules can only read, or stop.",
    ),
    EventKind(
        MAINTENANCE,
        "Maintenance of a licence ends",
        "Users notice nothing; once it is over, upgrades are refused.",
        severity=Severity.INFO,
    ),
    EventKind(
        CHECK_MISSED,
        "Licence was not checked",
        "Users notice nothing yet; a renewed licence may not have arrived here.",
    ),
    EventKind(
        RENEWED,
        "Licence was renewed",
        "Users notice nothing: what it allows goes on.",
        severity=Severity.INFO,
    ),
    EventKind(
        CHANGED,
        "Licence has changed",
        "Modules that were taken out of it can't be used any more.",
        severity=Severity.INFO,
    ),
    EventKind(
        WAITING,
        "A new licence waits",
        "What it renews or adds can't be used before somebody activates it.",
    ),
    EventKind(
        SERVER,
        "The licence server has a message",
        "Users notice nothing yet; the message says what to do about the licence.",
    ),
    EventKind(
        NEARLY_USED_UP,
        "Seats of a licence are nearly used up",
        "Users notice nothing yet: a few seats are free.",
        severity=Severity.INFO,
    ),
    EventKind(
        USED_UP,
        "Seats of a licence are used up",
        "Nobody else can be given a seat; those who have one work on.",
    ),
    EventKind(
        OVER_WAITING,
        "More seats are in use than the new licence has",
        "The new licence can't be activated before enough seats are given back.",
    ),
    EventKind(
        PLAN_NEAR,
        "A limit of the plan is near",
        "Users notice nothing yet.",
        severity=Severity.INFO,
    ),
    EventKind(
        PLAN_REACHED,
        "A limit of the plan is reached",
        "Users can make no more of what the plan limits; what is there works on.",
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

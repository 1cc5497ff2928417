"""How bad each kind of event is: the page's order and the alerts of Prometheus say the same."""

from __future__ import annotations

import syseventd_superoffice
from syseventd.interface import Severity

SEVERITIES = {kind.name: kind.severity for kind in syseventd_superoffice.event_kinds()}


def test_what_stops_or_damages_is_critical() -> None:
    """And nothing else is, unless it is late: an alarm for everything is none."""
    critical = {name for name, severity in SEVERITIES.items() if severity is Severity.CRITICAL}
    assert critical == {"no-login", "tenant-state", "udef-cancelled"}


def test_what_merely_goes_on_or_is_near_is_information() -> None:
    """It becomes a warning once it is late."""
    for name in (
        *("import", "batch-task", "freetext-rebuild", "saint-rebuild", "udef-rebuild"),
        *("seats-nearly-used-up", "plan-limit-near", "metered-near", "metered-forecast"),
        *("message-of-the-day", "system-message", "upgrade-pending", "licence-renewed"),
    ):
        assert SEVERITIES[name] is Severity.INFO, name


def test_what_is_used_up_old_or_stopped_is_a_warning() -> None:
    """As the alerts have it."""
    for name in (
        *("licence-expiry", "licence-waiting", "licence-check-missed", "seats-used-up"),
        *("plan-limit-reached", "metered-over", "freetext-old", "saint-stale", "batch-waiting"),
        *("server-process-stopped", "schedule-failing", "prototype-slow"),
    ):
        assert SEVERITIES[name] is Severity.WARNING, name

"""What of an installation changes seldom is asked for seldom, and soon when there is a reason."""

from __future__ import annotations

from typing import Any

from syseventd import NotAvailable, Snapshot, Unreachable
from syseventd_superoffice.installation.source import SOON

NOW = 1_790_000_000.0

DAY = 86400.0


def kinds(snapshot: Snapshot) -> list[str]:
    return [observation.kind for observation in snapshot.observations]


UP_TO_DATE = {
    "code": [{"Name": "a", "StepNumber": 1}],
    "database": [{"Name": "a", "StepNumber": 1}],
}


def test_what_changes_seldom_is_asked_seldom(versions: Any, watch: Any) -> None:
    """Upgrade steps cost the installation seconds: they are asked for once an hour."""
    one = watch.at_times(NOW, NOW + 300, NOW + 3_700, NOW + 3_800)
    watch.answers(versions=versions, upgrade_steps=UP_TO_DATE)
    asked = []
    for _ in range(4):
        watch.installation.probe(one, {})
        asked.append(watch.installation.access.asked["upgrade_steps"])
    assert asked == [1, 1, 2, 2]


def test_a_pending_upgrade_is_followed_to_its_end(steps: Any, versions: Any, watch: Any) -> None:
    """While steps are missing they are asked for each time."""
    one = watch.at_times(NOW, NOW + 300)
    watch.answers(versions=versions, upgrade_steps=steps)
    assert kinds(watch.installation.probe(one, {})) == ["upgrade-pending"]
    watch.answers(upgrade_steps=UP_TO_DATE)
    ended = watch.installation.probe(one, {})
    assert ended.observations == ()
    assert not ended.hides("upgrade-pending")


def test_a_new_version_has_its_steps_asked_for_soon(steps: Any, versions: Any, watch: Any) -> None:
    """New code comes first, and its steps after it: within the minute they are looked for."""
    one = watch.at_times(NOW, NOW + 300, NOW + 330, NOW + 360)
    watch.answers(versions=versions, upgrade_steps=UP_TO_DATE)
    assert watch.installation.probe(one, {}).ask_again is None
    watch.answers(versions=versions | {"NetServerVersion": "12"}, upgrade_steps=steps)
    changed = watch.installation.probe(one, {})
    assert changed.ask_again == SOON
    watch.answers(versions=Unreachable("crm", "no route"))
    pending = watch.installation.probe(one, {})
    assert kinds(pending) == ["upgrade-pending"]
    assert pending.ask_again is None


def test_a_version_that_is_not_told_is_no_change(versions: Any, watch: Any) -> None:
    """Nothing is asked for sooner because nobody said which version it is."""
    one = watch.at_times(NOW, NOW + 300, NOW + 600)
    watch.answers(versions=versions)
    watch.installation.probe(one, {})
    for version in (None, versions["NetServerVersion"]):
        watch.answers(versions={"NetServerVersion": version})
        assert watch.installation.probe(one, {}).ask_again is None


def test_what_was_not_available_is_told_as_soon_as_it_is(
    steps: Any, versions: Any, watch: Any
) -> None:
    """How often it is asked for is the business of the way in, which remembers what is lacking."""
    one = watch.at_times(NOW, NOW + 300)
    watch.answers(versions=versions)
    assert kinds(watch.installation.probe(one, {})) == []
    watch.answers(upgrade_steps=steps)
    assert kinds(watch.installation.probe(one, {})) == ["upgrade-pending"]


def test_events_of_what_is_no_longer_available_are_given_up_in_a_day(
    silent: Any, versions: Any, watch: Any
) -> None:
    """A right that was taken by mistake ends nothing; a database that was unconfigured does."""
    watch.answers(versions=versions, server_processes=[silent])
    first = watch.probe()
    watch.answers(server_processes=NotAvailable("no right"))
    lost = watch.probe(NOW + 60, first.memory)
    assert lost.hides("server-process-stopped:7")
    later = watch.probe(NOW + 60 + 0.9 * DAY, lost.memory)
    assert later.hides("server-process-stopped:7")
    given_up = watch.probe(NOW + 60 + 1.1 * DAY, later.memory)
    assert not given_up.hides("server-process-stopped:7")
    watch.answers(server_processes=[silent])
    back = watch.probe(NOW + 60 + 1.2 * DAY, given_up.memory)
    assert "lost:server processes" not in (back.memory or {})

"""SAINT's values: measured while they are fresh, an event where they are old or never were made."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd import Snapshot

HOUR = 3600.0

NIGHT = 1_790_000_000.0
"""When the regeneration of the story began: 2026-09-21 14:13:20 UTC."""

DONE = (NIGHT, NIGHT + 300)
"""A regeneration that took five minutes."""


def kinds(snapshot: Snapshot) -> list[str]:
    return [observation.kind for observation in snapshot.observations]


def test_values_that_are_fresh_are_measured_and_no_event(
    counters: Any, monitor: Any, watched: Any
) -> None:
    """Each part has its numbers; no label holds what people called a status monitor."""
    snapshot = watched.probe(
        (counters(5, *DONE), counters(11, *DONE)), (monitor(7, *DONE, NumNeedUpdate=3),)
    )
    assert snapshot.observations == ()
    assert snapshot.problems == ()
    assert snapshot.ask_again is None
    assert {(m.name, m.part, m.value) for m in snapshot.measurements} == {
        ("saint_last_generated_timestamp_seconds", "counters contact", NIGHT + 300),
        ("saint_last_generated_timestamp_seconds", "counters project", NIGHT + 300),
        ("saint_last_generated_timestamp_seconds", "monitor 7", NIGHT + 300),
        ("saint_rows", "counters contact", 4200.0),
        ("saint_rows", "counters project", 4200.0),
        ("saint_matches", "monitor 7", 17.0),
        ("saint_need_update", "monitor 7", 3.0),
    }


@pytest.mark.parametrize(("hours", "told"), [(47.9, []), (48.2, ["saint-stale"])])
def test_values_that_were_generated_long_ago(
    counters: Any, watched: Any, hours: float, told: list[str]
) -> None:
    """Two nights without a regeneration are an event, which names the parts."""
    watched.now = DONE[1] + hours * HOUR
    snapshot = watched.probe((counters(5, *DONE), counters(6, watched.now, watched.now)))
    assert kinds(snapshot) == told
    for event in snapshot.observations:
        assert (event.key, event.name) == ("saint-stale:counters", "SAINT counters are old")
        assert event.message == "counters contact: last generated 2026-09-21 14:18 UTC"


@pytest.mark.parametrize("dirty", [{"NeedsUpdate": True}, {"NumNeedUpdate": 1}])
def test_values_that_wait_to_be_worked_out(
    monitor: Any, watched: Any, dirty: dict[str, object]
) -> None:
    """They may wait for a while; after a regeneration that begins anew."""
    watched.configured(oldest="30d")
    assert watched.probe((), (monitor(7, *DONE, **dirty),)).observations == ()
    watched.now += 49 * HOUR
    snapshot = watched.probe((), (monitor(7, *DONE, **dirty),))
    [event] = snapshot.observations
    assert event.key == "saint-stale:monitors"
    assert event.message == "monitor 7 (Hot leads): needs update since 2026-09-21 15:13 UTC"
    again = (watched.now - 300, watched.now)
    assert watched.probe((), (monitor(7, *again, **dirty),)).observations == ()


def test_all_values_of_a_changed_definition_need_update(monitor: Any, watched: Any) -> None:
    """Even if none is counted: no value of it holds any more."""
    changed = monitor(7, *DONE, NeedsUpdate=True, NumNeedUpdate=0)
    snapshot = watched.probe((), (changed, changed | {"StatusMonitorId": 8, "NumMatches": 0}))
    needs = {m.part: m.value for m in snapshot.measurements if m.name == "saint_need_update"}
    assert needs == {"monitor 7": 17.0, "monitor 8": 1.0}


def test_what_was_never_generated(counters: Any, monitor: Any, watched: Any) -> None:
    """One event for the counters, one for the status monitors, however many there are."""
    snapshot = watched.probe(
        (counters(5, None, None), counters(6, None, None), counters(11, *DONE)),
        tuple(monitor(n, None, None, Name="") for n in range(1, 14)),
    )
    of_counters, of_monitors = snapshot.observations
    assert of_counters.key == "saint-never:counters"
    assert of_counters.message == "counters contact\ncounters person"
    assert of_monitors.key == "saint-never:monitors"
    assert of_monitors.message.splitlines()[-2:] == ["monitor 10", "and 3 more"]


def test_what_is_switched_off_may_be_old(counters: Any, monitor: Any, watched: Any) -> None:
    """Nobody sees the values of what is switched off, or deleted."""
    watched.now = NIGHT + 999 * HOUR
    snapshot = watched.probe(
        (counters(5, *DONE, Enabled=False), counters(6, None, None, Enabled="false")),
        (
            monitor(7, *DONE, IsVisual=False, NeedsUpdate=True),
            monitor(8, None, None, IsVisual=0),
            monitor(9, None, None, Deleted=True),
        ),
    )
    assert snapshot.observations == ()

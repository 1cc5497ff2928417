"""What each state of a source does to its series."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd.model import FAILURES, Expiry, Meter, Observation, Outcome, Seats, Snapshot

MEASURED = [
    "syseventd_licence_seats_used",
    "syseventd_licence_seats_limit",
    "syseventd_meter_used",
    "syseventd_meter_threshold",
]
FACTS = ["syseventd_expiry_timestamp_seconds", "syseventd_not_before_timestamp_seconds"]
SEEN: dict[str, Any] = {
    "seats": (Seats("owner", "licence", 3, 5),),
    "meters": (Meter("m", 7.0, 8.0),),
    "expiries": (Expiry("certificate", "c", 9.0, not_before=1.0),),
}


@pytest.fixture
def seen(world: Any) -> Any:
    """A world with a source, `seen.source`, that has seen something of everything."""
    world.source = world.watch("crm")
    world.see(world.source, Observation("k", "import", "n"), **SEEN)
    return world


@pytest.mark.parametrize("family", MEASURED)
def test_measurements_vanish_when_they_are_too_old(seen: Any, family: str) -> None:
    """A measurement older than its source's staleness limit is no measurement any more."""
    assert len(seen.samples(family)) == 1
    seen.age(seen.source, 301.0)
    assert seen.samples(family) == {}


@pytest.mark.parametrize("family", MEASURED)
def test_measurements_stay_while_a_failure_is_short(seen: Any, family: str) -> None:
    """One failed probe takes no measurement away."""
    seen.end(seen.source, Outcome.TIMEOUT)
    assert len(seen.samples(family)) == 1


@pytest.mark.parametrize("family", MEASURED)
def test_measurements_come_back(seen: Any, family: str) -> None:
    """Once the source answers again, its measurements are there again."""
    seen.age(seen.source, 301.0)
    assert seen.samples(family) == {}
    seen.see(seen.source, **SEEN)
    assert len(seen.samples(family)) == 1


@pytest.mark.parametrize("family", FACTS)
@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.OK}))
def test_dates_stay_while_nobody_can_look(seen: Any, family: str, outcome: Outcome) -> None:
    """A date is a fact: no failure and no age takes it away."""
    before = seen.samples(family)
    seen.end(seen.source, outcome)
    seen.age(seen.source, 10 * 365 * 86400.0)
    assert seen.samples(family) == before != {}


def test_open_events_stay_while_nobody_can_look(seen: Any) -> None:
    """Nothing ends because we could not look."""
    before = seen.samples("syseventd_event_started_timestamp_seconds")
    seen.end(seen.source, Outcome.UNREACHABLE)
    seen.age(seen.source, 86400.0)
    assert seen.samples("syseventd_event_started_timestamp_seconds") == before != {}


@pytest.mark.parametrize(
    ("outcome", "state", "success"),
    [
        (Outcome.OK, "ok", 1.0),
        (Outcome.TIMEOUT, "failing", 0.0),
        (Outcome.PAUSED, "paused", None),
        (Outcome.NOT_AVAILABLE, "unavailable", None),
    ],
)
def test_exactly_one_state_holds(
    world: Any, outcome: Outcome, state: str, success: float | None
) -> None:
    """The state that holds is 1 and all others 0; success is absent where it says nothing."""
    source = world.watch("crm")
    if outcome is Outcome.OK:
        world.publish(source, Snapshot())
    else:
        world.end(source, outcome)
    assert world.samples("syseventd_source_state") == {
        (*source, name): float(name == state) for name in ("ok", "failing", "paused", "unavailable")
    }
    expected = {} if success is None else {source: success}
    assert world.samples("syseventd_probe_success") == expected


def test_a_source_that_was_never_asked_counts_from_zero(world: Any) -> None:
    """All counters are there from 0, no state holds yet, and no success is claimed."""
    source = world.watch("crm")
    assert world.samples("syseventd_probes") == {source: 0.0}
    assert world.samples("syseventd_probe_failures") == {(*source, str(f)): 0.0 for f in FAILURES}
    assert set(world.samples("syseventd_source_state").values()) == {0.0}
    assert world.samples("syseventd_probe_success") == {}
    assert world.samples("syseventd_probe_last_success_timestamp_seconds") == {}


def test_failures_are_counted_by_reason(world: Any) -> None:
    """Each failure counts once, under its reason; a pause is none."""
    source = world.watch("crm")
    for outcome in (Outcome.TIMEOUT, Outcome.TIMEOUT, Outcome.MALFORMED, Outcome.PAUSED):
        world.end(source, outcome)
    failures = world.samples("syseventd_probe_failures")
    assert failures[(*source, "timeout")] == 2.0
    assert failures[(*source, "malformed")] == 1.0
    assert sum(failures.values()) == 3.0
    assert world.samples("syseventd_probes") == {source: 4.0}


def test_a_seat_without_a_limit_has_no_limit_series(world: Any) -> None:
    """Unrestricted use has no limit; use that nobody knows has no series either."""
    world.see(
        world.watch("crm"), seats=(Seats("o", "free", 3, None), Seats("o", "unknown", None, 5))
    )
    assert world.samples("syseventd_licence_seats_used") == {("crm", "o", "free"): 3.0}
    assert world.samples("syseventd_licence_seats_limit") == {("crm", "o", "unknown"): 5.0}


def test_events_that_stand_still_are_counted_apart(world: Any) -> None:
    """Under `stalled`, until they move again."""
    source = world.watch("crm")
    seen = [Observation(key, "import", "n", stalled=key == "a") for key in "abc"]
    world.see(source, *seen)
    labels = (*source, "import", "")
    assert world.samples("syseventd_events") == {
        (*labels, "stalled"): 1.0,
        (*labels, "active"): 2.0,
    }
    world.see(source, Observation("a", "import", "n"), *seen[1:])
    assert world.samples("syseventd_events") == {(*labels, "active"): 3.0}


def test_facts_of_all_sources_describe_a_target(world: Any) -> None:
    """The info metric joins what the sources of one target tell; what is unknown is empty."""
    world.see(world.watch("crm", "a"), facts={"version": "10.2", "company": "not shown"})
    world.see(world.watch("crm", "b"), facts={"serial": "17"})
    line = 'syseventd_target_info{target="crm",type="crm",version="10.2",serial="17",'
    assert line + 'database_type=""} 1.0\n' in world.text()


def test_a_source_that_is_no_longer_watched_leaves_nothing(seen: Any) -> None:
    """No series outlives its source."""
    seen.text()
    seen.board.unwatch(seen.source)
    assert "crm" not in seen.text()

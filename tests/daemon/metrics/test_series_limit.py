"""The series limit of each target, and the counter of what was left out."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd.metrics import Format
from syseventd.model import Expiry, Observation

STARTED = "syseventd_event_started_timestamp_seconds"


def observations(count: int) -> tuple[Observation, ...]:
    return tuple(Observation(f"k{i}", "import", "n") for i in range(count))


@pytest.fixture
def limited(new_world: Any) -> Any:
    return new_world(max_series=3)


def test_a_target_within_its_limit_loses_nothing(limited: Any) -> None:
    """Exactly the limit is allowed."""
    limited.see(limited.watch("crm"), *observations(3))
    assert len(limited.samples(STARTED)) == 3
    assert limited.dropped_series() == {}


def test_what_is_over_the_limit_is_left_out_and_counted(limited: Any) -> None:
    """Each scrape counts what it left out."""
    limited.see(limited.watch("crm"), *observations(5))
    assert {labels[-1] for labels in limited.samples(STARTED)} == {"k0", "k1", "k2"}
    assert limited.dropped_series() == {"crm": 2.0}
    limited.text(Format.OPENMETRICS)
    assert limited.dropped_series() == {"crm": 4.0}


def test_the_limit_holds_over_all_families_of_a_target(limited: Any) -> None:
    """Expiries come first, so that alerts on them are lost last."""
    dates = tuple(Expiry("licence", f"l{i}", 1.0) for i in range(2))
    limited.see(limited.watch("crm"), *observations(5), expiries=dates)
    assert limited.text().count("\nsyseventd_expiry_timestamp_seconds{") == 2
    assert limited.dropped_series() == {"crm": 4.0}
    assert len(limited.samples(STARTED)) == 1


def test_one_target_does_not_use_up_the_limit_of_another(limited: Any) -> None:
    """The limit is each target's own."""
    limited.see(limited.watch("greedy"), *observations(100))
    limited.see(limited.watch("modest"), *observations(3))
    assert {k[-1] for k in limited.samples(STARTED) if k[0] == "modest"} == {"k0", "k1", "k2"}
    assert limited.dropped_series() == {"greedy": 97.0}


def test_counts_and_health_are_never_left_out(limited: Any) -> None:
    """Over the limit, the number of events is still true and the source's health is there."""
    source = limited.watch("crm")
    limited.see(source, *observations(50))
    assert limited.samples("syseventd_events") == {(*source, "import", "", "active"): 50.0}
    assert limited.samples("syseventd_probe_success") == {source: 1.0}


def test_below_the_limit_again_everything_is_back(limited: Any) -> None:
    """What was left out once is not left out for ever."""
    source = limited.watch("crm")
    limited.see(source, *observations(5))
    limited.text()
    limited.see(source, *observations(2))
    assert len(limited.samples(STARTED)) == 2
    assert limited.dropped_series() == {"crm": 2.0}


def test_scopes_without_end_are_bounded_and_counted(limited: Any) -> None:
    """A scope is a plugin's text: five of them give three counts, and two are dropped."""
    seen = (Observation("k", "import", "n", scope=f"s{i}") for i in range(5))
    limited.see(limited.watch("crm"), *seen)
    assert len(limited.samples("syseventd_events")) == 3
    assert limited.dropped_series() == {"crm": 2.0 + 2.0}  # two counts, and two events' starts


def test_a_flood_of_scopes_takes_no_date(limited: Any) -> None:
    """An alert on an expiry outlives any number of events in any number of scopes."""
    seen = (Observation("k", "import", "n", scope=f"s{i}") for i in range(50))
    dates = tuple(Expiry("licence", f"l{i}", 1.0) for i in range(3))
    limited.see(limited.watch("crm"), *seen, expiries=dates)
    assert len(limited.samples("syseventd_expiry_timestamp_seconds")) == 3


def test_the_sources_of_a_target_share_its_limit_of_scopes(limited: Any) -> None:
    """Two sources with two scopes each give three counts of their target, not four."""
    for source in ("a", "b"):
        seen = (Observation("k", "import", "n", scope=f"s{i}") for i in range(2))
        limited.see(limited.watch("crm", source), *seen)
    assert len(limited.samples("syseventd_events")) == 3

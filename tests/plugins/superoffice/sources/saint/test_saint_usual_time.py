"""How long a regeneration usually takes: what is remembered, and from when it is late."""

from __future__ import annotations

import json
from typing import Any

import pytest

from syseventd import NotAvailable

HOUR = 3600.0

NIGHT = 1_790_000_000.0
"""When the regeneration of the story began: 2026-09-21 14:13:20 UTC."""

DONE = (NIGHT, NIGHT + 300)
"""A regeneration that took five minutes."""


def test_without_evidence_nothing_is_expected(counters: Any, watched: Any) -> None:
    """Two durations are no habit."""
    watched.nights(2, 300)
    watched.now = NIGHT + 5 * HOUR
    [event] = watched.probe((counters(5, NIGHT, NIGHT - 9),)).observations
    assert event.expected_end is None
    assert [heading for heading, _ in event.details] == ["Regenerating"]


@pytest.mark.parametrize(("elapsed", "late"), [(599, False), (601, True)])
def test_it_is_expected_to_end_within_twice_its_usual_time(
    counters: Any, watched: Any, elapsed: float, late: bool
) -> None:
    """After that it is overdue; which part takes longer is said."""
    watched.nights(3, 300)
    watched.now = NIGHT + elapsed
    [event] = watched.probe((counters(5, NIGHT, NIGHT - 9),)).observations
    assert event.expected_end == NIGHT + 600
    details = dict(event.details)
    assert details["Usual duration"] == "counters contact 5m"
    assert details.get("Longer than usual") == ("counters contact" if late else None)
    assert not event.stalled


def test_the_factor_is_configuration(counters: Any, watched: Any) -> None:
    """How much longer than usual is late."""
    watched.configured(slow_factor=3)
    watched.nights(3, 300)
    [event] = watched.probe((counters(5, NIGHT, NIGHT - 9),)).observations
    assert event.expected_end == NIGHT + 900


def test_one_part_without_evidence_leaves_the_end_open(counters: Any, watched: Any) -> None:
    """What never ran before may take as long as it likes."""
    watched.nights(3, 300)
    [event] = watched.probe((counters(5, NIGHT, NIGHT - 9), counters(6, NIGHT, None))).observations
    assert event.expected_end is None
    assert dict(event.details)["Usual duration"] == "counters contact 5m"


def test_what_takes_seconds_is_not_late_after_some_more(counters: Any, watched: Any) -> None:
    """A minute is always reckoned with."""
    watched.nights(3, 2)
    [event] = watched.probe((counters(5, NIGHT, NIGHT - 9),)).observations
    assert event.expected_end == NIGHT + 120


def test_the_latest_durations_count(counters: Any, watched: Any) -> None:
    """An installation grows: what was usual long ago is not usual now."""
    watched.nights(20, 60)
    for night in range(9):
        start = NIGHT + night * HOUR
        watched.probe((counters(5, start, start + 600),))
    [event] = watched.probe((counters(5, NIGHT + 9 * HOUR, NIGHT),)).observations
    assert dict(event.details)["Usual duration"] == "counters contact 10m"
    assert len(json.loads(watched.memory["saint"])["took"]["counters contact"][1]) == 9


def test_one_generation_counts_once(counters: Any, watched: Any) -> None:
    """However often it is looked at; and then there is nothing to store."""
    assert watched.probe((counters(5, *DONE),)).memory is not None
    second = watched.probe((counters(5, *DONE),))
    assert second.memory is None
    assert watched.probe((counters(5, *DONE),)) is second


def test_what_is_gone_is_forgotten(counters: Any, monitor: Any, watched: Any) -> None:
    """A status monitor that was deleted leaves nothing in the memory; a failure forgets nothing."""
    watched.probe((), (monitor(7, *DONE),))
    watched.probe((counters(5, *DONE),), NotAvailable("no licence"))
    assert "monitor 7" in watched.memory["saint"]
    watched.probe((), (monitor(7, *DONE, Deleted=True),))
    assert watched.memory == {}

"""The histogram of durations counts as prometheus-client's own does, in less memory."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics

from syseventd.event_durations import Durations

ENDS = (0.5, 60, 3600)
LENGTHS = st.one_of(
    st.sampled_from([0.0, 0.5, 60.0, 3600.0, math.inf]),
    st.floats(0, 1e6, allow_nan=False),
)
SEEN = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["x", 'y"\\\n']), LENGTHS))


def both() -> tuple[CollectorRegistry, Durations, CollectorRegistry, Histogram]:
    """Ours and prometheus-client's, each with a registry of its own."""
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    durations = Durations("lengths_seconds", "Of things.", ENDS)
    ours.register(durations)
    peer = Histogram(
        "lengths_seconds", "Of things.", ["target", "kind"], buckets=ENDS, registry=theirs
    )
    return ours, durations, theirs, peer


def lines(text: bytes) -> list[bytes]:
    """Without when a series was created, which ours does not keep."""
    return sorted(line for line in text.splitlines() if b"_created" not in line)


@given(SEEN)
def test_it_shows_what_the_library_shows(seen: list[tuple[str, str, float]]) -> None:
    """In both of Prometheus' texts, with any labels."""
    ours, durations, theirs, peer = both()
    for target, kind, seconds in seen:
        durations.observe(target, kind, seconds)
        peer.labels(target, kind).observe(seconds)
    assert lines(generate_latest(ours)) == lines(generate_latest(theirs))
    assert lines(openmetrics(ours)) == lines(openmetrics(theirs))


def test_a_target_that_is_forgotten_is_not_shown() -> None:
    """The others are; and it counts from nothing if it comes again."""
    ours, durations, *_ = both()
    for target in "ab":
        durations.observe(target, "x", 1.0)
    durations.forget("a")
    durations.forget("nobody")
    counted = {"target": "a", "kind": "x"}
    assert ours.get_sample_value("lengths_seconds_count", counted) is None
    assert ours.get_sample_value("lengths_seconds_count", counted | {"target": "b"}) == 1.0
    durations.observe("a", "x", 70.0)
    assert ours.get_sample_value("lengths_seconds_sum", counted) == 70.0

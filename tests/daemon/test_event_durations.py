"""Lengths of time are counted as prometheus-client's own histogram counts them."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram

from syseventd.event_durations import EventDurations

ENDS = (0.5, 60, 3600)
NAMES = ("0.5", "60.0", "3600.0", "+Inf")
LENGTHS = st.one_of(
    st.sampled_from([0.0, 0.5, 60.0, 3600.0, math.inf]),
    st.floats(0, 1e6, allow_nan=False),
)
SEEN = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), LENGTHS))


@given(SEEN)
def test_it_counts_what_the_library_counts(seen: list[tuple[str, str, float]]) -> None:
    """In each bucket, in all, and the seconds."""
    ours, theirs = EventDurations(ENDS), CollectorRegistry()
    peer = Histogram("s", "Of things.", ["target", "kind"], buckets=ENDS, registry=theirs)
    for target, kind, seconds in seen:
        ours.observe(target, kind, seconds)
        peer.labels(target, kind).observe(seconds)
    rows = list(ours.rows())
    assert {(row.target, row.kind) for row in rows} == {seen[:2] for seen in seen}
    for row in rows:
        labels = {"target": row.target, "kind": row.kind}
        buckets = [theirs.get_sample_value("s_bucket", labels | {"le": end}) for end in NAMES]
        assert list(row.upto) == buckets
        assert row.total == theirs.get_sample_value("s_sum", labels)


def test_a_target_that_is_forgotten_is_not_told() -> None:
    """The others are; and it counts from nothing if it comes again."""
    durations = EventDurations(ENDS)
    for target in "ab":
        durations.observe(target, "x", 1.0)
    durations.forget("a")
    durations.forget("nobody")
    assert [row.target for row in durations.rows()] == ["b"]
    durations.observe("a", "x", 70.0)
    assert [row.total for row in durations.rows()] == [1.0, 70.0]


def test_a_target_may_be_forgotten_while_others_are_told() -> None:
    """A reload comes in the midst of a scrape."""
    durations = EventDurations(ENDS)
    for target in "abc":
        durations.observe(target, "x", 1.0)
    rows = durations.rows()
    told = [next(rows).target]
    durations.forget("b")
    durations.observe("d", "x", 1.0)
    assert told + [row.target for row in rows] == ["a", "c"]

"""What is usual for a source: learnt from its runs, generous to those that vary."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd.scheduling.record import LEEWAY, Record


def record_of(*durations):
    record = Record()
    for number, took in enumerate(durations):
        record.note(False, took, float(number))
    return record


def test_a_quick_source_has_some_leeway():
    """Milliseconds vary by more than themselves; that is no sign of anything."""
    assert record_of(*[0.001] * 20).patience == pytest.approx(LEEWAY, abs=0.01)


def test_a_slow_source_is_given_its_time():
    """One that always takes nine seconds is not suspected at nine seconds."""
    assert 9.0 < record_of(*[9.0] * 20).patience < 9.5


def test_one_that_is_slow_now_and_then_is_given_time():
    """After some slow runs a slow run is nothing unusual."""
    assert record_of(*[0.01, 0.01, 0.01, 2.0] * 10).patience > 2.0


def test_a_first_run_tells_little():
    """After one run, three times as long is still usual."""
    assert record_of(2.0).patience == pytest.approx(6.0)


def test_a_failure_teaches_no_duration():
    """How long a failure took says nothing of how long an answer takes."""
    record = record_of(0.01, 0.01)
    before = record.patience, record.answered
    record.note(True, 30.0, 50.0)
    assert record.failing
    assert (record.patience, record.answered) == before
    record.note(False, 0.01, 60.0)
    assert not record.failing
    assert record.answered == 60.0


def test_who_never_answered_never_did():
    """Before its first answer a source answered at no time."""
    assert Record().answered == -math.inf


@given(st.lists(st.floats(0.0, 100.0), min_size=1))
def test_patience_is_within_reason(durations):
    """Never less than the leeway beyond the mean, never more than some times the longest."""
    patience = record_of(*durations).patience
    assert LEEWAY <= patience <= 5 * max(durations) + LEEWAY + 1e-9

"""Which results are kept, and for how long."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syseventd import Outcome, Snapshot
from syseventd.model import ProbeResult
from syseventd.probing import History

OUTCOMES = st.lists(st.sampled_from(list(Outcome)), max_size=60)


def history_of(outcomes):
    history = History(keep=5, keep_failures=3)
    for moment, outcome in enumerate(outcomes):
        history.record(ProbeResult(outcome, float(moment), 0.1, Snapshot(), "why", 3.0))
    return history


@given(OUTCOMES)
def test_the_last_results_and_the_last_failures_are_kept(outcomes):
    """Both lists hold the newest of their kind, oldest first."""
    history = history_of(outcomes)
    assert [r.outcome for r in history.results] == outcomes[-5:]
    assert [r.outcome for r in history.failures] == [o for o in outcomes if o.failed][-3:]


@given(OUTCOMES)
def test_all_that_is_kept_comes_in_order_and_once(outcomes):
    """Older failures come before the last results; none comes twice."""
    history = history_of(outcomes)
    moments = [r.started_at for r in history.kept]
    assert moments == sorted(set(moments))
    assert set(history.kept) == {*history.results, *history.failures}


def test_snapshots_are_not_kept():
    """A result keeps its outcome, times and reason, and lets go of what it saw."""
    (kept,) = history_of([Outcome.OK]).results
    assert kept == ProbeResult(Outcome.OK, 0.0, 0.1, None, "why", 3.0)

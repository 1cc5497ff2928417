"""What a source returned or raised, as an answer."""

from __future__ import annotations

import math
import pickle
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd import (
    Expiry,
    Malformed,
    Meter,
    NotAvailable,
    Observation,
    Outcome,
    Paused,
    ProbeEnded,
    ProbeFailed,
    Problem,
    Seats,
    Snapshot,
    Throttled,
    TimedOut,
    Unauthorized,
    Unreachable,
)
from syseventd.errors import LONGEST_REASON
from syseventd.probing.answers import (
    broken,
    raised,
    returned,
    still_running,
    timed_out,
)

FULL = Snapshot(
    observations=(Observation("1", "import", "One"),),
    expiries=(Expiry("licence", "crm", 1.0),),
    seats=(Seats("crm", "sales", 1, None),),
    meters=(Meter("calls", 1.0),),
    facts={"version": "10"},
    problems=(Problem("row 3", "no date"),),
    unseen=frozenset({"2"}),
    ask_again=5,
)


def test_a_snapshot_is_ok():
    """A sound snapshot is handed on as it is."""
    assert returned(FULL).outcome is Outcome.OK
    assert returned(FULL).snapshot is FULL


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (NotAvailable("no such module"), Outcome.NOT_AVAILABLE),
        (Paused("maintenance"), Outcome.PAUSED),
        (TimedOut(3), Outcome.TIMEOUT),
        (Unreachable("crm", "refused"), Outcome.UNREACHABLE),
        (Unauthorized("crm", "401"), Outcome.UNAUTHORIZED),
        (Throttled("crm", "429"), Outcome.THROTTLED),
        (Malformed("crm", "no JSON"), Outcome.MALFORMED),
        (ProbeFailed("crm", "500"), Outcome.ERROR),
    ],
)
def test_an_error_of_ours_is_its_outcome(error, outcome):
    """Each error that a source may raise has its outcome, and its text is the reason."""
    answer = raised(error)
    assert (answer.outcome, answer.reason, answer.bug) == (outcome, str(error), "")


def test_a_plugins_own_error_class_counts():
    """A plugin may derive from ours; what it derives from is what counts."""

    class Asleep(Paused):
        """asleep: {reason}"""

    answer = raised(Asleep("night", 60))
    assert (answer.outcome, answer.reason, answer.retry_after) == (
        Outcome.PAUSED,
        "asleep: night",
        60.0,
    )


def test_any_other_error_is_a_bug_with_its_traceback():
    """What is no answer of ours is named by its type, and its author finds the line."""
    try:
        {}["missing"]
    except KeyError as error:
        answer = raised(error)
    assert (answer.outcome, answer.reason) == (Outcome.ERROR, "KeyError: 'missing'")
    assert "test_answers.py" in answer.bug


def test_an_error_without_text_is_its_type():
    """An empty message leaves the type, without a colon that leads nowhere."""
    assert raised(RuntimeError()).reason == "RuntimeError"


def test_an_error_whose_text_raises_is_still_told():
    """A plugin's `__str__` may be broken too."""

    @dataclass(eq=False)
    class Misspelt(ProbeEnded):
        """{wehre} failed"""

        where: str

    answer = raised(Misspelt("crm"))
    assert answer.outcome is Outcome.ERROR
    assert answer.reason == "Misspelt, whose text can't be had: KeyError"


@given(st.text())
def test_reasons_are_one_short_line(text):
    """Whatever an error says, its reason fits on a line."""
    for reason in (raised(ValueError(text)).reason, broken(text).reason):
        assert len(reason) <= LONGEST_REASON
        assert len(reason.splitlines()) <= 1


@pytest.mark.parametrize("value", ["soon", -1, math.nan, math.inf, True, None, [3]])
def test_a_retry_after_that_is_no_time_is_none(value):
    """A plugin may hand on what a server sent, unread."""
    assert raised(Throttled("crm", "429", value)).retry_after is None


def test_what_gave_no_answer_is_a_timeout():
    """Too late, and not asked because an earlier probe hangs: both are timeouts."""
    assert timed_out(2.5)[:3] == (Outcome.TIMEOUT, None, "no answer within 2.5 s")
    answer = still_running(1_700_000_000)
    assert answer.outcome is Outcome.TIMEOUT
    assert answer.reason == "the probe begun at 2023-11-14 22:13:20 UTC is still running"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "probe() returned None, not a Snapshot"),
        ([], "probe() returned a list, not a Snapshot"),
        (1, "probe() returned an int, not a Snapshot"),
        (Snapshot, "probe() returned a type, not a Snapshot"),
        (Snapshot(observations=[]), "the snapshot's observations is a list, not a tuple"),
        (
            Snapshot(expiries=[Expiry("licence", "crm", 1.0)]),
            "the snapshot's expiries is a list, not a tuple",
        ),
        (
            Snapshot(observations=(Problem("a", "b"),)),
            "the snapshot's observations holds a Problem, which is no Observation",
        ),
        (Snapshot(seats=None), "the snapshot's seats is a NoneType, not a tuple"),
        (Snapshot(facts=[]), "the snapshot's facts is a list, not a mapping"),
        (Snapshot(facts={"a": 1}), "the snapshot's fact 'a' is 1; both must be text"),
        (Snapshot(unseen={"a"}), "the snapshot's unseen is a set, not a frozenset"),
        (
            Snapshot(ask_again=math.nan),
            "the snapshot's ask_again is nan, which is no number of seconds",
        ),
        (
            Snapshot(ask_again="5s"),
            "the snapshot's ask_again is '5s', which is no number of seconds",
        ),
    ],
)
def test_what_is_no_sound_snapshot_is_an_error_that_says_so(value, reason):
    """A plugin's mistake is named where it was made, not where it would hurt."""
    answer = returned(value)
    assert (answer.outcome, answer.snapshot, answer.reason) == (Outcome.ERROR, None, reason)


def test_a_coroutine_from_a_plain_function_says_what_to_write():
    """The commonest slip: `def` that returns a coroutine. It is closed, so nothing warns."""

    async def probe():
        return Snapshot()

    assert "async def probe" in returned(probe()).reason


def test_answers_pickle():
    """An answer crosses from a source's process as it is, but for views."""
    answer = raised(Throttled("crm", "429", 3))
    assert pickle.loads(pickle.dumps(answer)) == answer

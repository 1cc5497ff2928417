"""The rungs before a date: each once, never back, whatever the clock and the settings do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd import NEVER
from syseventd_superoffice.licences.ladder import (
    GRACE,
    OVER,
    climb,
    is_renewal,
    rung_at,
    rung_in_words,
)

DAY = 86400.0
RUNGS = tuple(n * DAY for n in (90, 60, 30, 14, 7, 1))
AT = 20_000 * DAY
TIMES = st.floats(AT - 200 * DAY, AT + 200 * DAY)


@pytest.mark.parametrize(
    ("days", "rung"),
    [
        (90.1, None),
        (90, 90),
        (60.1, 90),
        (60, 60),
        (30, 30),
        (14, 14),
        (7, 7),
        (1.1, 7),
        (1, 1),
        (0.1, 1),
    ],
)
def test_the_rungs_before_a_date(days: float, rung: float | None) -> None:
    """A rung is reached exactly so long before the date, and holds until the next."""
    reached = rung_at(AT - days * DAY, AT, None, RUNGS)
    assert reached == (None if rung is None else rung * DAY)


@pytest.mark.parametrize(
    ("grace", "days", "rung"),
    [
        (None, 0, OVER),
        (AT + 12 * DAY, 0, GRACE),
        (AT + 12 * DAY, 11.9, GRACE),
        (AT + 12 * DAY, 12, OVER),
        (AT - DAY, 0, OVER),
        (NEVER, 1000, GRACE),
    ],
)
def test_after_a_date(grace: float | None, days: float, rung: float) -> None:
    """What has a grace is in it until that is over."""
    assert rung_at(AT + days * DAY, AT, grace, RUNGS) == rung


def test_what_never_ends_has_no_rungs() -> None:
    """It is neither near nor over."""
    assert rung_at(AT, NEVER, None, RUNGS) is None


def test_without_rungs_only_the_end_is_told() -> None:
    """An empty list of rungs leaves grace and end."""
    assert rung_at(AT - 1, AT, None, ()) is None
    assert rung_at(AT, AT, None, ()) == OVER


@given(st.lists(TIMES, min_size=1), st.one_of(st.none(), TIMES))
def test_no_rung_is_ever_taken_back(times: list[float], grace: float | None) -> None:
    """Whatever the clock does, each rung follows a greater one: so each is told once at most."""
    held, stood = None, []
    for now in times:
        after = climb(held, rung_at(now, AT, grace, RUNGS), RUNGS)
        if after != held:
            stood.append(after)
        held = after
    assert all(rung is not None for rung in stood)
    assert stood == sorted(set(stood), reverse=True)


@given(TIMES)
def test_a_clock_that_goes_on_needs_no_memory(now: float) -> None:
    """The rung that was reached earlier is never later than the one that is reached now."""
    reached = rung_at(now, AT, AT + 10 * DAY, RUNGS)
    earlier = rung_at(now - 5 * DAY, AT, AT + 10 * DAY, RUNGS)
    assert climb(earlier, reached, RUNGS) == reached


def test_a_rung_that_is_configured_no_more_is_not_held() -> None:
    """Who takes rungs away wants quiet."""
    assert climb(30 * DAY, None, (7 * DAY,)) is None
    assert climb(30 * DAY, None, RUNGS) == 30 * DAY
    assert climb(OVER, None, ()) == OVER


@pytest.mark.parametrize(
    ("old", "new", "renewed"),
    [
        (AT, AT + 365 * DAY, True),
        (AT, AT + DAY, True),
        (AT, AT + DAY - 1, False),
        (AT, AT, False),
        (AT, AT - DAY, False),
        (AT, NEVER, True),
        (NEVER, NEVER, False),
        (NEVER, AT, False),
    ],
)
def test_what_is_a_renewal(old: float, new: float, renewed: bool) -> None:
    """A date that is put off by a day or more; less is another zone's midnight."""
    assert is_renewal(old, new) is renewed


@pytest.mark.parametrize(
    ("rung", "words"),
    [(30 * DAY, "30 days"), (DAY, "1 day"), (DAY / 2, "12h"), (1.5 * DAY, "1d12h")],
)
def test_a_rung_in_words(rung: float, words: str) -> None:
    """Whole days as people say them, all else as the configuration writes it."""
    assert rung_in_words(rung) == words

"""How the slots of one pool are shared out, and when there is trouble."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd.scheduling.pool import Pool, Standing

OVERRUNNING, FAILING, UNCERTAIN, CONFIRMED = Standing


def filled(size, standing):
    """A pool with as many runs of a standing as it takes."""
    pool = Pool(size)
    while pool.has_room(standing):
        pool.take(standing)
    return pool


@pytest.mark.parametrize(
    ("size", "failing", "uncertain"),
    [(1, 1, 1), (2, 1, 1), (3, 1, 2), (4, 2, 3), (8, 4, 7), (20, 10, 18), (200, 100, 175)],
)
def test_the_shares(size, failing, uncertain):
    """Half for the failing; all but an eighth, and never the last, for the uncertain."""
    assert filled(size, FAILING).taken == failing
    assert filled(size, UNCERTAIN).taken == uncertain
    assert filled(size, CONFIRMED).taken == size


@given(st.integers(-3, 300))
def test_no_share_is_empty(size):
    """Each standing can have a slot, in a pool of any size; limits below one are one."""
    for standing in (FAILING, UNCERTAIN, CONFIRMED):
        pool = Pool(size)
        assert pool.has_room(standing)
        pool.take(standing)
        pool.give_back(standing)
        assert pool.taken == 0


def test_the_failing_take_from_the_uncertain():
    """What is in doubt, for whatever reason, leaves the reserve alone."""
    pool = filled(8, FAILING)
    for _ in range(3):
        pool.take(UNCERTAIN)
    assert not pool.has_room(UNCERTAIN)
    assert pool.has_room(CONFIRMED)


def test_the_uncertain_shut_out_the_failing():
    """Shares are nested: the lower standing has no door of its own."""
    assert not filled(8, UNCERTAIN).has_room(FAILING)


def test_the_confirmed_shut_out_nobody_early():
    """Runs that end soon may have every slot but one, and the others still start."""
    pool = Pool(8)
    for _ in range(7):
        pool.take(CONFIRMED)
    assert pool.has_room(FAILING)
    assert not pool.has_room(FAILING, besides=1)


def test_what_overruns_counts_among_what_is_in_doubt():
    """Two confirmed runs of four that overrun leave nothing for the failing."""
    pool = Pool(4)
    for _ in range(2):
        pool.take(CONFIRMED)
        pool.overruns(began=10.0, answered=5.0)
    assert not pool.has_room(FAILING)
    assert pool.has_room(UNCERTAIN)
    pool.give_back(OVERRUNNING)
    assert pool.has_room(FAILING)


@pytest.mark.parametrize("size", [1, 2, 4, 200])
def test_one_that_overruns_alone_is_no_trouble(size):
    """It tells nothing about the others."""
    pool = Pool(size)
    pool.take(CONFIRMED)
    assert not pool.overruns(began=10.0, answered=5.0)
    assert pool.trouble == -math.inf


def in_trouble(size, answered=None):
    """A pool with half of its slots held by runs that overrun."""
    pool = Pool(size)
    if answered is not None:
        pool.answers(answered)
    for _ in range(size // 2):
        pool.take(CONFIRMED)
        pool.overruns(began=10.0, answered=5.0)
    return pool


def places_for_uncertain(pool):
    before = pool.taken
    while pool.has_room(UNCERTAIN):
        pool.take(UNCERTAIN)
    return pool.taken - before


def test_while_nobody_answers_nothing_is_kept():
    """All slots are for trials, from the beginning of trouble to the first answer."""
    assert places_for_uncertain(in_trouble(8)) == 4
    assert places_for_uncertain(in_trouble(8, answered=9.0)) == 4


def test_once_somebody_answers_the_last_slots_are_kept():
    """Whether that was before the trouble was noticed, or after."""
    assert places_for_uncertain(in_trouble(8, answered=10.1)) == 3
    pool = in_trouble(8)
    pool.answers(12.0)
    assert places_for_uncertain(pool) == 3


def test_trouble_begins_where_much_is_in_doubt():
    """With the second of four, and with that one's start; what follows from it is part of it."""
    pool = Pool(4)
    for began in (10.0, 11.0, 12.0):
        pool.take(CONFIRMED)
        pool.overruns(began, answered=5.0)
    assert pool.trouble == 11.0


def test_trouble_begins_anew():
    """One that answered since, and now overruns, is the beginning of something else."""
    pool = in_trouble(4)
    pool.take(CONFIRMED)
    assert pool.overruns(began=30.0, answered=20.0)
    assert pool.trouble == 30.0


def test_the_highest_standing_goes_first():
    """Where each has a slot already."""
    pool = Pool(8)
    for standing in (FAILING, UNCERTAIN, CONFIRMED):
        pool.take(standing)
    assert pool.choose([FAILING, UNCERTAIN, CONFIRMED]) is CONFIRMED
    assert pool.choose([FAILING, UNCERTAIN]) is UNCERTAIN


def test_who_has_no_slot_goes_before_who_has():
    """However many of the confirmed wait, the others make some progress."""
    pool = Pool(8)
    pool.take(CONFIRMED)
    pool.take(UNCERTAIN)
    assert pool.choose([FAILING, UNCERTAIN, CONFIRMED]) is FAILING


def test_in_a_single_slot_they_take_turns():
    """In three turns each of three standings has one."""
    pool = Pool(1)
    turns = []
    for _ in range(9):
        turns.append(pool.choose([FAILING, UNCERTAIN, CONFIRMED]))
        pool.take(turns[-1])
        pool.give_back(turns[-1])
    for three in (turns[:3], turns[3:6], turns[6:]):
        assert set(three) == {FAILING, UNCERTAIN, CONFIRMED}

"""What one snapshot changes in the dates that hold."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from syseventd import lifecycle
from syseventd.model import NEVER, Advance, Expiry, Known, Observation, Problem, Snapshot, SourceId

RUNNING = Observation("a", "import", "Import", status="running")
STUCK = replace(RUNNING, status="stuck")

SALES = Expiry("licence", "Sales", 100.0)
GRACE = Expiry("grace", "Sales", 200.0)
FILE = Expiry("certificate", "/etc/ssl/x.pem", 300.0)


class Life:
    """One source, whose snapshots come one after another."""

    def __init__(self) -> None:
        self.known = Known(SourceId("crm", "licences"))
        self._ids = count(1)

    def dates(self, *expiries: Expiry, **snapshot: Any) -> Advance:
        return self.takes(Snapshot(expiries=expiries, **snapshot))

    def takes(self, snapshot: Snapshot) -> Advance:
        advance = lifecycle.advance(self.known, snapshot, 1000.0, self._ids)
        self.known = advance.known
        return advance


@pytest.fixture
def life() -> Life:
    return Life()


def test_dates_that_are_new_are_known_in_order(life: Life) -> None:
    """By kind and name, however the source lists them."""
    advance = life.dates(SALES, GRACE, FILE)
    assert advance.renewed
    assert advance.transitions == ()
    assert life.known.expiries == (FILE, GRACE, SALES)


def test_the_same_dates_are_not_renewed(life: Life) -> None:
    """Nothing is to be stored, in whatever order they are listed."""
    life.dates(GRACE, SALES)
    before = life.known.expiries
    assert not life.dates(GRACE, SALES).renewed
    assert life.known.expiries is before
    assert not life.dates(SALES, GRACE).renewed


def test_a_new_date_replaces_the_old_one(life: Life) -> None:
    """The licence was prolonged."""
    life.dates(SALES)
    assert life.dates(replace(SALES, at=NEVER)).renewed
    assert life.known.expiries == (replace(SALES, at=NEVER),)


def test_a_date_that_is_no_longer_listed_holds_no_more(life: Life) -> None:
    """A complete snapshot would have it."""
    life.dates(SALES, GRACE)
    assert life.dates(GRACE).renewed
    assert life.known.expiries == (GRACE,)


def test_a_date_stays_while_nobody_can_look(life: Life) -> None:
    """Incomplete, named as unseen, or under what could not be looked at."""
    life.dates(SALES, GRACE, FILE)
    assert not life.dates(complete=False).renewed
    assert life.known.expiries == (FILE, GRACE, SALES)
    assert life.dates(unseen=frozenset({"Sales"})).renewed
    assert life.known.expiries == (GRACE, SALES)
    life.dates(FILE)
    assert not life.dates(unseen_under=("/etc/ssl/",)).renewed
    assert life.known.expiries == (FILE,)


def test_a_date_that_is_seen_wins_over_the_one_kept(life: Life) -> None:
    """Although the snapshot is incomplete."""
    life.dates(SALES, GRACE)
    life.dates(replace(SALES, at=150.0), complete=False)
    assert life.known.expiries == (GRACE, replace(SALES, at=150.0))


@pytest.mark.parametrize("late_first", [True, False])
def test_several_dates_of_one_name_are_reported_and_the_earliest_holds(
    life: Life, late_first: bool
) -> None:
    """Whom it concerns wants to know the first day on which something stops."""
    late = replace(SALES, at=500.0)
    advance = life.dates(*((late, SALES, late) if late_first else (SALES, late, SALES)))
    assert life.known.expiries == (SALES,)
    assert advance.problems == (
        Problem("Sales", "has several dates of kind licence; took the earliest"),
    )


def test_a_date_that_is_listed_twice_alike_is_no_problem(life: Life) -> None:
    """There is no doubt about it."""
    assert life.dates(SALES, SALES).problems == ()
    assert life.known.expiries == (SALES,)


def test_events_that_change_leave_the_dates_as_the_same_object(life: Life) -> None:
    """And dates that change leave the events' mapping."""
    life.takes(Snapshot((RUNNING,), (SALES,)))
    before = life.known
    after = life.takes(Snapshot((STUCK,), (SALES,))).known
    assert after.expiries is before.expiries
    last = life.takes(Snapshot((STUCK,), (GRACE,))).known
    assert last.events is after.events

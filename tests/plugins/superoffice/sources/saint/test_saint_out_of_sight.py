"""What SAINT can't show: a half that is missing or fails leaves the other, and ends nothing."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd import NotAvailable, ProbeFailed, Unreachable
from syseventd_superoffice.saint_memory import MISSED

HOUR = 3600.0

NIGHT = 1_790_000_000.0
"""When the regeneration of the story began: 2026-09-21 14:13:20 UTC."""

DONE = (NIGHT, NIGHT + 300)
"""A regeneration that took five minutes."""


def test_without_a_licence_it_is_not_available(watched: Any) -> None:
    """Neither counters nor status monitors: the others report what they see."""
    lacking = NotAvailable("no licence for SAINT")
    with pytest.raises(NotAvailable, match="no licence"):
        watched.probe(lacking, lacking)
    assert not watched.witnesses.can_look("saint")


@pytest.mark.parametrize("group", ["counters", "monitors"])
def test_one_half_is_enough(counters: Any, monitor: Any, watched: Any, group: str) -> None:
    """What the other half would show is left as it was."""
    replies = [(counters(5, *DONE),), (monitor(7, *DONE),)]
    replies[group == "monitors"] = NotAvailable("no right")  # type: ignore[call-overload]
    snapshot = watched.probe(*replies)
    assert len(snapshot.measurements) >= 2
    assert {f"saint-stale:{group}", f"saint-never:{group}"} <= snapshot.unseen


def test_a_failure_of_one_half_is_a_failure(counters: Any, watched: Any) -> None:
    """Nothing is reported of an installation that does not answer."""
    with pytest.raises(Unreachable):
        watched.probe((counters(5, *DONE),), Unreachable("crm", "refused"))
    assert not watched.witnesses.can_look("saint")


CRASHED = ProbeFailed("Saint/GetStatusMonitors", 'HTTP 500 (for the type "x")')

NO_RIGHT = NotAvailable("no right")


@pytest.mark.parametrize("group", ["counters", "monitors"])
def test_a_question_that_the_server_fails_at_leaves_the_other(
    counters: Any, monitor: Any, watched: Any, group: str
) -> None:
    """One type of status monitors that it does not know must not hide the counters."""
    replies = [(counters(5, *DONE),), (monitor(7, *DONE),)]
    replies[group == "monitors"] = CRASHED  # type: ignore[call-overload]
    snapshot = watched.probe(*replies)
    assert len(snapshot.measurements) >= 2
    assert {f"saint-stale:{group}", f"saint-never:{group}"} <= snapshot.unseen
    [problem] = snapshot.problems
    assert problem.where == "Saint/GetStatusMonitors"
    assert problem.reason.endswith(f"{group}: {CRASHED.reason}")
    assert watched.witnesses.can_look("saint")


@pytest.mark.parametrize("replies", [(CRASHED, CRASHED), (NO_RIGHT, CRASHED), (CRASHED, NO_RIGHT)])
def test_where_nothing_is_seen_the_failure_is_told(
    watched: Any, replies: tuple[Exception, Exception]
) -> None:
    """And not that this installation had nothing to show."""
    with pytest.raises(ProbeFailed):
        watched.probe(*replies)
    assert not watched.witnesses.can_look("saint")


@pytest.mark.parametrize("missing", [NO_RIGHT, CRASHED, (7,)], ids=str)
def test_what_ran_and_can_not_be_seen_goes_on_for_a_day(
    monitor: Any, watched: Any, missing: object
) -> None:
    """The same regeneration is told once it is seen again; and it is not kept for ever."""
    missing = (*missing, monitor(8, *DONE)) if isinstance(missing, tuple) else missing
    running = (monitor(7, NIGHT, None),)
    [told] = watched.probe((), running).observations
    [mark] = told.marks
    watched.now += HOUR
    assert mark in watched.probe((), missing).unseen
    watched.now += MISSED - 1
    assert mark in watched.probe((), missing).unseen
    again = watched.probe((), running).observations
    assert [o.marks for o in again if o.kind == "saint-rebuild"] == [{mark}]
    assert mark in watched.probe((), missing).unseen
    watched.now += MISSED
    assert mark not in watched.probe((), missing).unseen

"""Two regenerations without a pause between them are two events, as far as the times tell."""

from __future__ import annotations

from typing import Any

from syseventd import ProbeFailed

NIGHT = 1_790_000_000.0
"""When the first one began."""

FIRST = (NIGHT, NIGHT + 300)
AGAIN = NIGHT + 301


def test_one_that_begins_right_after_another_is_another(counters: Any, watched: Any) -> None:
    """Nobody saw the moment between them; but the part that runs came to its end meanwhile."""
    [one] = watched.probe((counters(5, NIGHT, None),)).observations
    [two] = watched.probe((counters(5, AGAIN, NIGHT + 300),)).observations
    assert one.marks.isdisjoint(two.marks)
    assert (one.activated_at, two.activated_at) == (NIGHT, AGAIN)


def test_all_that_runs_must_have_ended_before(counters: Any, monitor: Any, watched: Any) -> None:
    """A monitor that is worked out twice in one night makes no second night of it."""
    [one] = watched.probe((counters(5, NIGHT, None),), (monitor(7, NIGHT, None),)).observations
    [two] = watched.probe(
        (counters(5, NIGHT, None),), (monitor(7, AGAIN, NIGHT + 300),)
    ).observations
    assert one.marks == two.marks
    [three] = watched.probe((counters(5, *FIRST),), (monitor(7, AGAIN, NIGHT + 300),)).observations
    assert three.marks.isdisjoint(one.marks)


def test_the_second_one_goes_on_as_itself(counters: Any, watched: Any) -> None:
    """It is not begun anew with each look."""
    watched.probe((counters(5, NIGHT, None), counters(6, NIGHT - 9, NIGHT - 8)))
    two = watched.probe((counters(5, AGAIN, NIGHT + 300), counters(6, NIGHT - 9, NIGHT - 8)))
    later = watched.probe((counters(5, AGAIN, NIGHT + 300), counters(6, NIGHT - 9, NIGHT - 8)))
    last = watched.probe((counters(5, AGAIN, AGAIN + 9), counters(6, AGAIN + 9, NIGHT - 8)))
    assert two.observations[0].marks == later.observations[0].marks == last.observations[0].marks


def test_what_can_not_be_seen_may_belong_to_the_first(
    counters: Any, monitor: Any, watched: Any
) -> None:
    """While the status monitors fail to answer, the regeneration they were seen in goes on."""
    [one] = watched.probe((counters(5, NIGHT, None),), (monitor(7, NIGHT, None),)).observations
    [two] = watched.probe(
        (counters(5, AGAIN, NIGHT + 300),), ProbeFailed("crm", "no answer")
    ).observations
    assert one.marks == two.marks

"""What several witnesses see of one occurrence is paired, told apart, and joined in one report."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd import Observation, Snapshot
from syseventd_superoffice.claims import Evidence, Share, Sight, occurrences, share
from syseventd_superoffice.occurrences import MOST_MARKS, PAIRED_WITHIN, Occurrence


def seen(kind: str, mark: str, at: float | None = 1000.0, **more: Any) -> Observation:
    return Observation(
        f"key of {mark}", kind, mark, activated_at=at, marks=frozenset({mark}), **more
    )


def clear(*observations: Observation) -> Evidence:
    return Evidence(Sight.CLEAR, observations, ())


def both(rows: list[Observation], tasks: list[Observation]) -> dict[str, Evidence]:
    return {"system-events": clear(*rows), "imports": clear(*tasks)}


def pairs(found: tuple[Occurrence, ...]) -> set[frozenset[str]]:
    return {occurrence.marks for occurrence in found}


def together(*marks: str) -> frozenset[str]:
    return frozenset(marks)


# --- which are the same ------------------------------------------------------------------------


def test_imports_are_paired_by_when_they_began() -> None:
    """A task that waits without a row is not taken for the one that runs."""
    rows = [seen("import", "system-event:2", 1301.0)]
    tasks = [seen("import", "task:1", 1000.0), seen("import", "task:2", 1300.0)]
    assert pairs(occurrences(both(rows, tasks))) == {
        together("system-event:2", "task:2"),
        together("task:1"),
    }


def test_what_began_long_after_the_other_is_another() -> None:
    """A row that a crash left behind is not the import of today."""
    rows = [seen("import", "system-event:1", 1000.0)]
    tasks = [seen("import", "task:1", 1001.0 + PAIRED_WITHIN)]
    assert len(occurrences(both(rows, tasks))) == 2


def test_two_of_one_list_are_never_a_pair() -> None:
    """Each witness has a name of its own for each."""
    rows = [seen("import", "system-event:1"), seen("import", "system-event:2")]
    assert len(occurrences(both(rows, []))) == 2


def test_what_began_first_has_the_task_that_began_first() -> None:
    """The second row is closer to the first task than its own is; but tasks wait in a queue."""
    rows = [seen("udef-rebuild", "system-event:1", 0.0), seen("udef-rebuild", "system-event:2", 3)]
    tasks = [seen("udef-rebuild", "task:1", 2.0), seen("udef-rebuild", "task:2", 5.0)]
    assert pairs(occurrences(both(rows, tasks))) == {
        together("system-event:1", "task:1"),
        together("system-event:2", "task:2"),
    }


def test_a_task_that_waits_is_not_taken_for_the_one_that_was_ordered_before() -> None:
    """It tells when it was ordered, and the other one, which began to run later, tells that."""
    rows = [seen("udef-rebuild", "system-event:1", 0.0), seen("udef-rebuild", "system-event:2", 3)]
    tasks = [seen("udef-rebuild", "task:9", 4.0), seen("udef-rebuild", "task:10", 3.0)]
    assert pairs(occurrences(both(rows, tasks))) == {
        together("system-event:1", "task:9"),
        together("system-event:2", "task:10"),
    }


def test_numbers_that_contradict_the_starts_pair_nothing_that_is_far_apart() -> None:
    """A number that was used again says nothing."""
    late = 1000.0 + 2 * PAIRED_WITHIN
    rows = [seen("import", "system-event:1", 1000.0), seen("import", "system-event:2", late)]
    tasks = [seen("import", "task:1", late), seen("import", "task:2", 1000.0)]
    assert pairs(occurrences(both(rows, tasks))) == {
        together("system-event:1", "task:2"),
        together("system-event:2", "task:1"),
    }


@pytest.mark.parametrize("number", ["x", "9" * 5000, "\u00b2", "-1"])
def test_a_name_without_a_number_is_paired_by_its_start(number: str) -> None:
    """Whatever stands there."""
    rows = [seen("import", f"system-event:{number}"), seen("import", "system-event:5", 1400.0)]
    tasks = [seen("import", f"task:{number}", 1010.0), seen("import", "task:6", 1410.0)]
    found = pairs(occurrences(both(rows, tasks)))
    assert together("system-event:5", "task:6") in found
    assert len(found) == 2


def test_a_start_that_is_not_told_moves_no_pair() -> None:
    """It comes last in no queue: what is left over for it is what no other is closer to."""
    rows = [seen("import", "system-event:1", 1000.0), seen("import", "system-event:2", 1100.0)]
    tasks = [seen("import", "task:1", 1099.0), seen("import", "task:2", None)]
    assert pairs(occurrences(both(rows, tasks))) == {
        together("system-event:1", "task:2"),
        together("system-event:2", "task:1"),
    }


STARTS = st.lists(st.integers(0, 2000), max_size=6, unique=True)


@given(STARTS, STARTS)
def test_pairs_never_cross_and_are_never_far_apart(rows: list[int], tasks: list[int]) -> None:
    """Whatever begins when: of two pairs, one begins first on both lists."""
    sides = [
        [seen("import", f"{name}:{at}", float(at)) for at in starts]
        for name, starts in (("system-event", rows), ("task", tasks))
    ]
    found = [o for o in occurrences(both(*sides)) if len(o.marks) == 2]
    at = sorted(tuple(int(mark.partition(":")[2]) for mark in sorted(o.marks)) for o in found)
    assert [task for _, task in at] == sorted(task for _, task in at)
    assert all(abs(row - task) <= PAIRED_WITHIN for row, task in at)


def test_what_says_no_start_is_paired_with_what_is_left() -> None:
    """An unknown start contradicts nothing, and comes last."""
    rows = [seen("import", "system-event:1", None), seen("import", "system-event:2", 1000.0)]
    tasks = [seen("import", "task:1", 1000.0), seen("import", "task:2", 2000.0)]
    assert pairs(occurrences(both(rows, tasks))) == {
        together("system-event:2", "task:1"),
        together("system-event:1", "task:2"),
    }


def test_a_pair_outlives_one_of_it() -> None:
    """As one import's row goes, its task is not taken for that of the next import."""
    row, task = seen("import", "system-event:1"), seen("import", "task:1")
    next_row, next_task = seen("import", "system-event:2", 1060), seen("import", "task:2", 1060)
    first = occurrences(both([row], [task]))
    second = occurrences(both([next_row], [task]), first)
    assert pairs(second) == {together("system-event:1", "task:1"), together("system-event:2")}
    third = occurrences(both([next_row], [task, next_task]), second)
    assert pairs(third) == {
        together("system-event:1", "task:1"),
        together("system-event:2", "task:2"),
    }


def test_what_has_ended_is_forgotten() -> None:
    """Once nothing of an occurrence is seen, what comes next has names of its own."""
    first = occurrences(both([seen("import", "system-event:1")], [seen("import", "task:1")]))
    assert occurrences(both([], []), first) == ()


def test_one_rebuild_keeps_the_names_of_all_its_tasks() -> None:
    """SAINT's counters and status monitors are two tasks, one after the other, and one rebuild."""
    row = seen("saint-rebuild", "system-event:1")
    first = occurrences(both([row], [seen("saint-rebuild", "task:1")]))
    second = occurrences(both([row], [seen("saint-rebuild", "task:2")]), first)
    assert pairs(second) == {together("system-event:1", "task:1", "task:2")}


def test_names_do_not_gather_for_ever() -> None:
    """Of a rebuild that never ends, the names of long ago are forgotten."""
    row = seen("saint-rebuild", "system-event:1")
    found: tuple[Occurrence, ...] = ()
    for number in range(MOST_MARKS * 2):
        found = occurrences(both([row], [seen("saint-rebuild", f"task:{number}")]), found)
    [occurrence] = found
    assert len(occurrence.marks) == MOST_MARKS + 2
    assert {"system-event:1", f"task:{number}"} <= occurrence.marks


def test_two_names_that_turn_out_to_be_one_things_are_one() -> None:
    """A witness may come to call by both names what was seen as two."""
    first = occurrences(both([seen("import", "system-event:1")], [seen("import", "task:1", 9999)]))
    assert len(first) == 2
    marks = frozenset({"system-event:1", "task:1"})
    known = Observation("k", "import", "n", activated_at=9999, marks=marks)
    assert pairs(occurrences(both([seen("import", "system-event:1")], [known]), first)) == {marks}


def test_two_rows_of_a_rebuild_are_one_event_of_the_wider_scope() -> None:
    """One for the whole system and one for the database: there is one index to rebuild."""
    rows = [
        seen("freetext-rebuild", "system-event:1", 1000.0, scope="database"),
        seen("freetext-rebuild", "system-event:2", 1001.0, scope="system-wide"),
    ]
    [told] = share({"system-events": clear(*rows)}, "system-events").observations
    assert (told.key, told.scope) == ("freetext-rebuild", "system-wide")
    assert told.marks == {"system-event:1", "system-event:2"}


def test_thousands_of_imports_are_told_in_a_moment() -> None:
    """A hostile list costs no more than the square of a hundred."""
    rows = [seen("import", f"system-event:{n}", 1000.0 + n) for n in range(5000)]
    tasks = [seen("import", f"task:{n}", 1000.0 + n) for n in range(5000)]
    found = occurrences(both(rows, tasks))
    assert 5000 <= len(found) < 10_000
    assert len({mark for occurrence in found for mark in occurrence.marks}) == 10_000


# --- how it is told ----------------------------------------------------------------------------


def test_a_report_carries_what_each_witness_knows() -> None:
    """The row's words first; from the task what the row does not say."""
    row = seen(
        "import",
        "system-event:1",
        1000.0,
        scope="database",
        activated_by="Admin User",
        details=(("Group", "Sales"), ("Task", "of the row")),
        heartbeat=5.0,
    )
    task = seen(
        "import",
        "task:1",
        990.0,
        status="Started",
        progress=0.0,
        heartbeat=7.0,
        stalled=True,
        expected_end=2000.0,
        details=(("Task", "1"), ("Starts", "2")),
    )
    [told] = share(both([row], [task]), "imports").observations
    assert told == Observation(
        key="key of task:1",
        kind="import",
        name="system-event:1",
        status="Started",
        scope="database",
        activated_at=1000.0,
        activated_by="Admin User",
        expected_end=2000.0,
        progress=0.0,
        heartbeat=7.0,
        stalled=True,
        details=(("Group", "Sales"), ("Task", "of the row"), ("Starts", "2")),
        marks=frozenset({"system-event:1", "task:1"}),
    )


def test_what_one_alone_sees_is_told_as_it_is() -> None:
    """Nothing is added to what nobody shares, and nothing is lost of it."""
    row = seen("no-login", "system-event:1", scope="odd", progress=0.5, details=(("a", "b"),))
    assert share({"system-events": clear(row)}, "system-events").observations == (row,)


def test_what_nobody_shares_is_never_one() -> None:
    """Two witnesses may have a kind in common that is not known to be the same thing."""
    evidence = both([seen("batch-task", "system-event:1")], [seen("batch-task", "task:1")])
    for name in evidence:
        [told] = share(evidence, name).observations
        assert len(told.marks) == 1


def test_the_oldest_of_several_tasks_speaks_for_them() -> None:
    """Whatever the order of the list, so that a report does not change from probe to probe."""
    tasks = [
        seen("saint-rebuild", "task:2", 2000.0, progress=0.1),
        seen("saint-rebuild", "task:1", 1000.0, progress=0.9),
    ]
    told = [share({"imports": clear(*some)}, "imports") for some in (tasks, tasks[::-1])]
    assert told[0] == told[1]
    assert told[0].observations[0].progress == 0.9


# --- who tells it ------------------------------------------------------------------------------


def test_a_source_that_looks_seldom_leaves_it_to_the_others() -> None:
    """What is asked once a day would tell a day late; it adds what it knows."""
    slow = Evidence(Sight.CLEAR, (seen("saint-rebuild", "saint:a:1"),), (), prompt=False)
    evidence = {"saint": slow, "system-events": clear()}
    assert share(evidence, "saint").observations == ()
    [told] = share(evidence, "system-events").observations
    assert told.marks == {"saint:a:1"}


def test_where_all_look_seldom_the_most_specific_of_those_who_see_it_tells() -> None:
    """Better late than never."""
    evidence = {
        name: Evidence(Sight.CLEAR, found, (), prompt=False)
        for name, found in {
            "saint": (),
            "imports": (seen("saint-rebuild", "task:1"),),
            "system-events": (seen("saint-rebuild", "system-event:1"),),
        }.items()
    }
    assert [len(share(evidence, name).observations) for name in evidence] == [0, 1, 0]


def test_a_stranger_that_sees_a_kind_of_ours_tells_it() -> None:
    """Whoever is the only one to see something is not silenced by a table."""
    evidence = {"stranger": clear(seen("import", "stranger:1"))}
    assert len(share(evidence, "stranger").observations) == 1
    evidence["blind"] = Evidence()
    assert share(evidence, "stranger").unseen_under == ("blind:",)


def test_a_share_takes_the_place_of_what_was_seen() -> None:
    """All else that a source says of its probe stays."""
    own, mine, alone = (Observation(k, "k", k) for k in ("own", "mine", "alone"))
    snapshot = Snapshot((own,), unseen=frozenset({"a"}), unseen_under=("b",), ask_again=7.0)
    told = Share((mine,), frozenset({"c"}), ("d",)).instead_of(snapshot, alone)
    assert told == Snapshot(
        (mine, alone), unseen=frozenset({"a", "c"}), unseen_under=("b", "d"), ask_again=7.0
    )


@pytest.mark.parametrize("sight", [Sight.FAILING, Sight.UNAVAILABLE])
def test_what_can_not_be_looked_at_is_told_by_nobody_and_ended_by_nobody(sight: Sight) -> None:
    """It may be over or not; a rebuild may be known by names that nobody sees now."""
    task = seen("freetext-rebuild", "task:1")
    evidence = {"freetext": clear(), "imports": Evidence(sight, (), (task,))}
    told = share(evidence, "freetext")
    assert told.observations == ()
    assert told.unseen == {"task:1", "freetext-rebuild"}

"""What SAINT regenerates is one event, which says which parts run, whoever else sees it."""

from __future__ import annotations

from typing import Any

from syseventd import Observation, Snapshot
from syseventd_superoffice.saint import WHILE_REGENERATING

NIGHT = 1_790_000_000.0
"""When the regeneration of the story began: 2026-09-21 14:13:20 UTC."""

DONE = (NIGHT, NIGHT + 300)
"""A regeneration that took five minutes."""


def kinds(snapshot: Snapshot) -> list[str]:
    return [observation.kind for observation in snapshot.observations]


def test_a_regeneration_says_which_parts_run(counters: Any, monitor: Any, watched: Any) -> None:
    """Counters and status monitors are one event, which is asked about often."""
    snapshot = watched.probe(
        (counters(5, NIGHT, NIGHT - 9), counters(6, *DONE)), (monitor(7, NIGHT + 2, None),)
    )
    assert snapshot.observations == (
        Observation(
            "saint-rebuild",
            "saint-rebuild",
            "SAINT regeneration",
            scope="database",
            activated_at=NIGHT,
            details=(("Regenerating", "counters contact, monitor 7 (Hot leads)"),),
            marks=frozenset({"saint:counters-contact:1790000000"}),
        ),
    )
    assert snapshot.ask_again == WHILE_REGENERATING


def test_one_part_after_the_other_is_one_regeneration(
    counters: Any, monitor: Any, watched: Any
) -> None:
    """Its name and its start stay while the next part begins as the last one ends."""
    first = watched.probe((counters(5, NIGHT, None), counters(6, NIGHT - 9, NIGHT - 8)))
    second = watched.probe((counters(5, *DONE), counters(6, NIGHT + 300, NIGHT - 8)))
    third = watched.probe(
        (counters(5, *DONE), counters(6, NIGHT + 300, NIGHT + 400)),
        (monitor(7, NIGHT + 400, NIGHT),),
    )
    [one], [two], [three] = (s.observations for s in (first, second, third))
    assert one.marks == two.marks == three.marks
    assert one.activated_at == two.activated_at == three.activated_at == NIGHT
    assert dict(three.details)["Regenerating"] == "monitor 7 (Hot leads)"


def test_the_next_regeneration_is_another(counters: Any, watched: Any) -> None:
    """Between two there is a moment in which nothing runs."""
    [one] = watched.probe((counters(5, NIGHT, None),)).observations
    assert watched.probe((counters(5, *DONE),)).observations == ()
    [two] = watched.probe((counters(5, NIGHT + 999, NIGHT + 300),)).observations
    assert one.marks != two.marks


def test_what_is_switched_off_does_not_run(counters: Any, monitor: Any, watched: Any) -> None:
    """A regeneration that was broken off when its table was switched off is none."""
    assert watched.probe((counters(5, NIGHT, None, Enabled=False),)).observations == ()
    assert watched.probe((), (monitor(7, NIGHT, None, IsVisual=False),)).observations == ()


def test_it_is_joined_with_the_row_and_the_tasks(counters: Any, watched: Any) -> None:
    """One event: who and when from the row, how far from the task, which parts from SAINT."""
    row = Observation(
        "kSERou",
        "saint-rebuild",
        "ROURebuild",
        activated_at=NIGHT - 5,
        activated_by="Admin User",
        scope="database",
        marks=frozenset({"system-event:9"}),
    )
    tasks = tuple(
        Observation(f"task:{n}", "saint-rebuild", f"Task {n}", marks=frozenset({f"task:{n}"}))
        for n in (1, 2)
    )
    for name, seen in (("system-events", (row,)), ("imports", tasks)):
        watched.witnesses.switch_on(name, 60.0)
        watched.witnesses.report(name, seen)
    [event] = watched.probe((counters(5, NIGHT, None),)).observations
    assert (event.key, event.name, event.activated_by) == (
        "saint-rebuild",
        "ROURebuild",
        "Admin User",
    )
    assert event.activated_at == NIGHT - 5
    assert dict(event.details)["Regenerating"] == "counters contact"
    assert event.marks == {
        "system-event:9",
        "task:1",
        "task:2",
        "saint:counters-contact:1790000000",
    }


def test_a_row_alone_is_reported_here_and_asked_about_often(counters: Any, watched: Any) -> None:
    """SAINT's own state may be late: who claims the event follows it closely."""
    row = Observation("k", "saint-rebuild", "ROURebuild", marks=frozenset({"system-event:9"}))
    watched.witnesses.switch_on("system-events", 60.0)
    watched.witnesses.report("system-events", (row,))
    snapshot = watched.probe((counters(5, *DONE),))
    assert kinds(snapshot) == ["saint-rebuild"]
    assert snapshot.ask_again == WHILE_REGENERATING


def test_what_another_reports_is_followed_closely_as_well(counters: Any, watched: Any) -> None:
    """Asked once an hour it leaves the report to others, but what it adds must not grow old."""
    watched.configured(interval="1h")
    watched.witnesses.switch_on("imports", 60.0)
    watched.witnesses.report("imports", ())
    snapshot = watched.probe((counters(5, NIGHT, None),))
    assert snapshot.observations == ()
    assert snapshot.ask_again == WHILE_REGENERATING
    assert len(watched.witnesses.report("imports", ()).observations) == 1

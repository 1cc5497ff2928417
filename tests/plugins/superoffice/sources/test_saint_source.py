"""SAINT: one event for all that is regenerated, old values, what was never generated."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from syseventd import (
    Malformed,
    NotAvailable,
    Observation,
    ProbeFailed,
    Snapshot,
    Target,
    Unreachable,
)
from syseventd_superoffice import saint
from syseventd_superoffice.access import Document
from syseventd_superoffice.saint import GAUGES, KINDS, WHILE_REGENERATING, Saint, SaintSettings
from syseventd_superoffice.saint_memory import MISSED

HOUR = 3600.0
NIGHT = 1_790_000_000.0
"""When the regeneration of the story began: 2026-09-21 14:13:20 UTC."""


def date(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat()


def counters(
    table: object, start: float | None, end: float | None, **more: object
) -> dict[str, object]:
    return {
        "OwnerTable": table,
        "Enabled": True,
        "Period1": 30,
        "GenerationStart": date(start),
        "GenerationEnd": date(end),
        "RowsGenerated": 4200,
        **more,
    }


def monitor(
    number: object, start: float | None, end: float | None, **more: object
) -> dict[str, object]:
    return {
        "StatusMonitorId": number,
        "Name": "Hot leads",
        "OwnerTable": 5,
        "IsVisual": True,
        "Deleted": False,
        "NeedsUpdate": False,
        "NumMatches": 17,
        "NumNeedUpdate": 0,
        "GenerationStart": date(start),
        "LastGenerated": date(end),
        **more,
    }


DONE = (NIGHT, NIGHT + 300)
"""A regeneration that took five minutes."""


class Watched:
    """The source at an installation that sets what it says; it remembers as the daemon has it."""

    def __init__(self, installation: Any) -> None:
        self.installation = installation
        self.witnesses = installation.connection.witnesses
        self.memory: dict[str, str] = {}
        self.now = NIGHT + HOUR
        self.source = self.configured()

    def configured(self, **configured: Any) -> Saint:
        its = SaintSettings.model_validate(configured)
        self.witnesses.switch_on("saint", its.interval)
        self.source = Saint(self.installation.connection, its, clock=lambda: self.now)
        return self.source

    def probe(self, of_counters: Any = (), monitors: Any = ()) -> Snapshot:
        """One probe; what it wants remembered is remembered."""
        for question, answer in (
            ("saint_configurations", of_counters),
            ("status_monitors", monitors),
        ):
            reply = list(answer) if isinstance(answer, tuple) else answer
            self.installation.answers(**{question: reply})
        snapshot: Snapshot = self.installation.probe(self.source, self.memory)
        self.memory = dict(self.memory if snapshot.memory is None else snapshot.memory)
        return snapshot

    def nights(self, number: int, seconds: float) -> None:
        """So many regenerations of the contacts' counters, each of which took so long."""
        for night in range(number):
            start = NIGHT - (number - night) * 24 * HOUR
            self.probe((counters(5, start, start + seconds),))


@pytest.fixture
def watched(installation: Any) -> Watched:
    return Watched(installation)


def kinds(snapshot: Snapshot) -> list[str]:
    return [observation.kind for observation in snapshot.observations]


def test_values_that_are_fresh_are_measured_and_no_event(watched: Watched) -> None:
    """Each part has its numbers; no label holds what people called a status monitor."""
    snapshot = watched.probe(
        (counters(5, *DONE), counters(11, *DONE)), (monitor(7, *DONE, NumNeedUpdate=3),)
    )
    assert snapshot.observations == ()
    assert snapshot.problems == ()
    assert snapshot.ask_again is None
    assert {(m.name, m.part, m.value) for m in snapshot.measurements} == {
        ("saint_last_generated_timestamp_seconds", "counters contact", NIGHT + 300),
        ("saint_last_generated_timestamp_seconds", "counters project", NIGHT + 300),
        ("saint_last_generated_timestamp_seconds", "monitor 7", NIGHT + 300),
        ("saint_rows", "counters contact", 4200.0),
        ("saint_rows", "counters project", 4200.0),
        ("saint_matches", "monitor 7", 17.0),
        ("saint_need_update", "monitor 7", 3.0),
    }


# --- regenerating ------------------------------------------------------------------------------


def test_a_regeneration_says_which_parts_run(watched: Watched) -> None:
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


def test_one_part_after_the_other_is_one_regeneration(watched: Watched) -> None:
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


def test_the_next_regeneration_is_another(watched: Watched) -> None:
    """Between two there is a moment in which nothing runs."""
    [one] = watched.probe((counters(5, NIGHT, None),)).observations
    assert watched.probe((counters(5, *DONE),)).observations == ()
    [two] = watched.probe((counters(5, NIGHT + 999, NIGHT + 300),)).observations
    assert one.marks != two.marks


def test_what_is_switched_off_does_not_run(watched: Watched) -> None:
    """A regeneration that was broken off when its table was switched off is none."""
    assert watched.probe((counters(5, NIGHT, None, Enabled=False),)).observations == ()
    assert watched.probe((), (monitor(7, NIGHT, None, IsVisual=False),)).observations == ()


def test_it_is_joined_with_the_row_and_the_tasks(watched: Watched) -> None:
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


def test_a_row_alone_is_reported_here_and_asked_about_often(watched: Watched) -> None:
    """SAINT's own state may be late: who claims the event follows it closely."""
    row = Observation("k", "saint-rebuild", "ROURebuild", marks=frozenset({"system-event:9"}))
    watched.witnesses.switch_on("system-events", 60.0)
    watched.witnesses.report("system-events", (row,))
    snapshot = watched.probe((counters(5, *DONE),))
    assert kinds(snapshot) == ["saint-rebuild"]
    assert snapshot.ask_again == WHILE_REGENERATING


def test_what_another_reports_is_followed_closely_as_well(watched: Watched) -> None:
    """Asked once an hour it leaves the report to others, but what it adds must not grow old."""
    watched.configured(interval="1h")
    watched.witnesses.switch_on("imports", 60.0)
    watched.witnesses.report("imports", ())
    snapshot = watched.probe((counters(5, NIGHT, None),))
    assert snapshot.observations == ()
    assert snapshot.ask_again == WHILE_REGENERATING
    assert len(watched.witnesses.report("imports", ()).observations) == 1


# --- its usual time ----------------------------------------------------------------------------


def test_without_evidence_nothing_is_expected(watched: Watched) -> None:
    """Two durations are no habit."""
    watched.nights(2, 300)
    watched.now = NIGHT + 5 * HOUR
    [event] = watched.probe((counters(5, NIGHT, NIGHT - 9),)).observations
    assert event.expected_end is None
    assert [heading for heading, _ in event.details] == ["Regenerating"]


@pytest.mark.parametrize(("elapsed", "late"), [(599, False), (601, True)])
def test_it_is_expected_to_end_within_twice_its_usual_time(
    watched: Watched, elapsed: float, late: bool
) -> None:
    """After that it is overdue; which part takes longer is said."""
    watched.nights(3, 300)
    watched.now = NIGHT + elapsed
    [event] = watched.probe((counters(5, NIGHT, NIGHT - 9),)).observations
    assert event.expected_end == NIGHT + 600
    details = dict(event.details)
    assert details["Usual duration"] == "counters contact 5m"
    assert details.get("Longer than usual") == ("counters contact" if late else None)
    assert not event.stalled


def test_the_factor_is_configuration(watched: Watched) -> None:
    """How much longer than usual is late."""
    watched.configured(slow_factor=3)
    watched.nights(3, 300)
    [event] = watched.probe((counters(5, NIGHT, NIGHT - 9),)).observations
    assert event.expected_end == NIGHT + 900


def test_one_part_without_evidence_leaves_the_end_open(watched: Watched) -> None:
    """What never ran before may take as long as it likes."""
    watched.nights(3, 300)
    [event] = watched.probe((counters(5, NIGHT, NIGHT - 9), counters(6, NIGHT, None))).observations
    assert event.expected_end is None
    assert dict(event.details)["Usual duration"] == "counters contact 5m"


def test_what_takes_seconds_is_not_late_after_some_more(watched: Watched) -> None:
    """A minute is always reckoned with."""
    watched.nights(3, 2)
    [event] = watched.probe((counters(5, NIGHT, NIGHT - 9),)).observations
    assert event.expected_end == NIGHT + 120


def test_the_latest_durations_count(watched: Watched) -> None:
    """An installation grows: what was usual long ago is not usual now."""
    watched.nights(20, 60)
    for night in range(9):
        start = NIGHT + night * HOUR
        watched.probe((counters(5, start, start + 600),))
    [event] = watched.probe((counters(5, NIGHT + 9 * HOUR, NIGHT),)).observations
    assert dict(event.details)["Usual duration"] == "counters contact 10m"
    assert len(json.loads(watched.memory["saint"])["took"]["counters contact"][1]) == 9


def test_one_generation_counts_once(watched: Watched) -> None:
    """However often it is looked at; and then there is nothing to store."""
    assert watched.probe((counters(5, *DONE),)).memory is not None
    second = watched.probe((counters(5, *DONE),))
    assert second.memory is None
    assert watched.probe((counters(5, *DONE),)) is second


def test_what_is_gone_is_forgotten(watched: Watched) -> None:
    """A status monitor that was deleted leaves nothing in the memory; a failure forgets nothing."""
    watched.probe((), (monitor(7, *DONE),))
    watched.probe((counters(5, *DONE),), NotAvailable("no licence"))
    assert "monitor 7" in watched.memory["saint"]
    watched.probe((), (monitor(7, *DONE, Deleted=True),))
    assert watched.memory == {}


# --- old, never --------------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "told"), [(47.9, []), (48.2, ["saint-stale"])])
def test_values_that_were_generated_long_ago(
    watched: Watched, hours: float, told: list[str]
) -> None:
    """Two nights without a regeneration are an event, which names the parts."""
    watched.now = DONE[1] + hours * HOUR
    snapshot = watched.probe((counters(5, *DONE), counters(6, watched.now, watched.now)))
    assert kinds(snapshot) == told
    for event in snapshot.observations:
        assert (event.key, event.name) == ("saint-stale:counters", "SAINT counters are old")
        assert event.message == "counters contact: last generated 2026-09-21 14:18 UTC"


@pytest.mark.parametrize("dirty", [{"NeedsUpdate": True}, {"NumNeedUpdate": 1}])
def test_values_that_wait_to_be_worked_out(watched: Watched, dirty: dict[str, object]) -> None:
    """They may wait for a while; after a regeneration that begins anew."""
    watched.configured(oldest="30d")
    assert watched.probe((), (monitor(7, *DONE, **dirty),)).observations == ()
    watched.now += 49 * HOUR
    snapshot = watched.probe((), (monitor(7, *DONE, **dirty),))
    [event] = snapshot.observations
    assert event.key == "saint-stale:monitors"
    assert event.message == "monitor 7 (Hot leads): needs update since 2026-09-21 15:13 UTC"
    again = (watched.now - 300, watched.now)
    assert watched.probe((), (monitor(7, *again, **dirty),)).observations == ()


def test_all_values_of_a_changed_definition_need_update(watched: Watched) -> None:
    """Even if none is counted: no value of it holds any more."""
    changed = monitor(7, *DONE, NeedsUpdate=True, NumNeedUpdate=0)
    snapshot = watched.probe((), (changed, changed | {"StatusMonitorId": 8, "NumMatches": 0}))
    needs = {m.part: m.value for m in snapshot.measurements if m.name == "saint_need_update"}
    assert needs == {"monitor 7": 17.0, "monitor 8": 1.0}


def test_what_was_never_generated(watched: Watched) -> None:
    """One event for the counters, one for the status monitors, however many there are."""
    snapshot = watched.probe(
        (counters(5, None, None), counters(6, None, None), counters(11, *DONE)),
        tuple(monitor(n, None, None, Name="") for n in range(1, 14)),
    )
    of_counters, of_monitors = snapshot.observations
    assert of_counters.key == "saint-never:counters"
    assert of_counters.message == "counters contact\ncounters person"
    assert of_monitors.key == "saint-never:monitors"
    assert of_monitors.message.splitlines()[-2:] == ["monitor 10", "and 3 more"]


def test_what_is_switched_off_may_be_old(watched: Watched) -> None:
    """Nobody sees the values of what is switched off, or deleted."""
    watched.now = NIGHT + 999 * HOUR
    snapshot = watched.probe(
        (counters(5, *DONE, Enabled=False), counters(6, None, None, Enabled="false")),
        (
            monitor(7, *DONE, IsVisual=False, NeedsUpdate=True),
            monitor(8, None, None, IsVisual=0),
            monitor(9, None, None, Deleted=True),
        ),
    )
    assert snapshot.observations == ()


# --- what it can't see -------------------------------------------------------------------------


def test_without_a_licence_it_is_not_available(watched: Watched) -> None:
    """Neither counters nor status monitors: the others report what they see."""
    lacking = NotAvailable("no licence for SAINT")
    with pytest.raises(NotAvailable, match="no licence"):
        watched.probe(lacking, lacking)
    assert not watched.witnesses.can_look("saint")


@pytest.mark.parametrize("group", ["counters", "monitors"])
def test_one_half_is_enough(watched: Watched, group: str) -> None:
    """What the other half would show is left as it was."""
    replies = [(counters(5, *DONE),), (monitor(7, *DONE),)]
    replies[group == "monitors"] = NotAvailable("no right")  # type: ignore[call-overload]
    snapshot = watched.probe(*replies)
    assert len(snapshot.measurements) >= 2
    assert {f"saint-stale:{group}", f"saint-never:{group}"} <= snapshot.unseen


def test_a_failure_of_one_half_is_a_failure(watched: Watched) -> None:
    """Nothing is reported of an installation that does not answer."""
    with pytest.raises(Unreachable):
        watched.probe((counters(5, *DONE),), Unreachable("crm", "refused"))
    assert not watched.witnesses.can_look("saint")


CRASHED = ProbeFailed("Saint/GetStatusMonitors", 'HTTP 500 (for the type "x")')
NO_RIGHT = NotAvailable("no right")


@pytest.mark.parametrize("group", ["counters", "monitors"])
def test_a_question_that_the_server_fails_at_leaves_the_other(watched: Watched, group: str) -> None:
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
    watched: Watched, replies: tuple[Exception, Exception]
) -> None:
    """And not that this installation had nothing to show."""
    with pytest.raises(ProbeFailed):
        watched.probe(*replies)
    assert not watched.witnesses.can_look("saint")


@pytest.mark.parametrize("missing", [NO_RIGHT, CRASHED, (7, monitor(8, *DONE))], ids=str)
def test_what_ran_and_can_not_be_seen_goes_on_for_a_day(watched: Watched, missing: object) -> None:
    """The same regeneration is told once it is seen again; and it is not kept for ever."""
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


BAD = [
    7,
    None,
    "text",
    {},
    counters(None, *DONE),
    counters("five", *DONE),
    counters(5, *DONE, GenerationStart="yesterday"),
    counters(5, *DONE, GenerationEnd={}),
    {"OwnerTable": 5, "Enabled": True},
]


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_a_bad_entry_hides_no_good_one_and_ends_nothing(watched: Watched, bad: object) -> None:
    """It is named; what it may be about is not said to have ended."""
    watched.probe((counters(5, NIGHT, None), counters(6, *DONE)))
    snapshot = watched.probe((bad, counters(6, *DONE)))
    assert [m.part for m in snapshot.measurements] == ["counters person"] * 2
    assert [p.where for p in snapshot.problems] == ["SAINT counters, entry 1"]
    assert {
        "saint-stale:counters",
        "saint-never:counters",
        "saint:counters-contact:1790000000",
    } <= snapshot.unseen


def test_a_bad_entry_does_not_keep_what_ended(watched: Watched) -> None:
    """Where all that ran is seen to have ended, the regeneration is over."""
    watched.probe((7, counters(5, NIGHT, None)))
    snapshot = watched.probe((7, counters(5, *DONE)))
    assert snapshot.observations == ()
    assert not {name for name in snapshot.unseen if name.startswith("saint:")}


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (monitor(None, *DONE), "has no StatusMonitorId"),
        (monitor("x", *DONE), 'StatusMonitorId "x" is not a whole number'),
        ({"StatusMonitorId": 7}, "has no LastGenerated"),
    ],
)
def test_a_bad_status_monitor_is_named(
    watched: Watched, entry: dict[str, object], reason: str
) -> None:
    """Its place in the list, the field, and what is wrong with it."""
    snapshot = watched.probe((), (monitor(8, *DONE), entry))
    assert [str(p) for p in snapshot.problems] == [f"SAINT status monitors, entry 2: {reason}"]


def test_a_bad_field_leaves_its_part(watched: Watched) -> None:
    """A count that can't be read is missing; the dates beside it hold."""
    snapshot = watched.probe((counters(5, *DONE, RowsGenerated=-1, Enabled="maybe"),))
    [measured] = snapshot.measurements
    assert measured.part == "counters contact"
    assert {p.reason for p in snapshot.problems} == {
        "RowsGenerated -1 is less than nothing",
        'Enabled "maybe" is neither true nor false',
    }


def test_what_is_listed_twice_is_one(watched: Watched) -> None:
    """The first counts, and the second is named."""
    snapshot = watched.probe((counters(5, *DONE), counters("5", NIGHT, None)))
    assert snapshot.observations == ()
    [problem] = snapshot.problems
    assert problem.reason == "counters contact is listed twice; took the first"


def test_the_same_again_is_no_problem(watched: Watched) -> None:
    """An installation may answer with all status monitors, whichever type was asked for."""
    types = ("contact", "person", "project")
    snapshot = watched.probe((), tuple(monitor(7, *DONE, Type=name) for name in types))
    assert snapshot.problems == ()
    assert len(snapshot.measurements) == 3


@pytest.mark.parametrize("reply", [{}, "text", None, [7], [{}, None], [counters(5, 0, 0)] * 1001])
def test_a_reply_of_another_shape_is_malformed(watched: Watched, reply: object) -> None:
    """No list, nothing in it that can be read, or more than any installation has."""
    with pytest.raises(Malformed):
        watched.probe(Document(reply, "Saint/GetSaintConfigurations"))


# --- configuration -----------------------------------------------------------------------------


def test_table_numbers_are_configuration(watched: Watched) -> None:
    """They can differ between databases; a table without a name goes by its number."""
    watched.configured(tables={"contact": 105})
    snapshot = watched.probe((counters(105, *DONE), counters(5, *DONE)))
    assert {m.part for m in snapshot.measurements} == {"counters contact", "counters table 5"}


@pytest.mark.parametrize(
    "tables", [{"contact": 5, "person": 5}, {"What people type": 5}, {"contact": "five"}]
)
def test_tables_that_can_not_be(tables: dict[str, object]) -> None:
    """A number is one table's; a name is a short word, since it becomes a label."""
    with pytest.raises(ValidationError):
        SaintSettings.model_validate({"tables": tables})


def test_it_is_created_for_an_installation(installation: Any) -> None:
    """As the daemon does it; then the others count on it."""
    source = saint.create(
        Target("crm", "superoffice", None), installation.connection, SaintSettings()
    )
    installation.answers(saint_configurations=[], status_monitors=[])
    assert installation.probe(source, {}).observations == ()
    assert installation.connection.witnesses.can_look("saint")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
)
entries = st.lists(
    st.dictionaries(
        st.sampled_from([*counters(5, *DONE), *monitor(7, *DONE)]),
        json_values | st.sampled_from([5, 6, date(NIGHT), date(NIGHT + 9), True, "0001-01-01"]),
    )
    | json_values,
    max_size=6,
)


@given(st.lists(st.tuples(entries, entries), min_size=1, max_size=3))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50
)
def test_no_reply_brings_another_outcome(
    watched: Watched, story: list[tuple[list[object], list[object]]]
) -> None:
    """Whatever comes, again and again, is a snapshot, or malformed by name."""
    watched.memory = {}
    for of_counters, monitors in story:
        watched.now += 30 * HOUR
        try:
            snapshot = watched.probe(of_counters, monitors)
        except Malformed:
            continue
        known = {"saint-rebuild", *(kind.name for kind in KINDS)}
        assert {o.kind for o in snapshot.observations} <= known
        assert {m.name for m in snapshot.measurements} <= {gauge.name for gauge in GAUGES}

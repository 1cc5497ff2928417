"""Versions, satellites, processes, prototypes and schedules of the story, at any second."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syseventd_superoffice.simulator.scenes import DAY, LAP
from syseventd_superoffice.simulator.story import state_at

SECONDS = st.floats(0, 200 * LAP)
MINUTE = 60.0


def test_a_new_version_comes_each_night() -> None:
    """The build grows by one, and its label says that it is simulated."""
    versions = [state_at(s).product.version for s in (459, 460, DAY + 459, DAY + 460)]
    assert versions == ["11.10.721.0", "11.10.722.0", "11.10.722.0", "11.10.723.0"]
    assert state_at(460).product.label == "SuperOffice 11.10 NetServer 11.10.722 (simulated)"


def test_the_database_follows_the_code() -> None:
    """For more than a minute a step of the code is not in the database; then none is missing."""

    def pending(seconds: float) -> set[int]:
        state = state_at(seconds)
        return {step.number for step in {*state.code_steps} - {*state.database_steps}}

    assert [pending(s) for s in (459, 460, 534, 535)] == [set(), {42}, {42}, set()]


def test_the_databases_revision_grows_with_its_steps() -> None:
    """The number in the table `company` tells it as well."""
    assert [state_at(s).product.database_revision for s in (534, 535)] == [41, 42]


def test_a_satellite_comes_each_morning() -> None:
    """It has an id of the satellites' range and a name, and goes at the end of the day."""
    names = [[s.name for s in state_at(t).satellites] for t in (LAP + 59, LAP + 60, DAY)]
    assert names[0] == names[2] == ["Copenhagen (simulated)"]
    assert names[1] == ["Copenhagen (simulated)", "Bergen (simulated)"]
    assert all(s.id >= 0x0100_0000 for s in state_at(LAP + 60).satellites)


@given(SECONDS)
def test_two_processes_live_and_one_may_be_dead(seconds: float) -> None:
    """Heartbeats are whole minutes, and of the steady processes none is older than one."""
    first, second, mortal = state_at(seconds).processes
    for process in (first, second, mortal):
        assert process.registered <= process.updated <= seconds
    assert seconds - first.updated < MINUTE
    assert first.updated == second.updated


def test_one_process_dies_and_another_takes_its_place() -> None:
    """Its heartbeat stops for more than four minutes; the new one has another id."""
    alive, dead, new = (state_at(s).processes[2] for s in (149, 429, 430))
    assert alive.id == dead.id
    assert 429 - dead.updated > 4 * MINUTE
    assert new.id > dead.id
    assert new.updated == new.registered == 430


def test_the_process_that_a_lap_ends_with_begins_the_next() -> None:
    """At the end of a lap nobody dies."""
    assert state_at(LAP - 1).processes[2].id == state_at(LAP + 149).processes[2].id


def test_a_prototype_is_made_for_minutes_each_afternoon() -> None:
    """Its state says so meanwhile, and when it is ready its date is new."""
    begins, ends = 2 * LAP + 40, 2 * LAP + 330
    seen = [state_at(s).prototypes[0] for s in (begins - 1, begins, ends - 1, ends)]
    assert [prototype.state for prototype in seen] == [0, 65_535, 65_535, 0]
    assert [prototype.generated == ends for prototype in seen] == [False, False, False, True]


def test_a_prototype_is_fetched_at_night() -> None:
    """Its state counts the downloads."""
    assert [state_at(s).prototypes[1].state for s in (99, 100, 160, 200)] == [0, 2, 1, 0]


@given(SECONDS)
def test_schedules_have_just_run(seconds: float) -> None:
    """What is switched on ran within its interval, and its next run is ahead."""
    for schedule in state_at(seconds).schedules:
        if schedule.disabled:
            assert schedule.last_execution is schedule.next_execution is None
        else:
            assert schedule.last_execution is not None
            assert schedule.next_execution is not None
            assert schedule.last_execution <= seconds < schedule.next_execution


def test_one_schedule_fails_for_a_while() -> None:
    """It says since when and why, and is tried again and again."""
    seen = [state_at(s).schedules[2] for s in (299, 300, 519, 520)]
    assert ["simulated" in schedule.error for schedule in seen] == [False, True, True, False]
    assert [schedule.last_error for schedule in seen] == [None, 300, 300, None]
    assert [schedule.retries for schedule in seen] == [0, 1, 4, 0]


def test_every_name_says_that_it_is_simulated() -> None:
    """Machines, steps, satellites and schedules may become keys of events."""
    state = state_at(LAP + 300)
    names = [
        *(process.machine for process in state.processes),
        *(process.unique for process in state.processes),
        *(step.name for step in state.code_steps),
        *(satellite.name for satellite in state.satellites),
        *(schedule.name for schedule in state.schedules),
        *(message.name for message in state.messages),
    ]
    assert all("simulated" in name.lower() for name in names)


def test_the_plans_limit_is_neared_and_reached() -> None:
    """Of a hundred projects 80 are nothing, 86 are near, 100 are the limit."""
    seen = [state_at(s).plan_limit for s in (0, 60, 419, 420)]
    assert [limit.near for limit in seen] == [False, True, True, True]
    assert [limit.reached for limit in seen] == [False, False, False, True]


def test_the_yellow_banner_has_messages_of_every_weight() -> None:
    """Some for everybody, one for a single user."""
    messages = {m.name: m for s in (100, 250, 460) for m in state_at(s).messages}
    assert {m.type.name for m in messages.values()} == {"Info", "Warning", "Error"}
    assert {m.associate_id for m in messages.values()} == {0, 7}
    assert all("(simul" in text for m in messages.values() for text in m.text.values())

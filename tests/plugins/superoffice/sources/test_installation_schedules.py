"""Scheduled tasks of Service that fail, and upgrades that are not finished."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from syseventd import Malformed, Observation, Snapshot
from syseventd_superoffice.access import Document, Listing
from syseventd_superoffice.installation.schedules import read_schedules
from syseventd_superoffice.installation.upgrade_steps import read_steps

NOW = 1_790_000_000.0


def keys(snapshot: Snapshot) -> set[str]:
    return {observation.key for observation in snapshot.observations}


def one(snapshot: Snapshot) -> Observation:
    [observation] = snapshot.observations
    return observation


def schedule(number: int = 5, **changes: object) -> dict[str, Any]:
    row = {
        "id": number,
        "name": "Nightly clean-up",
        "disabled": 0,
        "last_execution": NOW - 600,
        "execution_time": 20,
        "last_error": None,
        "error_message": None,
        "retries": 0,
    }
    return row | changes


def schedules(*rows: object, complete: bool = True) -> Snapshot:
    return asyncio.run(read_schedules(Listing(rows, complete=complete)))


FAILED = {"last_error": NOW - 600, "error_message": "Mailbox is full"}


def test_a_schedule_that_fails_shows_its_error() -> None:
    """Its last run failed: the event has its name and the error's text."""
    event = one(schedules(schedule(**FAILED)))
    assert (event.kind, event.key) == ("schedule-failing", "schedule-failing:5")
    assert event.name == "Scheduled task fails: Nightly clean-up"
    assert (event.status, event.message) == ("failed", "Mailbox is full")


def test_a_schedule_that_tries_again() -> None:
    """Retries are counted since the last success: where there are any, it fails."""
    assert one(schedules(schedule(retries=2, error_message="Late"))).status == "retrying"


@pytest.mark.parametrize(
    ("changes", "fails"),
    [
        ({}, False),
        ({"last_error": NOW - 620}, True),
        ({"last_error": NOW - 7_200, "error_message": "Old"}, False),
        ({"last_error": NOW - 600, "last_execution": None}, True),
        ({"error_message": "Old"}, False),
        ({"error_message": "Old", "retries": None}, True),
        ({"retries": None}, False),
        ({**FAILED, "disabled": True}, False),
        ({**FAILED, "disabled": 1}, False),
    ],
    ids=[
        "never failed",
        "failed while it ran",
        "succeeded since",
        "never ran to an end",
        "an old text",
        "a text is all there is",
        "says nothing",
        "is disabled",
        "is disabled, as a number",
    ],
)
def test_whether_the_last_run_failed(changes: dict[str, object], fails: bool) -> None:
    """Text and time of an error stay after later runs succeeded; they alone prove nothing."""
    assert bool(schedules(schedule(**changes)).observations) == fails


def test_a_bad_schedule_hides_no_good_one() -> None:
    """It is named, and its own event does not end."""
    snapshot = schedules(schedule(1, disabled="perhaps"), schedule(2, **FAILED))
    assert keys(snapshot) == {"schedule-failing:2"}
    assert snapshot.hides("schedule-failing:1")
    assert not snapshot.hides("schedule-failing:3")
    assert snapshot.problems[0].where == "schedule 1"


@pytest.mark.parametrize("row", ["x", {}, {"id": {}}])
def test_a_schedule_that_does_not_say_which_it_is(row: object) -> None:
    """It may be any of them: none ends."""
    assert schedules(row).hides("schedule-failing:9")


def test_a_schedule_without_name() -> None:
    """Its number must do."""
    assert one(schedules(schedule(name=None, **FAILED))).name == "Scheduled task fails: task 5"


def test_a_cut_list_ends_no_schedule() -> None:
    """There may be more than was seen."""
    assert schedules(complete=False).hides("schedule-failing:9")


def step(name: object, number: object) -> dict[str, object]:
    return {"Name": name, "StepNumber": number}


def steps(code: object, database: object) -> Snapshot:
    return asyncio.run(read_steps(Document({"code": code, "database": database}, "steps")))


def test_a_database_that_has_all_steps() -> None:
    """Whether it lists each one or the highest only, nothing is pending."""
    code = [step("Core", 1), step("Core", 2), step("Quote", 7)]
    assert steps(code, code) == Snapshot()
    assert steps(code, [step("core", 2), step("Quote", 8)]) == Snapshot()


def test_steps_that_the_database_lacks() -> None:
    """The event says how many, and which."""
    code = [step("Core", 2), step("Quote", 7), step("Chat", 1)]
    event = one(steps(code, [step("Core", 2), step("Quote", 6)]))
    assert (event.kind, event.key) == ("upgrade-pending", "upgrade-pending")
    assert event.message == "2 steps not yet made in the database: Chat 1, Quote 7"
    assert dict(event.details) == {"Pending steps": "2"}


def test_the_highest_step_of_a_name_counts() -> None:
    """In whatever order the steps are listed."""
    ordered = [step("Core", 1), step("Core", 2)]
    assert steps(ordered, ordered[::-1]) == Snapshot()
    assert one(steps(ordered[::-1], [step("Core", 1)])).message.endswith("database: Core 2")


def test_many_pending_steps_are_named_in_part() -> None:
    """The rest is a number; one alone is a step."""
    code = [step(f"S{n:02}", 1) for n in range(25)]
    assert one(steps([step("X", 1), *code], [step("x", 1)])).message.endswith("S19 1 and 5 more")
    one_step = steps([step("Core", 2)], [step("Core", 1)])
    assert one(one_step).message == "1 step not yet made in the database: Core 2"


def test_a_database_that_tells_no_step_keeps_them_to_itself() -> None:
    """An empty list is no sign that nothing was ever made."""
    with pytest.raises(Malformed):
        steps([step("Core", 2)], [])


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (7, "is no object"),
        (step(None, 1), "has no Name"),
        (step("Core", None), "has no StepNumber"),
        (step("Core", "x"), 'StepNumber "x" is not a whole number'),
        (step("Core", -1), "StepNumber -1 is less than nothing"),
    ],
)
def test_a_bad_step_neither_starts_nor_ends_the_event(bad: object, reason: str) -> None:
    """A step of the database that can't be read may be the one that seems to be missing."""
    snapshot = steps([step("Core", 2)], [step("Core", 1), bad])
    assert snapshot.observations == ()
    assert snapshot.hides("upgrade-pending")
    assert [problem.reason for problem in snapshot.problems] == [reason]


def test_a_bad_step_of_the_code_hides_no_other() -> None:
    """What is certain is told."""
    snapshot = steps([None, step("Core", 2)], [step("Core", 1)])
    assert keys(snapshot) == {"upgrade-pending"}


@pytest.mark.parametrize("value", [None, [], {}, {"code": []}, {"code": [], "database": "steps"}])
def test_steps_of_another_shape_are_malformed(value: object) -> None:
    """The part fails by name."""
    with pytest.raises(Malformed):
        asyncio.run(read_steps(Document(value, "steps")))

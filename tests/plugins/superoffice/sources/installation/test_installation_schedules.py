"""Scheduled tasks of Service that fail."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syseventd import Snapshot
from syseventd_superoffice.access import Listing
from syseventd_superoffice.installation.schedules import read_schedules

NOW = 1_790_000_000.0


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


def test_a_schedule_that_fails_shows_its_error(one: Any) -> None:
    """Its last run failed: the event has its name and the error's text."""
    event = one(schedules(schedule(**FAILED)))
    assert (event.kind, event.key) == ("schedule-failing", "schedule-failing:5")
    assert event.name == "Scheduled task fails: Nightly clean-up"
    assert (event.status, event.message) == ("failed", "Mailbox is full")


def test_a_schedule_that_tries_again(one: Any) -> None:
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


def test_a_bad_schedule_hides_no_good_one(keys: Any) -> None:
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


def test_a_schedule_without_name(one: Any) -> None:
    """Its number must do."""
    assert one(schedules(schedule(name=None, **FAILED))).name == "Scheduled task fails: task 5"


def test_a_cut_list_ends_no_schedule() -> None:
    """There may be more than was seen."""
    assert schedules(complete=False).hides("schedule-failing:9")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_hostile_schedule_hides_no_good_one(keys: Any, spoilt: Any, data: Any) -> None:
    """Whatever its row holds, it is read or named, and the good one beside it is told."""
    bad = data.draw(spoilt(schedule(**FAILED)))
    snapshot = schedules(bad, schedule(9999, **FAILED))
    assert "schedule-failing:9999" in keys(snapshot)
    assert all(len(o.key) <= 512 and len(o.message) <= 4096 for o in snapshot.observations)

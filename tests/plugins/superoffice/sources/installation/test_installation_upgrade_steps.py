"""Upgrades that are not finished: steps of the code that the database lacks."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from syseventd import Malformed, Snapshot
from syseventd_superoffice.access import Document
from syseventd_superoffice.installation.upgrade_steps import read_steps


def step(name: object, number: object) -> dict[str, object]:
    return {"Name": name, "StepNumber": number}


def steps(code: object, database: object) -> Snapshot:
    return asyncio.run(read_steps(Document({"code": code, "database": database}, "steps")))


def test_a_database_that_has_all_steps() -> None:
    """Whether it lists each one or the highest only, nothing is pending."""
    code = [step("Core", 1), step("Core", 2), step("Quote", 7)]
    assert steps(code, code) == Snapshot()
    assert steps(code, [step("core", 2), step("Quote", 8)]) == Snapshot()


def test_steps_that_the_database_lacks(one: Any) -> None:
    """The event says how many, and which."""
    code = [step("Core", 2), step("Quote", 7), step("Chat", 1)]
    event = one(steps(code, [step("Core", 2), step("Quote", 6)]))
    assert (event.kind, event.key) == ("upgrade-pending", "upgrade-pending")
    assert event.message == "2 steps not yet made in the database: Chat 1, Quote 7"
    assert dict(event.details) == {"Pending steps": "2"}


def test_the_highest_step_of_a_name_counts(one: Any) -> None:
    """In whatever order the steps are listed."""
    ordered = [step("Core", 1), step("Core", 2)]
    assert steps(ordered, ordered[::-1]) == Snapshot()
    assert one(steps(ordered[::-1], [step("Core", 1)])).message.endswith("database: Core 2")


def test_many_pending_steps_are_named_in_part(one: Any) -> None:
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


def test_a_bad_step_of_the_code_hides_no_other(keys: Any) -> None:
    """What is certain is told."""
    snapshot = steps([None, step("Core", 2)], [step("Core", 1)])
    assert keys(snapshot) == {"upgrade-pending"}


@pytest.mark.parametrize("value", [None, [], {}, {"code": []}, {"code": [], "database": "steps"}])
def test_steps_of_another_shape_are_malformed(value: object) -> None:
    """The part fails by name."""
    with pytest.raises(Malformed):
        asyncio.run(read_steps(Document(value, "steps")))

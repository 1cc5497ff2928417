"""What the configuration may say of licences, and what it is told where it is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from syseventd_superoffice.licences import LicencesSettings

DAY = 86400.0


def read(**settings: Any) -> LicencesSettings:
    return LicencesSettings.model_validate(settings)


def test_the_default_ladder() -> None:
    """90, 60, 30, 14, 7 days and one, for maintenance as well."""
    rungs = tuple(n * DAY for n in (90, 60, 30, 14, 7, 1))
    assert (read().of("ANY").rungs, read().of("ANY").maintenance_rungs) == (rungs, rungs)
    assert read().of("ANY").events


def test_the_schema_has_the_default_as_it_would_be_written() -> None:
    """So that editors offer what is valid."""
    default = LicencesSettings.model_json_schema()["properties"]["rungs"]["default"]
    assert default == ["90d", "60d", "30d", "14d", "7d", "1d"]
    assert read(rungs=default) == read()


def test_rungs_are_sorted_and_each_counts_once() -> None:
    """In whatever order they are written."""
    assert read(rungs=["7d", "30d", "168h"]).of("A").rungs == (30 * DAY, 7 * DAY)


@pytest.mark.parametrize(
    ("settings", "rungs", "maintenance"),
    [
        ({}, 5, 5),
        ({"maintenance_rungs": ["2d"]}, 5, 2),
        ({"owners": {"a": {"rungs": ["3d"]}}}, 3, 3),
        ({"owners": {"a": {"rungs": ["3d"]}}, "maintenance_rungs": ["2d"]}, 3, 3),
        ({"owners": {"a": {"maintenance_rungs": ["4d"]}}}, 5, 4),
    ],
)
def test_the_nearest_word_holds(settings: dict[str, Any], rungs: int, maintenance: int) -> None:
    """An owner's own rungs, then the target's; maintenance follows the licence."""
    found = read(rungs=["5d"], **settings).of("A")
    assert (found.rungs, found.maintenance_rungs) == ((rungs * DAY,), (maintenance * DAY,))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"rungs": ["soon"]}, "is not a duration"),
        ({"rungs": ["1d"] * 51}, "at most 50"),
        ({"owners": {"A": {"rung": []}}}, "Extra inputs are not permitted"),
        ({"owners": {"A": {}, "a": {}}}, "names an owner twice"),
        ({"seats_near": 0.5, "seats_clear": 0.6}, "can't be more than seats_near"),
        ({"seats_near": 1.1}, "1.1 is not a share from 0 to 1; write for example 0.85"),
        ({"seats_near": 0.8, "seats_clear": 0.83}, "can't be more than seats_near"),
        ({"licence_server": "no"}, "valid boolean"),
        ({"check_missed_after": "0s"}, "greater than 0"),
    ],
)
def test_what_is_wrong_is_said(settings: dict[str, Any], said: str) -> None:
    """Nothing that is misspelt or means nothing goes unnoticed."""
    with pytest.raises(ValidationError, match=said):
        read(**settings)


@pytest.mark.parametrize(("near", "clear"), [(0.85, 0.83), (0.8, 0.78), (1.0, 0.98), (0.03, 0.015)])
def test_what_is_not_written_is_no_fault(near: float, clear: float) -> None:
    """Where only the share of nearness is written, that at which it ends follows it."""
    limits = read(seats_near=near).limits
    assert (limits.near, limits.clear) == (near, pytest.approx(clear))


def test_both_shares_as_they_are_written() -> None:
    """What is written holds, be it the default."""
    limits = read(seats_near=0.9, seats_clear=0.83).limits
    assert (limits.near, limits.clear) == (0.9, 0.83)


def test_an_owner_that_is_not_there_is_told(watch: Any, entry: Any) -> None:
    """A misspelt name would silence nobody, or leave a ladder to nobody."""
    owners = {"NoSuch": {"events": False}, "superoffice": {"rungs": ["5d"]}}
    [problem] = watch.probe("2026-12-01", entry(), owners=owners).problems
    assert str(problem) == 'owners: no licence is of "NoSuch"; there are: SUPEROFFICE'
    assert watch.probe("2026-12-02", entry(), 7, owners=owners).problems != (problem,)


def test_an_owner_that_is_misspelt_is_told_the_nearest(watch: Any, entry: Any) -> None:
    """As it was written, beside what the installation calls it."""
    owners = {"SuperOfice": {"events": False}}
    entries = entry(), entry("OTHER")
    [problem] = watch.probe("2026-12-01", *entries, owners=owners).problems
    assert str(problem) == 'owners: no licence is of "SuperOfice"; the nearest is "SUPEROFFICE"'


def test_an_owner_in_any_case(watch: Any, entry: Any, module: Any) -> None:
    """Its settings hold, however the installation writes its name."""
    full = entry("AddOn Ltd", module("m", 10, 10))
    watch.probe("2026-12-01", full, owners={"ADDON ltd": {"events": False}})
    assert not watch.steps
    assert not watch.problems

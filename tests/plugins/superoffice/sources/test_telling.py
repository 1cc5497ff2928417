"""What is told again: the same objects, wherever they say the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from syseventd import Expiry, Measurement, Observation, Seats, Snapshot
from syseventd_superoffice.telling import MANY, as_before, shared
from syseventd_superoffice.values import read_name


def told(progress: float = 0.5) -> Snapshot:
    """One snapshot, made of new objects each time."""
    return Snapshot(
        observations=(
            Observation("a", "import", "Import", progress=progress),
            Observation("b", "import", "Import", marks=frozenset({"task:1"})),
        ),
        expiries=(Expiry("licence", "OWNER", 1e9), Expiry("grace", "OWNER", 1e9)),
        seats=(Seats("OWNER", "sales", 1, 2),),
        measurements=(Measurement("m", 1.0),),
        facts={"version": "1"},
        memory={"known": "1"},
    )


def test_the_same_is_the_snapshot_before() -> None:
    """So that readers tell by identity that nothing changed."""
    before = told()
    assert as_before(told(), before) is before


def test_what_changed_is_told() -> None:
    """The content is that of the new one, whatever it is made of."""
    assert as_before(told(0.6), told(0.5)) == told(0.6)


@pytest.mark.parametrize("part", ["expiries", "seats", "measurements", "facts", "memory"])
def test_a_part_that_did_not_change_is_the_same_object(part: str) -> None:
    """One event that goes on does not bring everything else anew."""
    before = told(0.5)
    assert getattr(as_before(told(0.6), before), part) is getattr(before, part)


def test_an_event_that_did_not_change_is_the_same_object() -> None:
    """Wherever it is in the list."""
    before = told()
    new = replace(told(), observations=(Observation("c", "import", "I"), *told().observations))
    assert as_before(new, before).observations[1] is before.observations[0]


def test_very_many_are_told_as_they_are() -> None:
    """To find the equal ones among them would hold up everything else."""
    before, new = (tuple(Measurement("m", n, "p") for n in range(MANY + k)) for k in (0, 1))
    assert shared(new, before) is new


@pytest.mark.parametrize("name", ["SuperOffice Sales", "ä"])
def test_a_name_that_was_read_before_is_the_same_object(name: Any) -> None:
    """Installations have most of their words in common."""
    copy = "".join(list(name))
    assert read_name(copy) is read_name(name.encode().decode())

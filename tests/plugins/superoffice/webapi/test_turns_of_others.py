"""A reply as long as any may be does not hold up the event loop while it is read."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from syseventd_superoffice.access import Listing
from syseventd_superoffice.licences.reading import MOST_MODULES, Reading
from syseventd_superoffice.system_events import read_listing

MOST_AT_A_STRETCH = 100

ROWS = 2_000
OWNERS = 10

GOOD = {"Current": {"ModuleName": "m"}, "NumberOfLicensesTotal": 1, "NumberOfLicensesInUse": 1}


def turns_while(reading: Coroutine[Any, Any, object]) -> int:
    """How often another task had its turn until the reading was done."""

    async def count() -> int:
        turns, task = 0, asyncio.ensure_future(reading)
        while not task.done():
            await asyncio.sleep(0)
            turns += 1
        await task
        return turns

    return asyncio.run(count())


@pytest.mark.parametrize("row", [{"eventkey": "k"}, {"eventkey": "k", "scope": 9}, 7])
def test_between_rows(row: object) -> None:
    """After a hundred rows at most, good or bad, others have their turn."""
    rows = ({"eventkey": "first"}, *(row,) * (ROWS - 1))
    assert turns_while(read_listing(Listing(rows))) >= ROWS / MOST_AT_A_STRETCH


@pytest.mark.parametrize("module", [GOOD, 7, {}, {"Current": 7}, {"Current": {}}])
def test_between_modules(module: object) -> None:
    """After a hundred modules at most, good or bad, others have their turn."""

    async def read() -> None:
        reading = Reading(hidden=False)
        for number in range(OWNERS):
            modules = [module] * MOST_MODULES
            current = {"OwnerName": f"owner {number}"}
            await reading.add(number, {"Current": current, "ExtendedModuleLicenses": modules})

    assert turns_while(read()) >= OWNERS * MOST_MODULES / MOST_AT_A_STRETCH


def test_no_owner_is_looked_for_in_every_module() -> None:
    """A licence whose first modules name nobody names nobody: the search has an end."""
    modules = [{"Current": {}}] * (MOST_MODULES - 1) + [{"Current": {"OwnerName": "late"}}]

    async def read() -> frozenset[str]:
        reading = Reading(hidden=False)
        await reading.add(1, {"ExtendedModuleLicenses": modules})
        return reading.reply().unseen

    assert asyncio.run(read()) == frozenset()

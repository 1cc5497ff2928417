"""What changed is rendered before a scrape asks: then the scrape copies, however much that was."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from syseventd.instruments import Instruments
from syseventd.metrics import MetricsHandler, exposition, serving, text
from syseventd.model import Observation, SourceId
from syseventd.testing import wait_until

MANY = 5000


@pytest.fixture
def spelt(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every number that was spelt out for a line, in the order of that."""
    numbers: list[float] = []
    real = text.number_text

    def number_text(value: float) -> str:
        numbers.append(value)
        return real(value)

    monkeypatch.setattr(text, "number_text", number_text)
    return numbers


def _see_many(world: Any, source: SourceId, start: float) -> None:
    world.see(
        source, *(Observation(f"k{n}", "import", "n", activated_at=start + n) for n in range(MANY))
    )


def _handler(world: Any) -> MetricsHandler:
    return MetricsHandler(world.exposition, Instruments().registry)


def test_a_scrape_spells_nothing_that_was_prepared(world: Any, spelt: list[float]) -> None:
    """Every event changed, and none of their lines is left to be made."""
    source = world.watch("crm")
    for start in (1000.0, 900_000.0):
        _see_many(world, source, start)
        asyncio.run(_handler(world).prepare())
        assert len(spelt) >= MANY
        spelt.clear()
        assert f" {start + MANY - 1}\n" in world.text()
        assert len(spelt) < 50  # the counts and states of a source
        spelt.clear()


def test_others_get_their_turn_while_much_is_prepared(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It works in slices."""
    monkeypatch.setattr(serving, "SLICE", 0.0)
    _see_many(world, world.watch("crm"), 1000.0)

    async def body() -> int:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        beside = asyncio.create_task(others())
        await _handler(world).prepare()
        beside.cancel()
        return turns

    assert asyncio.run(body()) >= 3 * MANY // exposition.ROWS_A_PIECE


def test_what_one_source_told_wrongly_hinders_no_other(world: Any, spelt: list[float]) -> None:
    """The scrape tells of it."""
    world.see(world.watch("bad"), Observation(b"k", "import", "n"))
    _see_many(world, world.watch("good"), 1000.0)
    asyncio.run(_handler(world).prepare())
    assert len(spelt) >= MANY


def test_preparing_follows_the_news(
    world: Any, spelt: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those that come while it works or rests."""
    monkeypatch.setattr(serving, "LEAST_REST", 0.01)
    monkeypatch.setattr(serving, "REST", 0)
    source = world.watch("crm")

    async def body() -> None:
        keeping = asyncio.create_task(_handler(world).keep_prepared(world.board.news))
        for _ in range(3):
            await asyncio.sleep(0)  # now it waits for news
        for start in (1000.0, 900_000.0, 1_800_000.0):
            _see_many(world, source, start)

            async def prepared(last: float = start + MANY - 1) -> bool:
                return last in spelt

            await wait_until(prepared)
            assert spelt[-1] == start + MANY - 1
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping

    asyncio.run(body())

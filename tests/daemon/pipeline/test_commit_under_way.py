"""A reload while a commit is under way: what comes after it builds on what it stored."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from syseventd import pipeline
from syseventd.board import SourceState
from syseventd.model import Advance, SourceId, Step, Target
from syseventd.testing import wait_until

CRM = Target("crm", "superoffice", settings=None)
IMPORTS = SourceId("crm", "imports")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "PATIENCE", 0.05)


async def _left_behind(house: Any, run: asyncio.Task[Any]) -> None:
    """Cancel a run whose commit hangs, as the scheduler does before it goes on without it."""
    handed_over, commit = asyncio.Event(), house.store.commit

    async def note(advance: Advance) -> None:
        handed_over.set()
        await commit(advance)

    house.store.commit = note
    await asyncio.wait_for(handed_over.wait(), 10.0)
    run.cancel()
    await _turns()
    assert not run.done()


async def _turns() -> None:
    """Let others get as far as they can without the store."""
    for _ in range(10):
        await asyncio.sleep(0)


def _replace(house: Any) -> None:
    """Watch the source anew, with what is known of it: as a reload does."""
    known = house.board.record_of(IMPORTS).known
    house.board.unwatch(IMPORTS)
    house.board.watch(CRM, "imports", stale_after=60.0, known=known)


async def _steps(house: Any) -> list[tuple[str, Step]]:
    return [(t.event.observation.key, t.step) for t in await house.store.transitions(0, 99)]


async def _agree(house: Any) -> None:
    assert house.board.record_of(IMPORTS).state is SourceState.OK
    assert (await house.store.known_of(IMPORTS)) == house.board.record_of(IMPORTS).known


def test_an_event_starts_once(in_a_house: Any) -> None:
    """The source that is watched anew sees it too, while its start is being stored."""

    async def body(house: Any) -> None:
        with house.held_up() as let_go:
            run = asyncio.create_task(house.sees("a"))
            await _left_behind(house, run)
            _replace(house)
            anew = asyncio.create_task(house.sees("a"))
            await _turns()
            let_go()
            await anew
        assert await _steps(house) == [("a", Step.STARTED)]
        await _agree(house)

    in_a_house(body, on_disk=True)


def test_an_event_ends_once(in_a_house: Any) -> None:
    """Sinks hear of one end, and one is counted."""

    async def body(house: Any) -> None:
        await house.sees("a")
        with house.held_up() as let_go:
            run = asyncio.create_task(house.sees())
            await _left_behind(house, run)
            _replace(house)
            anew = asyncio.create_task(house.sees())
            await _turns()
            let_go()
            await anew
        assert await _steps(house) == [("a", Step.STARTED), ("a", Step.ENDED)]
        assert house.ended("crm", "import") == 1
        await _agree(house)

    in_a_house(body, on_disk=True)


def test_what_starts_while_its_source_is_taken_out_ends(
    in_a_house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again once the store comes back; until then it is shown."""

    async def body(house: Any) -> None:
        with house.held_up() as let_go:
            run = asyncio.create_task(house.sees("a"))
            await _left_behind(house, run)
            assert not await house.pipeline.unwatch(IMPORTS)
            assert len(house.board.records()) == 1
            let_go()
            await asyncio.wait({run})
        monkeypatch.setattr(pipeline, "PATIENCE", 20.0)  # the disk may be slow
        assert await house.pipeline.unwatch(IMPORTS)
        assert await _steps(house) == [("a", Step.STARTED), ("a", Step.ENDED)]
        assert house.board.records() == []

    in_a_house(body, on_disk=True)


def test_a_source_that_is_put_back_while_its_end_is_being_stored_starts_anew(
    in_a_house: Any,
) -> None:
    """Nobody could stop the end: so what is still there is a new occurrence, on the board too."""

    async def body(house: Any) -> None:
        await house.sees("a")
        with house.held_up() as let_go:
            assert not await house.pipeline.unwatch(IMPORTS)
            _replace(house)
            anew = asyncio.create_task(house.sees("a"))
            await _turns()
            let_go()
            await anew
        assert await _steps(house) == [
            ("a", Step.STARTED),
            ("a", Step.ENDED),
            ("a", Step.STARTED),
        ]
        await _agree(house)

    in_a_house(body, on_disk=True)


def test_an_end_that_is_tried_again_while_it_is_being_stored_is_one_end(
    in_a_house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever tries again waits for the first try, and finds that nothing is left to do."""

    async def body(house: Any) -> None:
        await house.sees("a")
        with house.held_up() as let_go:
            assert not await house.pipeline.unwatch(IMPORTS)
            monkeypatch.setattr(pipeline, "PATIENCE", 20.0)
            again = asyncio.create_task(house.pipeline.unwatch(IMPORTS))
            await _turns()
            let_go()
            assert await again
        assert house.board.records() == []
        assert await _steps(house) == [("a", Step.STARTED), ("a", Step.ENDED)]

    in_a_house(body, on_disk=True)


def test_an_end_that_takes_its_time_is_done_in_the_end(in_a_house: Any) -> None:
    """Whoever reloads need not wait for a slow disk; the source goes when it is stored."""

    async def body(house: Any) -> None:
        await house.sees("a")
        with house.held_up() as let_go:
            assert not await house.pipeline.unwatch(IMPORTS)
            let_go()

            async def is_gone() -> bool:
                return not house.board.records()

            await wait_until(is_gone)
        assert await house.store.known() == {}

    in_a_house(body, on_disk=True)

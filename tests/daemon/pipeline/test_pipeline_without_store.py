"""When the store fails, or a commit is cancelled, board and store still agree."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from syseventd.board import SourceState
from syseventd.model import SourceId, Target

CRM = Target("crm", "superoffice", settings=None)
IMPORTS = SourceId("crm", "imports")


# --- a store that fails -----------------------------------------------------------------------


def test_a_store_that_fails_leaves_the_board_as_it_was(in_a_house: Any) -> None:
    """What is not durable is not shown; what was shown stays; the trouble is said."""

    async def body(house: Any) -> None:
        await house.sees("a")
        record = house.board.record_of(IMPORTS)
        known, snapshot, success = record.known, record.snapshot, record.last_success
        with house.broken():
            await house.sees("a", "b")
        assert record.known is known
        assert record.snapshot is snapshot
        assert record.last_success == success
        assert house.board.store_trouble is not None
        assert "the disk burns" in house.board.store_trouble
        assert house.sample("store_failures_total") == 1

    in_a_house(body, on_disk=True)


def test_a_store_that_fails_is_no_failure_of_the_source(in_a_house: Any) -> None:
    """It answered, and its health says so."""

    async def body(house: Any) -> None:
        with house.broken():
            await house.sees("a")
        record = house.board.record_of(IMPORTS)
        assert (record.state, record.probes, record.failures) == (SourceState.OK, 1, {})

    in_a_house(body, on_disk=True)


def test_what_could_not_be_stored_is_seen_anew(in_a_house: Any) -> None:
    """Once the store works, the next probe stores and shows it, under a number of its own."""

    async def body(house: Any) -> None:
        with house.broken():
            await house.sees("a")
            await house.sees("a")
        await house.sees("a")
        assert house.board.store_trouble is None
        assert house.open_keys() == ["a"]
        (stored,) = await house.store.transitions(0, 10)
        assert stored.event in house.board.events()
        assert stored.id == 3

    in_a_house(body, on_disk=True)


def test_trouble_with_the_store_is_logged_when_it_begins_and_ends(in_a_house: Any) -> None:
    """Not with every commit that fails meanwhile; each of those is counted."""

    async def body(house: Any) -> None:
        with capture_logs() as logs:
            with house.broken():
                await house.sees("a")
                await house.sees("a")
            await house.sees("a")
            await house.sees("b")
        assert [(line["event"], line["log_level"]) for line in logs] == [
            ("store_failed", "error"),
            ("store_recovered", "info"),
        ]
        assert "the disk burns" in logs[0]["reason"]
        assert house.sample("store_failures_total") == 2

    in_a_house(body, on_disk=True)


def test_an_end_that_could_not_be_stored_is_not_measured(in_a_house: Any) -> None:
    """Else it would be measured twice."""

    async def body(house: Any) -> None:
        await house.sees("a")
        with house.broken():
            await house.sees("b")
        assert house.sample("event_duration_seconds_count", target="crm", kind="import") is None

    in_a_house(body, on_disk=True)


def test_what_is_not_written_does_not_tell_that_the_store_works(in_a_house: Any) -> None:
    """A source without anything open is taken away while the store fails."""

    async def body(house: Any) -> None:
        house.board.watch(CRM, "idle", stale_after=60.0)
        with house.broken():
            await house.sees("a")
            await house.pipeline.unwatch(SourceId("crm", "idle"))
            assert house.board.store_trouble is not None

    in_a_house(body, on_disk=True)


def test_a_source_goes_although_the_store_fails(in_a_house: Any) -> None:
    """What the user took out is shown no longer; what is stored is ended at the next start."""

    async def body(house: Any) -> None:
        await house.sees("a")
        with house.broken("transition"):
            await house.pipeline.unwatch(IMPORTS)
        assert house.board.records() == []
        assert house.board.store_trouble is not None
        assert list(await house.store.known()) == [IMPORTS]

    in_a_house(body, on_disk=True)


# --- cancelled half-way -----------------------------------------------------------------------


def test_a_run_that_is_cancelled_while_it_commits_still_publishes(in_a_house: Any) -> None:
    """Else the board would lag behind the store; then the run is cancelled as asked."""

    async def body(house: Any) -> None:
        with house.held_up() as let_go:
            run = asyncio.create_task(house.sees("a"))
            await asyncio.sleep(0)  # now it waits for its commit
            run.cancel()
            await asyncio.sleep(0)
            assert not run.done()
            assert house.open_keys() == []
            let_go()
            with pytest.raises(asyncio.CancelledError):
                await run
        assert house.open_keys() == ["a"]
        assert (await house.store.known())[IMPORTS] == house.board.record_of(IMPORTS).known

    in_a_house(body, on_disk=True)


def test_a_run_that_is_cancelled_before_a_commit_that_fails_is_cancelled(in_a_house: Any) -> None:
    """The store's trouble is said, and nobody hears of an error that was never fetched."""

    async def body(house: Any) -> None:
        with house.broken():
            run = asyncio.create_task(house.sees("a"))
            await asyncio.sleep(0)
            run.cancel()
            with pytest.raises(asyncio.CancelledError):
                await run
        assert house.board.store_trouble is not None
        assert house.open_keys() == []

    in_a_house(body, on_disk=True)

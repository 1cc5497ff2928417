"""When the store fails, or a commit is cancelled, board and store still agree."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from syseventd.board import SourceState
from syseventd.errors import StoreUnusable
from syseventd.model import (
    Advance,
    Expiry,
    Observation,
    Outcome,
    ProbeResult,
    Snapshot,
    SourceId,
    Step,
    Target,
)
from syseventd.store import Store
from syseventd.testing import wait_until

CRM = Target("crm", "superoffice", settings=None)
IMPORTS = SourceId("crm", "imports")


def saw(*keys: str, **snapshot: Any) -> ProbeResult:
    observations = tuple(Observation(key, "import", f"Import {key}") for key in keys)
    return ProbeResult(Outcome.OK, 1000.0, 0.12345, Snapshot(observations, **snapshot))


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
        assert "no such table" in house.board.store_trouble
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
        assert stored.id > 1

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
        assert "no such table" in logs[0]["reason"]
        assert house.sample("store_failures_total") == 2

    in_a_house(body, on_disk=True)


def test_an_end_that_could_not_be_stored_is_not_measured(in_a_house: Any) -> None:
    """Else it would be measured twice."""

    async def body(house: Any) -> None:
        await house.sees("a")
        with house.broken():
            await house.sees("b")
        assert house.ended("crm", "import") is None

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


def test_a_source_that_can_not_be_ended_stays_until_it_can(in_a_house: Any) -> None:
    """What the user took out is open in the store still, and so it is shown still."""

    async def body(house: Any) -> None:
        await house.sees("a")
        with house.broken("transition"):
            assert not await house.pipeline.unwatch(IMPORTS)
        assert house.open_keys() == ["a"]
        assert house.board.store_trouble is not None
        assert await house.pipeline.unwatch(IMPORTS)
        assert house.board.records() == []
        assert await house.store.known() == {}
        assert house.board.store_trouble is None

    in_a_house(body, on_disk=True)


# --- a commit of which nobody knows what became -----------------------------------------------


class Ambiguous:
    """A store whose commits fail, and become durable all the same."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.ids = store.ids
        self.known_of = store.known_of

    async def commit(self, advance: Advance) -> None:
        await self._store.commit(advance)
        raise StoreUnusable("the store", "the disk was gone for a moment")


def test_what_became_durable_although_its_commit_failed_happens_once(in_a_house: Any) -> None:
    """The next probe builds on what the store holds: one start in it, and on the board."""

    async def body(house: Any) -> None:
        answer = saw("a", expiries=(Expiry("licence", "Sales", 5.0),))
        await house.probe(answer, through=house.pipeline_over(Ambiguous(house.store)))
        assert house.open_keys() == []
        pipeline = house.pipeline_over(Ambiguous(house.store))
        await house.probe(answer, through=pipeline)
        for _ in range(2):
            await house.probe(answer, through=pipeline)
        assert [t.step for t in await house.store.transitions(0, 10)] == [Step.STARTED]
        assert house.open_keys() == ["a"]
        assert (await house.store.known())[IMPORTS] == house.board.record_of(IMPORTS).known

    in_a_house(body, on_disk=True)


def test_an_end_that_became_durable_although_its_commit_failed_happens_once(
    in_a_house: Any,
) -> None:
    """The same for what ended, also where the source is taken out then."""

    async def body(house: Any) -> None:
        await house.sees("a", "b")
        pipeline = house.pipeline_over(Ambiguous(house.store))
        await house.probe(saw("a"), through=pipeline)
        assert house.open_keys() == ["a", "b"]
        assert not await pipeline.unwatch(IMPORTS)
        assert await pipeline.unwatch(IMPORTS)
        steps = [(t.event.observation.key, t.step) for t in await house.store.transitions(0, 10)]
        assert steps == [
            ("a", Step.STARTED),
            ("b", Step.STARTED),
            ("b", Step.ENDED),
            ("a", Step.ENDED),
        ]
        assert house.board.records() == []

    in_a_house(body, on_disk=True)


# --- what no store takes ----------------------------------------------------------------------


def test_what_can_not_be_stored_is_its_source_s_failure(in_a_house: Any) -> None:
    """The store works, and says so; the source is shown as failing, with the reason."""

    async def body(house: Any) -> None:
        await house.sees("a")
        with house.refusing():
            await house.sees("b")
        record = house.board.record_of(IMPORTS)
        assert house.board.store_trouble is None
        assert record.state is SourceState.FAILING
        assert "can't be stored: " in record.reason
        assert "no such row, please" in record.reason
        assert house.open_keys() == ["a"]
        await house.sees("b")
        assert record.state is SourceState.OK
        assert house.open_keys() == ["b"]

    in_a_house(body, on_disk=True)


def test_what_can_not_be_stored_is_told_once(in_a_house: Any) -> None:
    """It does not recover in between."""

    async def body(house: Any) -> None:
        with capture_logs() as logs, house.refusing():
            for _ in range(3):
                await house.sees("b")
        assert [line["event"] for line in logs] == ["probe_failed"]

    in_a_house(body, on_disk=True)


def test_a_source_whose_end_can_not_be_stored_stays(in_a_house: Any) -> None:
    """And the log says why."""

    async def body(house: Any) -> None:
        await house.sees("a")
        with house.refusing("transition"), capture_logs() as logs:
            for _ in range(3):  # it is tried again every few seconds
                assert not await house.pipeline.unwatch(IMPORTS)
        assert [line["event"] for line in logs] == ["source_not_ended"]
        assert house.sample("store_failures_total") == 0
        assert house.open_keys() == ["a"]

    in_a_house(body, on_disk=True)


# --- the way out of trouble -------------------------------------------------------------------


def test_trouble_ends_without_anything_new(in_a_house: Any) -> None:
    """What could not be stored is gone meanwhile; a try shows that the store works."""

    async def body(house: Any) -> None:
        with house.broken():
            await house.sees("a")
        await house.sees()
        assert house.board.store_trouble is not None
        assert await house.ledger.try_again()
        assert house.board.store_trouble is None

    in_a_house(body, on_disk=True)


def test_trouble_lasts_while_anything_is_owed(in_a_house: Any) -> None:
    """A full disk takes small writes; what it refused must be stored first."""

    async def body(house: Any) -> None:
        with house.broken():
            await house.sees("a")
        assert house.ledger.owed == {IMPORTS}
        assert await house.ledger.try_again()
        assert house.board.store_trouble is not None
        await house.sees("a")
        assert house.ledger.owed == set()
        assert house.board.store_trouble is None

    in_a_house(body, on_disk=True)


def test_a_source_that_can_not_look_again_owes_nothing(in_a_house: Any) -> None:
    """Else a source that is down would keep the whole daemon unready."""

    async def body(house: Any) -> None:
        with house.broken():
            await house.sees("a")
        await house.fails(Outcome.UNREACHABLE)
        assert await house.ledger.try_again()
        assert house.board.store_trouble is None

    in_a_house(body, on_disk=True)


def test_a_try_that_fails_keeps_the_trouble(in_a_house: Any) -> None:
    """With the newest reason; the log has it once."""

    async def body(house: Any) -> None:
        with house.broken(), capture_logs() as logs:
            await house.sees("a")
        with house.broken("highest"), capture_logs() as more:
            assert not await house.ledger.try_again()
        assert house.board.store_trouble == "OperationalError: no such table: highest"
        assert [line["event"] for line in logs + more] == ["store_failed"]

    in_a_house(body, on_disk=True)


def test_a_commit_that_hangs_is_trouble_until_it_is_done(
    in_a_house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that died gives no error: nothing comes back from it."""
    monkeypatch.setattr("syseventd.ledger.HUNG_AFTER", 0.01)

    async def body(house: Any) -> None:
        with house.held_up() as let_go:
            run = asyncio.create_task(house.sees("a"))

            async def trouble() -> str | None:
                return house.board.store_trouble

            await wait_until(trouble)
            assert "has not returned for 0.01 s" in house.board.store_trouble
            let_go()
            await run
        assert house.board.store_trouble is None
        assert house.open_keys() == ["a"]

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

"""The way of an event: durable before it is shown, and nothing ends because we could not look."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from syseventd.board import Board, SourceState
from syseventd.model import (
    Advance,
    EndReason,
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

CRM = Target("crm", "superoffice", settings=None)
IMPORTS = SourceId("crm", "imports")


def saw(*keys: str, **snapshot: Any) -> ProbeResult:
    observations = tuple(Observation(key, "import", f"Import {key}") for key in keys)
    return ProbeResult(Outcome.OK, 1000.0, 0.12345, Snapshot(observations, **snapshot))


@dataclass
class Hanging:
    """A source that never answers."""

    name: SourceId
    asked: asyncio.Event

    async def probe(self, deadline: float, memory: Mapping[str, str]) -> ProbeResult:
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody ends this wait")


class Overlooked:
    """A store, and what the board showed each time when it had just committed."""

    def __init__(self, store: Store, board: Board) -> None:
        self.ids = store.ids
        self.shown: list[int] = []
        self._store = store
        self._board = board

    async def commit(self, advance: Advance) -> None:
        await self._store.commit(advance)
        for transition in advance.transitions:
            assert await self._store.event(transition.event.id) is not None
        self.shown.append(len(list(self._board.events())))


# --- the four pushes --------------------------------------------------------------------------


def test_what_a_probe_saw_is_durable_and_shown(in_a_house: Any) -> None:
    """From a snapshot to an event in the store and on the board."""

    async def body(house: Any) -> None:
        await house.sees("a")
        (shown,) = house.board.events()
        stored, steps = await house.store.event(1) or pytest.fail("no event 1")
        assert shown == stored
        assert [step.step for step in steps] == [Step.STARTED]
        assert await house.store.known() == {IMPORTS: house.board.record_of(IMPORTS).known}

    in_a_house(body)


def test_run_returns_how_the_probe_ended(in_a_house: Any) -> None:
    """The scheduler paces itself by it."""

    async def body(house: Any) -> None:
        answer = saw("a")
        assert await house.probe(answer) is answer

    in_a_house(body)


def test_a_transition_is_shown_only_once_it_is_durable(in_a_house: Any) -> None:
    """At the end of the commit the store has it and the board does not."""

    async def body(house: Any) -> None:
        store = Overlooked(house.store, house.board)
        pipeline = house.pipeline_over(store)
        await house.probe(saw("a", "b"), through=pipeline)
        await house.probe(saw("c"), through=pipeline)
        assert store.shown == [0, 2]
        assert house.open_keys() == ["c"]

    in_a_house(body)


def test_nothing_new_is_not_written(in_a_house: Any) -> None:
    """A probe that finds all as it was costs the store nothing, and is shown."""

    async def body(house: Any) -> None:
        store = Overlooked(house.store, house.board)
        pipeline = house.pipeline_over(store)
        for _ in range(3):
            await house.probe(saw("a"), through=pipeline)
        assert len(store.shown) == 1
        assert house.board.record_of(IMPORTS).probes == 3

    in_a_house(body)


def test_a_date_alone_is_durable_too(in_a_house: Any) -> None:
    """It has no transition, and is written all the same."""

    async def body(house: Any) -> None:
        await house.sees(expiries=(Expiry("licence", "Sales", 5.0),))
        assert (await house.store.known())[IMPORTS].expiries == (Expiry("licence", "Sales", 5.0),)

    in_a_house(body)


def test_who_waits_for_news_finds_them_in_the_store(in_a_house: Any) -> None:
    """The wake-up comes after the commit."""

    async def body(house: Any) -> None:
        news = asyncio.create_task(house.board.news())
        await house.sees("a")
        await asyncio.wait_for(news, 5.0)
        assert [t.id for t in await house.store.transitions(0, 10)] == [1]

    in_a_house(body)


def test_sources_that_answer_at_once_are_stored_in_the_order_of_their_numbers(
    in_a_house: Any,
) -> None:
    """Who follows the stream by number misses none."""

    async def body(house: Any) -> None:
        names = [SourceId("crm", f"source-{n}") for n in range(20)]
        for name in names:
            house.board.watch(CRM, name.source, stale_after=60.0)
        await asyncio.gather(*(house.probe(saw("a", "b", "c"), name) for name in names))
        numbers = [t.id for t in await house.store.transitions(0, 1000)]
        assert numbers == list(range(1, 61))
        assert len(house.open_keys()) == 60

    in_a_house(body)


def test_each_probe_is_measured(in_a_house: Any) -> None:
    """How long it took, and how late it was, whether it failed or not."""

    async def body(house: Any) -> None:
        await house.sees("a")
        await house.fails(Outcome.ERROR)
        assert house.sample("probe_duration_seconds_count", source="imports") == 2
        assert house.sample("probe_duration_seconds_sum", source="imports") == pytest.approx(0.2469)
        assert house.sample("probe_lateness_seconds_sum", source="imports") == 0.5

    in_a_house(body)


def test_the_length_of_an_event_that_ended_is_measured(in_a_house: Any) -> None:
    """Once it ended, and not before."""

    async def body(house: Any) -> None:
        await house.sees("a")
        assert house.ended("crm", "import") is None
        await house.sees()
        assert house.ended("crm", "import") == 1

    in_a_house(body)


# --- probes without a snapshot ----------------------------------------------------------------


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.OK])
def test_a_probe_without_a_snapshot_touches_health_alone(in_a_house: Any, outcome: Outcome) -> None:
    """Nothing ends because we could not look; nothing is written."""

    async def body(house: Any) -> None:
        await house.sees("a", expiries=(Expiry("licence", "Sales", 5.0),))
        record = house.board.record_of(IMPORTS)
        known, snapshot, success = record.known, record.snapshot, record.last_success
        await house.fails(outcome, "because")
        assert record.known is known
        assert record.snapshot is snapshot
        assert record.last_success == success
        assert (record.outcome, record.reason) == (outcome, "because")
        assert record.state is SourceState.after(outcome)
        assert await house.store.last_transition() == 1

    in_a_house(body)


def test_a_probe_that_is_cancelled_leaves_no_trace(in_a_house: Any) -> None:
    """The daemon is stopping: that says nothing about the source."""

    async def body(house: Any) -> None:
        hanging = Hanging(IMPORTS, asyncio.Event())
        run = asyncio.create_task(house.pipeline.run(hanging, 5.0, 0.0))
        await hanging.asked.wait()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        assert house.board.record_of(IMPORTS).probes == 0

    in_a_house(body)


# --- no longer watched ------------------------------------------------------------------------


def test_a_source_that_is_no_longer_watched_ends_what_it_had(in_a_house: Any) -> None:
    """In the store with the reason; the board shows it no more, and readers are told."""

    async def body(house: Any) -> None:
        await house.sees("a", expiries=(Expiry("licence", "Sales", 5.0),))
        news = asyncio.create_task(house.board.news())
        await asyncio.sleep(0)
        house.board.watch(CRM, "other", stale_after=60.0)
        await house.pipeline.unwatch(IMPORTS)
        await asyncio.wait_for(news, 5.0)
        assert [r.source.source for r in house.board.records()] == ["other"]
        event, _ = await house.store.event(1) or pytest.fail("no event 1")
        assert event.end_reason is EndReason.UNWATCHED
        assert await house.store.known() == {}
        assert house.ended("crm", "import") == 1

    in_a_house(body)


def test_a_target_that_is_no_longer_watched_leaves_no_series(in_a_house: Any) -> None:
    """Its last source takes with it what was counted of the target."""

    async def body(house: Any) -> None:
        await house.sees("a")
        await house.sees()
        house.instruments.series_dropped.labels("crm").inc()
        await house.sees("b")
        await house.pipeline.unwatch(IMPORTS)
        assert house.ended("crm", "import") is None
        assert house.sample("series_dropped_total", target="crm") is None

    in_a_house(body)

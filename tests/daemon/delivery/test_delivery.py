"""Each transition reaches each sink: in order, at least once, from where the sink was."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from syseventd import delivery
from syseventd.delivery import AT_ONCE
from syseventd.store import Store


def test_transitions_come_in_order(in_a_house: Any) -> None:
    """Oldest first, each of them once where nothing fails."""

    async def body(house: Any) -> None:
        sink = house.receiver()
        await house.store.move("pager", 0)
        async with house.delivering(sink):
            for events in (3, 1, 4):
                await house.starts(events)
            await sink.until(lambda: len(sink.received) >= 8)
        assert sink.received == [1, 2, 3, 4, 5, 6, 7, 8]

    in_a_house(body)


def test_a_few_come_at_once(in_a_house: Any) -> None:
    """However many wait: a sink must not choke on a day's backlog."""

    async def body(house: Any) -> None:
        await house.store.move("pager", 0)
        total = 2 * AT_ONCE + 50
        await house.starts(total)
        sink = house.receiver()
        async with house.delivering(sink):
            await sink.until(lambda: len(sink.received) >= total)
        assert [len(numbers) for numbers in sink.tries] == [AT_ONCE, AT_ONCE, 50]
        assert sink.received == list(range(1, total + 1))

    in_a_house(body)


def test_a_new_sink_starts_at_the_present(in_a_house: Any) -> None:
    """Nobody wants to be paged for last year; where it starts is stored at once."""

    async def body(house: Any) -> None:
        await house.starts(3)
        sink = house.receiver()
        async with house.delivering(sink):
            await house.moved(3)
            await house.starts(1)
            await sink.until(lambda: bool(sink.received))
        assert sink.received == [4]

    in_a_house(body)


def test_a_sink_goes_on_where_it_was(in_a_house: Any) -> None:
    """After a restart: neither again nor too late."""

    async def body(house: Any) -> None:
        first, second = house.receiver(), house.receiver()
        async with house.delivering(first):
            await house.moved(0)
            await house.starts(2)
            await house.moved(2)
        await house.starts(3)
        async with house.delivering(second):
            await second.until(lambda: len(second.received) >= 3)
        assert (first.received, second.received) == ([1, 2], [3, 4, 5])

    in_a_house(body)


def test_what_was_under_way_at_the_end_comes_again(in_a_house: Any) -> None:
    """The sink may have it or not: better twice than never."""

    async def body(house: Any) -> None:
        await house.store.move("pager", 0)
        await house.starts(1)
        slow, after = house.slow(), house.receiver()
        async with house.delivering(slow):
            await slow.until(lambda: bool(slow.tries))
        async with house.delivering(after):
            await after.until(lambda: bool(after.received))
        assert after.received == [1]

    in_a_house(body)


def test_what_happens_during_a_delivery_follows_it(in_a_house: Any) -> None:
    """Without further news: those that came meanwhile count."""

    async def body(house: Any) -> None:
        sink = house.slow()
        async with house.delivering(sink):
            await house.moved(0)
            await house.starts(1)
            await sink.until(lambda: bool(sink.tries))
            await house.starts(1)
            sink.may_answer.set()
            await sink.until(lambda: len(sink.tries) >= 2)
        assert sink.tries == [[1], [2]]

    in_a_house(body)


class Counted:
    """A store, and how often each of its methods was called."""

    def __init__(self, store: Store) -> None:
        self.calls: Counter[str] = Counter()
        self._store = store

    def __getattr__(self, name: str) -> Any:
        self.calls[name] += 1
        return getattr(self._store, name)


def test_a_sink_that_has_all_waits_for_news(in_a_house: Any) -> None:
    """It asks the store no more, and writes nothing that is known."""

    async def body(house: Any) -> None:
        await house.store.move("pager", 0)
        store, sink = Counted(house.store), house.receiver()
        house.store = store
        async with house.delivering(sink):
            await house.starts(1)
            await house.moved(1)
            before = store.calls["transitions"]
            for _ in range(30):  # each takes its turn behind what delivery asks
                await store.last_transition()
            assert store.calls["transitions"] <= before + 1
        assert store.calls["move"] == 1

    in_a_house(body)


def test_what_nobody_told_of_comes_too(in_a_house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wake-up that was lost holds up a transition for a while, not until the next one."""
    monkeypatch.setattr(delivery, "LOOK_EVERY", 0.01)

    async def body(house: Any) -> None:
        sink = house.receiver()
        async with house.delivering(sink):
            await house.moved(0)  # from now on it waits for news
            await house.starts(1, heard=False)
            await sink.until(lambda: bool(sink.received))
        assert sink.received == [1]

    in_a_house(body)


def test_what_nobody_told_of_counts_as_backlog(
    in_a_house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An alert on it must not need a wake-up either."""
    monkeypatch.setattr(delivery, "LOOK_EVERY", 0.01)

    async def body(house: Any) -> None:
        sink = house.receiver(refusals=10**6)
        async with house.delivering(sink):
            await house.moved(0)
            await house.starts(2, heard=False)
            await sink.until(lambda: bool(sink.tries))
            assert house.backlog() == 2

    in_a_house(body)

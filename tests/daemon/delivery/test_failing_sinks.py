"""A sink that fails loses nothing, holds up nobody, and is tried again after growing pauses."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from structlog.testing import capture_logs

from syseventd import delivery
from syseventd.config import SinkConfig
from syseventd.delivery import AT_ONCE, Delivery, made
from syseventd.errors import SyseventdError
from syseventd.interface import SinkType
from syseventd.settings import Settings


def test_a_sink_that_raises_loses_nothing(in_a_house: Any) -> None:
    """It gets the same again until it takes it, and then the rest."""

    async def body(house: Any) -> None:
        await house.store.move("pager", 0)
        await house.starts(2)
        sink = house.receiver(refusals=3)
        async with house.delivering(sink):
            await sink.until(lambda: bool(sink.received))
            await house.starts(1)
            await sink.until(lambda: len(sink.received) >= 3)
        assert sink.tries == [[1, 2]] * 4 + [[3]]
        assert sink.received == [1, 2, 3]

    in_a_house(body)


def test_what_happens_while_a_sink_fails_waits_with_the_rest(in_a_house: Any) -> None:
    """In order, behind what it has not taken yet."""

    async def body(house: Any) -> None:
        await house.store.move("pager", 0)
        await house.starts(1)
        sink = house.receiver(refusals=10**6)
        async with house.delivering(sink):
            await sink.until(lambda: bool(sink.tries))
            await house.starts(2)
            sink.refusals = 0
            await sink.until(lambda: len(sink.received) >= 3)
        assert sink.received == [1, 2, 3]

    in_a_house(body)


def test_the_place_stays_until_a_sink_took_what_it_was_handed(in_a_house: Any) -> None:
    """A daemon that dies meanwhile offers it again."""

    async def body(house: Any) -> None:
        await house.store.move("pager", 0)
        await house.starts(1)
        sink = house.receiver(refusals=10**6)
        async with house.delivering(sink):
            await sink.until(lambda: len(sink.tries) >= 3)
        assert await house.store.position("pager") == 0

    in_a_house(body)


def test_pauses_between_tries_grow(in_a_house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is at least twice as long as the one before."""
    monkeypatch.setattr(delivery, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(delivery, "LONGEST_PAUSE", 10.0)

    async def body(house: Any) -> None:
        await house.store.move("pager", 0)
        await house.starts(1)
        sink = house.receiver(refusals=4)
        async with house.delivering(sink):
            await sink.until(lambda: bool(sink.received))
        pauses = [after - before for before, after in pairwise(sink.times)]
        for pause, least in zip(pauses, [0.01, 0.02, 0.04, 0.08], strict=True):
            assert pause >= 0.95 * least

    in_a_house(body)


def test_pauses_have_a_longest(in_a_house: Any) -> None:
    """Doubled without an end, twenty tries would take a quarter of an hour."""

    async def body(house: Any) -> None:
        await house.store.move("pager", 0)
        await house.starts(1)
        sink = house.receiver(refusals=20)
        async with house.delivering(sink):
            await sink.until(lambda: bool(sink.received))
        assert len(sink.tries) == 21

    in_a_house(body)


def test_pauses_begin_anew_after_a_success(
    in_a_house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sink that fails now and then is not punished for the past."""
    monkeypatch.setattr(delivery, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(delivery, "LONGEST_PAUSE", 600.0)

    async def body(house: Any) -> None:
        await house.store.move("pager", 0)
        sink = house.receiver()
        async with house.delivering(sink):
            # Doubled on and on, the pauses of these would last over ten minutes.
            for number in range(1, 6):
                sink.refusals = 4
                await house.starts(1)
                await sink.until(lambda number=number: len(sink.received) >= number)  # type: ignore[misc]
        assert len(sink.tries) == 25

    in_a_house(body)


def test_a_sink_that_hangs_is_let_go_and_tried_again(
    in_a_house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the deadline of one delivery."""
    monkeypatch.setattr(delivery, "DEADLINE", 0.01)

    async def body(house: Any) -> None:
        await house.store.move("pager", 0)
        await house.starts(1)
        sink = house.slow()
        with capture_logs() as logs:
            async with house.delivering(sink):
                await sink.until(lambda: len(sink.tries) >= 2)
                sink.may_answer.set()
                await house.moved(1)
        assert logs[0]["reason"] == "it did not answer within 0.01 s"

    in_a_house(body)


def test_a_failing_sink_is_logged_when_it_begins_and_ends(in_a_house: Any) -> None:
    """By name, with the reason, and not with every try."""

    async def body(house: Any) -> None:
        await house.store.move("pager", 0)
        await house.starts(1)
        sink = house.receiver(refusals=3)
        with capture_logs() as logs:
            async with house.delivering(sink):
                await house.moved(1)
                await house.starts(1)
                await house.moved(2)
        assert logs == [
            {
                "event": "sink_failed",
                "log_level": "warning",
                "sink": "pager",
                "reason": "the pager is off",
            },
            {"event": "sink_recovered", "log_level": "info", "sink": "pager"},
        ]

    in_a_house(body)


def test_deliveries_are_counted_by_how_they_ended(in_a_house: Any) -> None:
    """Each try counts."""

    async def body(house: Any) -> None:
        await house.store.move("pager", 0)
        await house.starts(1)
        async with house.delivering(house.receiver(refusals=3)):
            await house.moved(1)
        assert (house.deliveries("failed"), house.deliveries("delivered")) == (3, 1)

    in_a_house(body)


def test_the_backlog_is_what_a_sink_has_yet_to_receive(in_a_house: Any) -> None:
    """All of it, not what is handed over at once; none once all is delivered."""

    async def body(house: Any) -> None:
        await house.store.move("pager", 0)
        await house.starts(AT_ONCE + 7)
        sink = house.receiver(refusals=10**6)
        async with house.delivering(sink):
            await sink.until(lambda: bool(sink.tries))
            assert house.backlog() == AT_ONCE + 7
            sink.refusals = 0
            async with asyncio.timeout(10.0):
                while house.backlog():  # noqa: ASYNC110
                    await asyncio.sleep(0.002)
        assert len(sink.received) == AT_ONCE + 7

    in_a_house(body)


def test_a_sink_that_fails_holds_up_no_other(in_a_house: Any) -> None:
    """Each has a place of its own in the stream."""

    async def body(house: Any) -> None:
        broken, sound = house.receiver(refusals=10**6), house.receiver()
        async with house.delivering(broken, "broken"), house.delivering(sound, "sound"):
            await house.moved(0, "broken")
            await house.moved(0, "sound")
            await house.starts(2)
            await house.moved(2, "sound")
            await broken.until(lambda: bool(broken.tries))
        assert sound.received == [1, 2]
        assert await house.store.position("broken") == 0

    in_a_house(body)


def test_a_new_sink_gets_what_starts_after_it_took_its_place(in_a_house: Any) -> None:
    """Its place is taken before it runs, so that the first events are not lost on it."""

    async def body(house: Any) -> None:
        await house.starts(1)
        sink = house.receiver()
        begun = Delivery("pager", sink, house.store, house.board, house.instruments)
        await begun.begin()
        await house.starts(2)
        running = asyncio.create_task(begun.run())
        await sink.until(lambda: len(sink.received) >= 2)
        running.cancel()
        assert sink.received == [2, 3]

    in_a_house(body)


def test_a_new_sink_that_has_never_worked_keeps_its_place(in_a_house: Any) -> None:
    """Else each restart would drop what has waited for it until then."""

    async def body(house: Any) -> None:
        begun, after = house.delivery(house.receiver(), "pager"), house.receiver()
        await begun.begin()
        await house.starts(1)
        # Here the daemon is killed, or restarted without the sink having taken anything.
        async with house.delivering(after):
            await after.until(lambda: bool(after.received))
        assert after.received == [1]

    in_a_house(body)


def test_a_sink_that_its_plugin_can_not_make_says_so_and_keeps_what_waits(in_a_house: Any) -> None:
    """The daemon goes on; the sink fails with the plugin's reason."""

    def create(name: str, settings: Any) -> Any:
        raise RuntimeError("no such pager")

    async def body(house: Any) -> None:
        config = SinkConfig("pager", SinkType("broken", Settings, create), Settings())
        with capture_logs() as logs:
            sink = made(config)
            with pytest.raises(SyseventdError, match="no such pager"):
                await sink.deliver([])
        assert [(line["event"], line["sink"]) for line in logs] == [("sink_not_made", "pager")]

    in_a_house(body)

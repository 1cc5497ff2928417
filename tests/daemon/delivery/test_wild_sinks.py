"""A sink of a stranger can't hold up the daemon, or end it, whatever it does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from structlog.testing import capture_logs

from syseventd import delivery
from syseventd.config import SinkConfig
from syseventd.delivery import made
from syseventd.errors import ProbeFailed
from syseventd.interface import SinkType
from syseventd.model import Transition
from syseventd.settings import Settings


class Stray(BaseException):
    """What no `except Exception` catches."""


class Mute(Exception):
    """An error whose text can't be had, as of one that was raised without its arguments."""

    def __str__(self) -> str:
        return str(self.args[0])

    __repr__ = __str__


WILD = {
    "exit": SystemExit(0),
    "interrupt": KeyboardInterrupt(),
    "cancel": asyncio.CancelledError(),
    "close": GeneratorExit(),
    "stray": Stray("lost"),
    "mute": Mute(),
}


class Wild:
    """A sink that does something wild until it is tamed."""

    def __init__(self, does: str) -> None:
        self.does = does
        self.received: list[int] = []
        self.calls = 0
        self.let_go = asyncio.Event()

    async def deliver(self, transitions: Sequence[Transition]) -> None:
        self.calls += 1
        if self.does in WILD:
            raise WILD[self.does]
        while self.does == "swallow" and not self.let_go.is_set():
            try:
                await self.let_go.wait()
            except asyncio.CancelledError:
                continue
        self.received += [transition.id for transition in transitions]


async def _failed(house: Any, times: int) -> None:
    async with asyncio.timeout(10.0):
        while (house.deliveries("failed") or 0) < times:  # noqa: ASYNC110
            await asyncio.sleep(0.002)


@pytest.mark.parametrize(
    ("does", "reason"),
    [
        ("exit", "0"),
        ("interrupt", "KeyboardInterrupt"),
        ("cancel", "its delivery was cancelled, not by the daemon"),
        ("close", "GeneratorExit"),
        ("stray", "lost"),
        ("mute", "Mute, whose text can't be had: IndexError"),
    ],
)
def test_what_would_end_a_task_is_a_failed_delivery(
    in_a_house: Any, does: str, reason: str
) -> None:
    """It is tried again, and nothing is lost."""

    async def body(house: Any) -> None:
        await house.store.move("pager", 0)
        await house.starts(2)
        sink = Wild(does)
        with capture_logs() as logs:
            async with house.delivering(sink):
                await _failed(house, 2)
                sink.does = "behave"
                await house.moved(2)
        assert sink.received == [1, 2]
        assert [(line["event"], line.get("reason")) for line in logs] == [
            ("sink_failed", reason),
            ("sink_recovered", None),
        ]

    in_a_house(body)


def test_a_sink_that_can_not_be_stopped_gets_nothing_more_until_it_ends(
    in_a_house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each try would leave one more of it behind; once it has ended all goes on."""
    monkeypatch.setattr(delivery, "DEADLINE", 0.01)
    monkeypatch.setattr(delivery, "PATIENCE", 0.01)

    async def body(house: Any) -> None:
        await house.store.move("pager", 0)
        await house.starts(1)
        sink = Wild("swallow")
        async with house.delivering(sink):
            await _failed(house, 5)
            assert sink.calls == 1
            sink.let_go.set()
            await house.moved(1)

    in_a_house(body)


def test_delivery_that_is_stopped_stops_its_sink(in_a_house: Any) -> None:
    """What is under way is told to stop too."""

    async def body(house: Any) -> None:
        await house.store.move("pager", 0)
        await house.starts(1)
        sink = house.slow()
        async with house.delivering(sink):
            await sink.until(lambda: bool(sink.tries))
        names = {task.get_name() for task in asyncio.all_tasks() if not task.cancelling()}
        assert "deliver pager" not in names

    in_a_house(body)


@pytest.mark.parametrize("sure", [True, False])
def test_delivery_that_is_stopped_ends_a_sink_that_swallows_its_cancellation(
    in_a_house: Any, monkeypatch: pytest.MonkeyPatch, sure: bool
) -> None:
    """By force, whether it is under way or was given up before: else the loop would never end."""
    monkeypatch.setattr(delivery, "LAST_PATIENCE", 0.01)
    if not sure:
        monkeypatch.setattr(delivery, "DEADLINE", 0.01)
        monkeypatch.setattr(delivery, "PATIENCE", 0.01)

    async def body(house: Any) -> None:
        await house.store.move("pager", 0)
        await house.starts(1)
        sink = Wild("swallow")
        async with house.delivering(sink):
            async with asyncio.timeout(10.0):
                while not sink.calls:  # noqa: ASYNC110
                    await asyncio.sleep(0.002)
            if not sure:
                await _failed(house, 2)
        left = {task.get_name() for task in asyncio.all_tasks()}
        sink.let_go.set()  # so that this test ends where it fails
        assert "deliver pager" not in left

    in_a_house(body)


def test_a_sink_can_not_change_what_it_is_handed(in_a_house: Any) -> None:
    """It is delivery's own: how far the sink has come is read from it."""

    class Greedy:
        """Takes what it gets out of the hands of who gives it."""

        def __init__(self) -> None:
            self.handed: list[Sequence[Transition]] = []

        async def deliver(self, transitions: Sequence[Transition]) -> None:
            self.handed.append(transitions)
            for transition in transitions:
                object.__setattr__(transition, "id", "mine")
            if isinstance(transitions, list):
                transitions.clear()

    async def body(house: Any) -> None:
        await house.store.move("pager", 0)
        await house.starts(2)
        sink = Greedy()
        async with house.delivering(sink):
            await house.moved(2)
        assert [type(handed) for handed in sink.handed] == [tuple]

    in_a_house(body)


def _exit() -> Any:
    raise SystemExit(3)


def _stray() -> Any:
    raise Stray("lost")


def _mute() -> Any:
    raise Mute


def _deaf() -> Any:
    class Deaf:
        deliver = 5

        def __repr__(self) -> str:
            return "one that is deaf"

    return Deaf()


@pytest.mark.parametrize(
    ("create", "reason"),
    [
        (_exit, "SystemExit: 3"),
        (_stray, "Stray: lost"),
        (_mute, "Mute: Mute, whose text can't be had: IndexError"),
        (lambda: None, "TypeError: None has no deliver()"),
        (_deaf, "TypeError: one that is deaf has no deliver()"),
    ],
)
def test_a_sink_that_can_not_be_made_or_used_says_so(
    create: Callable[[], Any], reason: str
) -> None:
    """The daemon starts all the same, and each delivery fails with the reason."""
    kind = SinkType("wild", Settings, lambda name, settings: create())
    with capture_logs() as logs:
        sink = made(SinkConfig("pager", kind, Settings()))
    with pytest.raises(ProbeFailed) as raised:
        asyncio.run(sink.deliver([]))
    assert f"its plugin could not make it: {reason}" in str(raised.value)
    assert [(line["event"], line["sink"]) for line in logs] == [("sink_not_made", "pager")]

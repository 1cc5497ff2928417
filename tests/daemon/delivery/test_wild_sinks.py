"""A sink of a stranger can't hold up the daemon, or end it, whatever it does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from structlog.testing import capture_logs

from syseventd import delivery
from syseventd.model import Transition


class Wild:
    """A sink that does something wild until it is tamed."""

    def __init__(self, does: str) -> None:
        self.does = does
        self.received: list[int] = []
        self.calls = 0
        self.let_go = asyncio.Event()

    async def deliver(self, transitions: Sequence[Transition]) -> None:
        self.calls += 1
        if self.does == "exit":
            raise SystemExit(0)
        if self.does == "interrupt":
            raise KeyboardInterrupt
        if self.does == "cancel":
            raise asyncio.CancelledError
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

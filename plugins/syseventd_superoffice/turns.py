"""Lets others on the event loop have their turn while a long reply is read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

T = TypeVar("T")

ITEMS_A_TURN = 100
"""Rows or modules that are read at a stretch: some milliseconds' work at the worst."""


async def in_turns(items: Iterable[T]) -> AsyncIterator[T]:
    """The items one by one. After each hundred the event loop serves everybody else."""
    for number, item in enumerate(items, 1):
        yield item
        if number % ITEMS_A_TURN == 0:
            await asyncio.sleep(0)

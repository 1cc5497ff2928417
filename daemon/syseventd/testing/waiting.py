"""Waiting for a condition in a test, with an end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

BETWEEN_LOOKS = 0.01


async def wait_until(look: Callable[[], Awaitable[T]], within: float = 20.0) -> T:
    """What `look` returns, once that is true. Raises TimeoutError after `within` seconds."""
    async with asyncio.timeout(within):
        # Only a look from outside can tell: there is no event to wait for.
        while not (found := await look()):  # noqa: ASYNC110
            await asyncio.sleep(BETWEEN_LOOKS)
        return found

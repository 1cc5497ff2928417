"""A source that wants to recall its memory is handed it before each probe, wherever that runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from syseventd import Outcome, Snapshot
from syseventd.interface import Isolation
from syseventd.testing import probe_once


class Forgetful:
    """Recalls nothing."""

    async def probe(self) -> Snapshot:
        return Snapshot()


class Refusing(Forgetful):
    """Can't read what it once wrote."""

    def recall(self, memory: Mapping[str, str]) -> None:
        raise ValueError("what is this?")


@pytest.mark.parametrize("kind", ["Recalling", "RecallingAsync"])
@pytest.mark.parametrize("isolation", Isolation)
def test_it_is_told_before_it_is_asked(sources: Any, kind: str, isolation: Isolation) -> None:
    """Each probe has the memory at hand: on the loop, in a thread, in a process."""
    source = getattr(sources, kind)()
    result = asyncio.run(probe_once(source, 30.0, isolation, memory={"last": "1"}))
    assert result.snapshot == Snapshot(memory={"last": "1", "more": "2"})


def test_one_that_recalls_nothing_is_asked_all_the_same() -> None:
    """Memory is for those who want it."""
    result = asyncio.run(probe_once(Forgetful(), memory={"last": "1"}))
    assert result.outcome is Outcome.OK


def test_a_memory_that_can_not_be_read_is_the_source_s_own_fault() -> None:
    """The probe ends as error, and says why."""
    result = asyncio.run(probe_once(Refusing(), memory={"last": "1"}))
    assert (result.outcome, result.reason) == (Outcome.ERROR, "ValueError: what is this?")

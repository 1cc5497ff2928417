"""A few thousand hostile replies, each time others; `python -m tests.fuzz` makes a million."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest
from tests.fuzz import harness
from tests.fuzz.__main__ import DESCRIPTION
from tests.fuzz.harness import ROUNDS_A_LIFE, FuzzError, fuzz

from syseventd import Snapshot
from syseventd.interface import SourceType
from syseventd.settings import SourceSettings

REPLIES = 4_000


@pytest.fixture(scope="module")
def definitions() -> Any:
    if not Path(DESCRIPTION).exists():
        pytest.skip(
            "the vendor's description of the WebAPI is not at hand: put it at "
            "../shared/superoffice/webapi.swagger.json, beside the repository"
        )
    return json.loads(DESCRIPTION.read_text(encoding="utf-8"))["definitions"]


def test_no_reply_brings_another_outcome(definitions: Any) -> None:
    """Read, malformed, or not there: whatever is sent, and the core takes what is read."""
    seed = random.randrange(10**9)
    tally = asyncio.run(fuzz(definitions, REPLIES, seed))
    assert tally.replies >= REPLIES
    assert tally.outcomes["ok"] > ROUNDS_A_LIFE


class Careless:
    """A source that believes what it is told."""

    def __init__(self, access: Any) -> None:
        self._access = access

    async def probe(self) -> Snapshot:
        document = await self._access.freetext_status()
        return Snapshot(facts={"words": document.value["CountWords"] + ""})


def test_a_careless_source_is_found(definitions: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The harness can fail: it names the source, the fault and the seed."""
    careless = SourceType(
        "careless",
        "superoffice",
        lambda target, connection, settings: Careless(connection.access),
        SourceSettings,
    )
    monkeypatch.setattr(harness, "source_types", lambda: [careless])
    with pytest.raises(FuzzError, match=r"with seed 7: FuzzError: careless: error"):
        asyncio.run(fuzz(definitions, 1_000, seed=7))

"""Wrong types inside what a source returns are that source's fault, named."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd.model import Expiry, Meter, Observation, Outcome, Problem, Seats, Snapshot
from syseventd.probing.answers import returned

ANY: Any = {
    "key": Snapshot((Observation(b"k", "job", "n"),)),  # type: ignore[arg-type]
    "scope": Snapshot((Observation("k", "job", "n", scope=3),)),  # type: ignore[arg-type]
    "number": Snapshot((Observation("k", "job", "n", progress=True),)),
    "not_before": Snapshot(expiries=(Expiry("grace", "n", 1, True),)),
    "serial": Snapshot(expiries=(Expiry("grace", "n", 1, serial=7),)),  # type: ignore[arg-type]
    "title": Snapshot(seats=(Seats("o", "l", 1, 2, None),)),  # type: ignore[arg-type]
    "huge": Snapshot(meters=(Meter("m", 10**400),)),
    "reason": Snapshot(problems=(Problem("w", None),)),  # type: ignore[arg-type]
    "unseen": Snapshot(unseen=frozenset({1})),  # type: ignore[arg-type]
    "long": Snapshot((Observation("k" * 513, "job", "n"),)),
}


@pytest.mark.parametrize("name", ANY)
def test_a_wrong_field_is_the_sources_fault(name: str) -> None:
    """Such a snapshot never reaches the board."""
    assert returned(ANY[name]).outcome is Outcome.ERROR


def test_a_sound_snapshot_passes() -> None:
    """Each kind of item with right fields is taken."""
    sound = Snapshot((Observation("k" * 512, "job", "n"),), (Expiry("grace", "n", float("inf")),))
    assert returned(sound).outcome is Outcome.OK

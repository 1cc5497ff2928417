"""The durations' histogram as text: as prometheus-client writes it, a few lines at a time."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd.event_durations import EventDurations
from syseventd.metrics import Format, durations


@pytest.mark.parametrize("form", list(Format))
def test_it_is_written_as_the_library_writes_it(
    world: Any, said_by_us: Any, said_by_peer: Any, form: Format
) -> None:
    """Whatever the labels hold, and however long things lasted."""
    for kind in ("import", 'of "quotes"', "of\\slashes", "of\nlines", "ü"):
        for seconds in (0.5, 61.0, 1e9):
            world.durations.observe("crm", kind, seconds)
    world.durations.observe("host", "import", 1.0)
    assert said_by_us(world, form) == said_by_peer(world, form)


def test_very_many_are_written_in_pieces() -> None:
    """Others get their turn after a bounded number of lines; in the end all are there."""
    many = EventDurations((1.0,))
    for number in range(3 * durations.ROWS_A_PIECE):
        many.observe(f"t{number}", "import", 2.0)
    pieces = list(durations.pieces(many, Format.TEXT))
    assert len(pieces) == 1 + 3
    lines = b"".join(pieces).splitlines()
    assert len(lines) == 2 + 4 * 3 * durations.ROWS_A_PIECE

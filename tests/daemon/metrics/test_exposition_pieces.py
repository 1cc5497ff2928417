"""The loop is never held by one piece: the work between two pieces is counted, not timed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from syseventd.metrics import Format
from syseventd.metrics.exposition import MANY as KEPT_FROM
from syseventd.metrics.exposition import ROWS_A_PIECE
from syseventd.model import Event, EventKey, Known, Observation, Snapshot

MANY = 5 * ROWS_A_PIECE + 7


class Counted(Mapping[EventKey, Event]):
    """Open events that count how often one of them is looked at."""

    def __init__(self, events: Mapping[EventKey, Event]) -> None:
        self._events = events
        self.looks = 0

    def __getitem__(self, key: EventKey) -> Event:
        return self._events[key]

    def __iter__(self) -> Iterator[EventKey]:
        for key in self._events:
            self.looks += 1
            yield key

    def __len__(self) -> int:
        return len(self._events)


def many_events(count: int) -> tuple[Observation, ...]:
    return tuple(Observation(f"k{i}", "import", "n") for i in range(count))


def most_looks(world: Any, events: Counted) -> int:
    """How many events were looked at between two pieces, at the most."""
    most = before = 0
    for _ in world.exposition.pieces(Format.TEXT):
        most = max(most, events.looks - before)
        before = events.looks
    return most


def counted(world: Any, observations: tuple[Observation, ...]) -> Counted:
    source = world.watch("crm")
    world.publish(source, Snapshot(observations=observations))
    record = world.board.record_of(source)
    events = Counted(record.known.events)
    record.known = Known(source, events)
    return events


def test_many_events_of_one_source_are_written_in_pieces(world: Any) -> None:
    """No piece looks at more events than the bound, also where they give no row or one count."""
    events = counted(world, many_events(MANY))
    assert 0 < most_looks(world, events) <= ROWS_A_PIECE
    assert events.looks == 4 * MANY  # counted once for each of the families of events


def test_nothing_is_looked_at_again_while_nothing_changes(world: Any) -> None:
    """A second scrape writes what is kept of many events."""
    events = counted(world, many_events(KEPT_FROM))
    before = world.text()
    looks = events.looks
    assert world.text() == before
    assert events.looks == looks


def test_what_is_over_the_limit_is_written_in_pieces_too(new_world: Any) -> None:
    """A target with too many series holds the loop no longer than others."""
    world = new_world(max_series=MANY - 5)
    events = counted(world, many_events(MANY))
    assert 0 < most_looks(world, events) <= ROWS_A_PIECE
    assert world.dropped_series() == {"crm": 5.0}


@pytest.mark.parametrize("form", Format, ids=lambda form: form.name.lower())
def test_no_piece_has_more_lines_than_a_few_parts(world: Any, form: Format) -> None:
    """Many small sources and targets: the lines of a piece are bounded, or its bytes are."""
    for number in range(ROWS_A_PIECE + 50):
        world.watch(f"t{number}")
    pieces = list(world.exposition.pieces(form))
    assert max(piece.count(b"\nsyseventd_target_info") for piece in pieces) <= ROWS_A_PIECE
    assert max(len(piece) for piece in pieces) < 2 * 2**18
    # Between any two sources others may run, where a source is written anew each time.
    assert len(pieces) > ROWS_A_PIECE

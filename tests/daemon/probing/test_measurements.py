"""What a source measures must be numbers, since it becomes samples."""

from __future__ import annotations

import math

import pytest

from syseventd import Meter, Seats, Snapshot
from syseventd.probing.checking import fault_of


@pytest.mark.parametrize(
    "snapshot",
    [
        Snapshot(seats=(Seats("o", "l", 1, None), Seats("o", "m", None, 3))),
        Snapshot(meters=(Meter("mails", 1.5), Meter("chats", 2, 10))),
    ],
)
def test_numbers_and_what_may_lack_are_sound(snapshot: Snapshot) -> None:
    """A limit, a count of seats and a threshold may be unknown."""
    assert fault_of(snapshot) == ""


@pytest.mark.parametrize(
    ("snapshot", "told"),
    [
        (Snapshot(seats=(Seats(None, "l", 1, 2),)), "None"),
        (Snapshot(seats=(Seats("o", "web", "5", 2),)), "web"),
        (Snapshot(seats=(Seats("o", "web", 1, True),)), "web"),
        (Snapshot(meters=(Meter(7, 1),)), "7"),
        (Snapshot(meters=(Meter("mails", None),)), "mails"),
        (Snapshot(meters=(Meter("mails", math.nan),)), "mails"),
        (Snapshot(meters=(Meter("mails", 1, math.inf),)), "mails"),
    ],
)
def test_what_is_no_number_is_told_with_its_place(snapshot: Snapshot, told: str) -> None:
    """Such a snapshot is the source's error, and breaks no scrape."""
    assert told in fault_of(snapshot)

"""What a source's memory may hold: texts of this version, of another, or of nobody of us. Pure.

What can't be read counts as nothing remembered: no memory keeps a source from looking.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import SupportsFloat, SupportsIndex

from syseventd import Timestamp

NOT_OURS = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""What reading a text raises that we did not write."""

EARLIEST, LATEST = -3_000_000_000.0, 250_000_000_000.0
"""Unix seconds between which all dates are that replies may tell; and more than anything takes."""


def read_number(value: str | SupportsFloat | SupportsIndex) -> float:
    """A time or a length in seconds, as it was written. Raises one of NOT_OURS."""
    number = float(value)
    if not EARLIEST <= number <= LATEST:
        raise ValueError(f"{number} is no time")
    return number


def time_in(memory: Mapping[str, str], name: str) -> Timestamp | None:
    """The time that a memory holds under a name; None where it holds none."""
    try:
        return read_number(memory[name])
    except NOT_OURS:
        return None

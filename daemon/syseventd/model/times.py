"""Times: Unix seconds, within what can be shown as a date."""

from __future__ import annotations

import math
from typing import TypeAlias

Timestamp: TypeAlias = float
"""Seconds since 1970-01-01 UTC, as Prometheus counts them. `math.inf` stands for "never"."""

NEVER: Timestamp = math.inf

EARLIEST: Timestamp = -6e10
"""About the year 68. Python's dates end a little before; no source means a date that old."""

LATEST: Timestamp = 2.5e11
"""About the year 9892. What lies beyond can't be shown as a date."""


def check_time(owner: str, name: str, value: Timestamp | None) -> None:
    """Raises ValueError, with whose it is and its name, for a time that is none."""
    if value is not None and not EARLIEST <= value <= LATEST:
        raise ValueError(f"{owner}: {name} is {value!r}, which is no time in Unix seconds")

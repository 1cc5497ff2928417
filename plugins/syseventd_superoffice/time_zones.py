"""Time zones by their names in the IANA database."""

from __future__ import annotations

from datetime import UTC, tzinfo
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones


def zone_of(name: str) -> tzinfo:
    """A time zone by its name. Raises ValueError that says what to write instead."""
    if name.upper() == "UTC":
        return UTC  # known on machines without a zone database as well
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        near = get_close_matches(name[:64], available_timezones(), 1) or ["Europe/Stockholm"]
        raise ValueError(f'is no time zone; write one such as "{near[0]}"') from None

"""How a time is written inside a sentence."""

from __future__ import annotations

from datetime import UTC, datetime

from syseventd import Timestamp


def moment(at: Timestamp) -> str:
    """Unix seconds → "2026-08-01 14:02 UTC"."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")

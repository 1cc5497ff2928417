"""Happenings that have no length, such as a new version: shown as events for a day. Pure.

They are kept in the memory of the source that saw them, so that each is told once, whatever
restarts in between.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from syseventd import Observation, Timestamp
from syseventd_superoffice.remembered import NOT_OURS
from syseventd_superoffice.values import read_message, read_name

MEMORY = "news"
"""The name under which a source's memory holds them."""

KEPT = 86400.0
"""Seconds for which a happening is shown."""

MOST = 100
"""Happenings that are kept at a time; the oldest go first."""

MOST_DETAILS = 100


class News:
    """What happened lately, as the memory has it, and what is added to it."""

    def __init__(self, memory: Mapping[str, str], now: Timestamp, kept: float = KEPT) -> None:
        self._now = now
        # A clock that was put back does not end what it has just told.
        self._told = [o for o in _read(memory) if abs(now - (o.activated_at or now)) < kept]

    def tell(
        self,
        key: str,
        kind: str,
        name: str,
        message: str = "",
        details: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Adds a happening, now. One with the same key takes the place of the earlier one."""
        told = Observation(
            key,
            kind,
            read_name(name),
            message=read_message(message),
            activated_at=self._now,
            details=tuple((h, read_name(text)) for h, text in details[:MOST_DETAILS]),
        )
        self._told = [*(o for o in self._told if o.key != key), told][-MOST:]

    @property
    def observations(self) -> tuple[Observation, ...]:
        """Each as an event that began when it happened."""
        return tuple(self._told)

    @property
    def memory(self) -> dict[str, str]:
        """What the source is to remember of them."""
        items = [
            {
                "key": told.key,
                "kind": told.kind,
                "name": told.name,
                "message": told.message,
                "details": told.details,
                "at": told.activated_at,
            }
            for told in self._told
        ]
        return {MEMORY: json.dumps(items)} if items else {}


def _read(memory: Mapping[str, str]) -> list[Observation]:
    """What is remembered. What no version of us wrote counts as nothing."""
    try:
        return [
            Observation(
                str(item["key"]),
                str(item["kind"]),
                str(item["name"]),
                message=str(item["message"]),
                activated_at=float(item["at"]),
                details=tuple((str(heading), str(text)) for heading, text in item["details"]),
            )
            for item in json.loads(memory.get(MEMORY, "[]"))
        ]
    except NOT_OURS:
        return []

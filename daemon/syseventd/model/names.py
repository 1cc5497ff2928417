"""What tells targets, sources and events apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Target:
    """One configured system that is watched. `settings` is an instance of its type's class."""

    name: str
    type: str
    settings: object


class SourceId(NamedTuple):
    """One source of one target: what is scheduled, probed and stored as a unit."""

    target: str
    source: str

    def __str__(self) -> str:
        return f"{self.target}/{self.source}"


class EventKey(NamedTuple):
    """What tells the events of one source apart."""

    scope: str
    key: str

"""What the source remembers of the licences from one probe to the next. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from syseventd import Timestamp
from syseventd_superoffice.remembered import NOT_OURS

MEMORY = "licences"
"""The name under which it is kept."""

MOST_MODULES = 2_000
"""Modules whose numbers are remembered, in all. Real installations have some dozens."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is remembered of one owner.

    `rungs` are those reached, by the kind of date; `modules` the numbers of all modules by their
    keys, None where they are not known; `hidden` are those that the installation hides, `seats`
    those that have an open event.
    """

    owner: str
    dates: Mapping[str, Timestamp] = field(default_factory=dict)
    rungs: Mapping[str, float] = field(default_factory=dict)
    modules: Mapping[str, int | None] | None = None
    hidden: frozenset[str] = frozenset()
    seats: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Memory:
    """All of it: by the owners' names in small letters.

    `data` is the kind of answer that it was made of; `lost_at` is since when only less is told.
    """

    owners: Mapping[str, Held] = field(default_factory=dict)
    data: str = ""
    lost_at: Timestamp | None = None

    @property
    def spellings(self) -> Mapping[str, str]:
        """How each owner was spelled, by its name in small letters."""
        return {key: held.owner for key, held in self.owners.items()}

    def written(self) -> dict[str, str]:
        """What the source is to be told again."""
        left, owners = MOST_MODULES, {}
        for key, held in self.owners.items():
            fits = held.modules is not None and len(held.modules) <= left
            left -= len(held.modules or ()) if fits else 0
            owners[key] = {
                "owner": held.owner,
                "dates": dict(held.dates),
                "rungs": dict(held.rungs),
                "modules": held.modules if fits else None,
                "hidden": sorted(held.hidden) if fits else [],
                "seats": sorted(held.seats),
            }
        whole = {"owners": owners, "data": self.data, "lost_at": self.lost_at}
        return {MEMORY: json.dumps(whole)}


def recalled(memory: Mapping[str, str]) -> Memory:
    """What was remembered. What no version of us wrote counts as nothing."""
    try:
        whole = json.loads(memory.get(MEMORY, "{}"))
        lost_at = whole.get("lost_at")
        return Memory(
            {str(key): _held(held) for key, held in whole.get("owners", {}).items()},
            str(whole.get("data", "")),
            None if lost_at is None else float(lost_at),
        )
    except NOT_OURS:
        return Memory()


def _held(held: Mapping[str, Any]) -> Held:
    modules = held["modules"]
    return Held(
        str(held["owner"]),
        {str(kind): float(at) for kind, at in held["dates"].items()},
        {str(kind): float(rung) for kind, rung in held["rungs"].items()},
        None if modules is None else {str(m): _count(n) for m, n in modules.items()},
        frozenset(map(str, held["hidden"])),
        frozenset(map(str, held["seats"])),
    )


def _count(number: object) -> int | None:
    if number is None or isinstance(number, int):
        return number
    raise ValueError(f"{number!r} is no number of licences")

"""How many series each target may have in one scrape, and what it loses beyond."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Budget:
    """How many more series each target may have in this scrape, and how many it lost.

    Those of scopes are counted apart: a flood of them takes no date, and no event, from the scrape.
    """

    limit: int
    used: dict[tuple[str, bool], int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)

    def grant(self, target: str, wanted: int, of_scopes: bool = False) -> int:
        """How many of the series that a target wants now it may have; the rest is dropped."""
        used = self.used.get((target, of_scopes), 0)
        granted = min(wanted, self.limit - used)
        self.used[target, of_scopes] = used + granted
        if granted < wanted:
            self.drop(target, wanted - granted)
        return granted

    def drop(self, target: str, count: int = 1) -> None:
        """Count series that are left out."""
        self.dropped[target] = self.dropped.get(target, 0) + count

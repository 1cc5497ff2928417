"""A simulated tenant's life in the cloud: its states, where it answers, which release it has. Pure.

Told in laps, like the story: each tenant is a little ahead of the one before it, so that not all of
them are in maintenance at once.
"""

from __future__ import annotations

from dataclasses import dataclass

LAP = 900.0
"""Seconds of the story until a tenant's states begin again."""

ANSWERING = frozenset({"Running", "OnlineMaintenance"})
"""States in which the API answers."""

SUBDOMAINS = 2
"""Between so many addresses tenants are moved."""


@dataclass(frozen=True, slots=True)
class Tenancy:
    """What the state API tells of one tenant at one moment."""

    state: str
    subdomain: int
    release: str
    seconds_left: float
    """Of the story, until anything of it may change."""

    @property
    def answers(self) -> bool:
        """Whether its API answers."""
        return self.state in ANSWERING


STATES = (
    (0.0, "Running"),
    (540.0, "OnlineMaintenance"),
    (570.0, "OfflineMaintenance"),
    (630.0, "Running"),
    (840.0, "Suspended"),
    (855.0, "Running"),
)
"""When in a lap which state begins. After its offline maintenance a tenant has moved."""

MOVES_AT = 630.0


def tenancy_at(seconds: float) -> Tenancy:
    """How a tenant stands `seconds` after its story's start; before it as at the start."""
    lap, second = divmod(max(0.0, seconds), LAP)
    began, state = max((begin, name) for begin, name in STATES if begin <= second)
    ends = min((begin for begin, _ in STATES if begin > began), default=LAP)
    moved = int(lap) + (second >= MOVES_AT)
    return Tenancy(state, moved % SUBDOMAINS, f"Release_11.{10 + moved}_simulated", ends - second)

"""One simulated installation: its clock, who may log in, and how it tells what the story says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo

from syseventd_superoffice.simulator import licensing
from syseventd_superoffice.simulator.clock import Clock
from syseventd_superoffice.simulator.dates import dates_for
from syseventd_superoffice.simulator.reading import Reading
from syseventd_superoffice.simulator.story import state_at
from syseventd_superoffice.simulator.variations import AS_SAMPLED, Variations
from syseventd_superoffice.simulator.vocabulary import DEFAULT_LANGUAGE, LANGUAGES
from syseventd_superoffice.simulator.world import State

USER = "demo"


@dataclass(frozen=True, slots=True)
class Installation:
    """What answers. `licence_server_takes` so many seconds when it is asked.

    `activated` names the licence owners whose waiting licence a person has activated.
    """

    clock: Clock
    password: str = field(repr=False)
    user: str = USER
    base_zone: tzinfo = UTC
    language: str = DEFAULT_LANGUAGE
    variations: Variations = AS_SAMPLED
    licence_server_takes: float = 0.0
    activated: set[str] = field(default_factory=set)

    def state(self) -> State:
        """What the installation would tell now. Within one second of the story it is the same."""
        state = state_at(float(math.floor(self.clock.elapsed())))
        if not self.activated:
            return state
        return replace(state, holdings=licensing.with_activated(state.holdings, self.activated))

    def reading(self, headers: Mapping[str, str]) -> Reading:
        """How a request with these headers wants its answer. Refuses an unknown time zone."""
        variations = self.variations
        dates = dates_for(headers.get("SO-TimeZone"), self.base_zone)
        dates = replace(
            dates,
            zones=variations.zones or dates.zones,
            no_date=variations.no_date,
            fractions=variations.fractions,
        )
        language = self._language(headers)
        return Reading(language, dates, self.clock, self.base_zone, variations.number_enums)

    def _language(self, headers: Mapping[str, str]) -> str:
        """The language that is asked for, where the simulator speaks it, else its own."""
        asked = headers.get("SO-Language", "") or headers.get("Accept-Language", "")
        language = asked.strip()[:2].lower()
        return language if language in LANGUAGES else self.language

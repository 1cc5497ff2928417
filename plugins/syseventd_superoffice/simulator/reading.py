"""How one request wants its answer told: its language, its dates, and its words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from enum import IntEnum

from syseventd_superoffice.simulator.clock import Clock
from syseventd_superoffice.simulator.dates import Dates, midnight
from syseventd_superoffice.simulator.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Reading:
    """Writes what the story tells as the vendor would for one request."""

    language: str
    dates: Dates
    clock: Clock
    base_zone: tzinfo
    number_enums: bool = False

    def say(self, text: Text) -> str:
        """A text in the language of the request."""
        return text[self.language]

    def word(self, member: IntEnum) -> str | int:
        """One of the vendor's words, or its number."""
        return int(member) if self.number_enums else member.name

    def date(self, seconds: float | None) -> str | None:
        """A date in the base time zone, given in seconds of the story."""
        return self.dates.local(None if seconds is None else self.clock.timestamp(seconds))

    def utc(self, seconds: float) -> str:
        """A date in UTC, given in seconds of the story."""
        return self.dates.utc(self.clock.timestamp(seconds))

    def day(self, days: int | None) -> str | None:
        """A midnight in the base time zone, so many days after the story's first day."""
        if days is None:
            return self.dates.local(None)
        return self.dates.local(midnight(self.clock.epoch, days, self.base_zone))

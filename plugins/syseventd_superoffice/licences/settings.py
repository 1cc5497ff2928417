"""What the source `licences` can be told in the configuration."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, StrictBool, model_validator

from syseventd.settings import Duration, Fraction, Settings, SourceSettings, format_duration
from syseventd_superoffice.licences.dates import DAY
from syseventd_superoffice.licences.seats import Limits

DEFAULT_RUNGS = tuple(days * DAY for days in (90, 60, 30, 14, 7, 1))
MOST_RUNGS = 50

SEATS_NEAR, SEATS_APART = 0.85, 0.02
"""Shares of the seats: from where they are nearly used up, and how far below that is over."""


def _sort(rungs: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(sorted(set(rungs), reverse=True))


Rungs = Annotated[tuple[Duration, ...], Field(max_length=MOST_RUNGS), AfterValidator(_sort)]
"""How long before a date its event starts, and is told anew: the longest first, each once."""


class OwnerSettings(Settings):
    """What is different for one licence owner."""

    events: StrictBool = Field(
        default=True, description="whether anything of this owner's licence becomes an event"
    )
    rungs: Rungs | None = Field(
        None, description="how long before its licence ends it is told", examples=[["30d", "7d"]]
    )
    maintenance_rungs: Rungs | None = Field(
        None, description="how long before its maintenance ends it is told", examples=[["30d"]]
    )


def _each_once(owners: Mapping[str, OwnerSettings]) -> Mapping[str, OwnerSettings]:
    """Owners compare case-insensitively, and are told as they were written."""
    if len({name.lower() for name in owners}) < len(owners):
        raise ValueError("names an owner twice, in letters of another size; keep one of them")
    return owners


class LicencesSettings(SourceSettings):
    """What the source `licences` can be told."""

    hidden: bool = Field(False, description="also show modules that the installation hides")
    rungs: Rungs = Field(
        DEFAULT_RUNGS,
        description="how long before a licence ends it is told, each time once",
        json_schema_extra={"default": [format_duration(rung) for rung in DEFAULT_RUNGS]},
    )
    maintenance_rungs: Rungs | None = Field(
        None,
        description="the same before its maintenance ends; without it as `rungs`",
        examples=[["30d"]],
    )
    owners: Annotated[Mapping[str, OwnerSettings], AfterValidator(_each_once)] = Field(
        default_factory=dict, description="what is different for single licence owners, by name"
    )
    seats_near: Fraction = Field(
        SEATS_NEAR, gt=0, description="the share of seats in use from which they are nearly used up"
    )
    seats_clear: Fraction = Field(
        SEATS_NEAR - SEATS_APART,
        gt=0,
        description="the share of seats in use below which that is over; without it 0.02 less "
        "than `seats_near`",
    )
    check_missed_after: Duration = Field(
        2 * DAY, description="how long after its date a check at the licence server is missed"
    )
    licence_server: StrictBool = Field(
        default=True, description="whether the licence server is asked, once a day for each owner"
    )

    @model_validator(mode="after")
    def _check_seats(self) -> LicencesSettings:
        if self.limits.clear > self.limits.near:
            raise ValueError("seats_clear: can't be more than seats_near; it ends what that starts")
        return self

    @property
    def limits(self) -> Limits:
        """From where seats are nearly used up, and below which share that is over."""
        near, clear = self.seats_near, self.seats_clear
        if "seats_clear" not in self.model_fields_set:
            clear = max(near - SEATS_APART, near / 2)
        return Limits(near, clear)

    @functools.cached_property
    def _by_small_letters(self) -> Mapping[str, OwnerSettings]:
        return {name.lower(): settings for name, settings in self.owners.items()}

    def of(self, owner: str) -> OwnerSettings:
        """What holds for one owner: its rungs are set, and whether it has events."""
        own = self._by_small_letters.get(owner.lower(), OwnerSettings.model_construct())
        rungs = self.rungs if own.rungs is None else own.rungs
        wanted = (own.maintenance_rungs, own.rungs, self.maintenance_rungs)
        maintenance = next((r for r in wanted if r is not None), self.rungs)
        return OwnerSettings.model_construct(
            events=own.events, rungs=rungs, maintenance_rungs=maintenance
        )

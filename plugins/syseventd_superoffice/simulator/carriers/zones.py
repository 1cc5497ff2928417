"""Time zones, as the vendor lists and describes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from syseventd import Timestamp
from syseventd_superoffice.simulator.dates import NUMBERS, zone_of
from syseventd_superoffice.simulator.errors import not_played


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone of the vendor's list, by his number and code; with its country's ISO number."""

    id: int
    code: str
    country: str
    city: str
    iso_number: int

    @property
    def zone(self) -> tzinfo:
        return zone_of(self.code)

    def minutes(self, at: Timestamp) -> int:
        """How far it is ahead of UTC then."""
        return _minutes(datetime.fromtimestamp(at, self.zone).utcoffset())

    def is_summer(self, at: Timestamp) -> bool:
        """Whether its clocks are put forward then."""
        return _minutes(datetime.fromtimestamp(at, self.zone).dst()) != 0


def _minutes(length: timedelta | None) -> int:
    return 0 if length is None else length // timedelta(minutes=1)


PLACES = {
    "UTC": ("UTC", "", 0),
    "DK": ("Denmark", "Copenhagen", 208),
    "FR": ("France", "Paris", 250),
    "NO": ("Norway", "Oslo", 578),
    "US-CA": ("United States", "Los Angeles", 840),
    "US-NY": ("United States", "New York", 840),
}

ALL = tuple(Zone(int(number), code, *PLACES[code]) for number, code in NUMBERS.items())


def zone_called(zone: tzinfo) -> Zone:
    """The entry of a zone. Refuses one that is not in the list."""
    for entry in ALL:
        if entry.zone == zone:
            return entry
    raise not_played(f"the time zone {zone}")


COLUMNS = ("id", "timeZone", "country", "region", "offset", "daylight", "isActive")


def listed(entry: Zone, at: Timestamp) -> dict[str, Any]:
    """A row of the list of time zones."""
    return {
        "id": entry.id,
        "timeZone": entry.code,
        "country": entry.country,
        "region": entry.city,
        "offset": entry.minutes(at),
        "daylight": entry.is_summer(at),
        "isActive": True,
    }


def described(entry: Zone) -> dict[str, Any]:
    """TimeZoneData. How rules are written is not published, and none are made up here."""
    return {
        "TZLocationID": entry.id,
        "Name": entry.country,
        "TZLocationCode": entry.code,
        "TZLocationCities": entry.city,
        "IsoNumber": entry.iso_number,
        "TimeZoneSTDRules": {},
        "TimeZoneDSTRules": {},
    }

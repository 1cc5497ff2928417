"""Dates as the vendor writes them, by the rules of the SO-TimeZone header."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import Enum, auto
from zoneinfo import ZoneInfo

from syseventd import Timestamp
from syseventd_superoffice.simulator.errors import bad_request

NO_DATE = "0001-01-01T00:00:00"
"""How the vendor writes that there is no date."""

WITH_OFFSET = "includetzoffset"

ZONES = {
    "UTC": "UTC",
    "DK": "Europe/Copenhagen",
    "FR": "Europe/Paris",
    "NO": "Europe/Oslo",
    "US-CA": "America/Los_Angeles",
    "US-NY": "America/New_York",
}
"""The vendor's codes that are documented, out of a longer list."""

NUMBERS = {"1": "UTC", "140": "DK", "156": "FR", "261": "NO", "425": "US-CA", "460": "US-NY"}
"""The same by the vendor's numbers."""


class Zones(Enum):
    """What a date says of its time zone."""

    NONE = auto()
    """Nothing."""
    OFFSET = auto()
    """Its offset, such as +02:00."""
    Z = auto()
    """That it is UTC, which all dates are then."""


@dataclass(frozen=True, slots=True)
class Dates:
    """Writes dates for one request: in the zone that it asked for, with or without the offset.

    `no_date` is what stands for no date; with `fractions` seven digits follow the second.
    """

    zone: tzinfo
    zones: Zones = Zones.NONE
    no_date: str | None = NO_DATE
    fractions: bool = False

    def local(self, at: Timestamp | None) -> str | None:
        """A date that the database holds in its base time zone, and the vendor converts."""
        return self.no_date if at is None else self._write(at, self.zone)

    def utc(self, at: Timestamp) -> str:
        """A date that is UTC in the database, and is never converted."""
        return self._write(at, UTC)

    def _write(self, at: Timestamp, zone: tzinfo) -> str:
        moment = datetime.fromtimestamp(at, UTC if self.zones is Zones.Z else zone)
        text = moment.strftime("%Y-%m-%dT%H:%M:%S")
        if self.fractions:
            text += f".{moment.microsecond:06}0"
        if self.zones is Zones.OFFSET:
            return text + moment.isoformat()[-6:]
        return text + ("Z" if self.zones is Zones.Z else "")


def zone_of(code: str) -> tzinfo:
    """The time zone of a code or number of the vendor's. Refuses one that is not known here."""
    name = ZONES.get(NUMBERS.get(code, code.upper()))
    if name is None:
        raise bad_request(f"The time zone {code!r} is not known; known: {', '.join(ZONES)}")
    # The operating system need not have a zone database for UTC alone.
    return UTC if name == "UTC" else ZoneInfo(name)


def dates_for(header: str | None, base_zone: tzinfo) -> Dates:
    """How a request with this SO-TimeZone header wants its dates written.

    Without the header they come in the base time zone, and say nothing of any zone. Refuses a
    zone that is not known here.
    """
    words = [word.strip() for word in (header or "").split(",") if word.strip()]
    codes = [word for word in words if word.lower() != WITH_OFFSET]
    if len(codes) > 1:
        raise bad_request(f"SO-TimeZone names more than one time zone: {', '.join(codes)}")
    zone = zone_of(codes[0]) if codes else base_zone
    return Dates(zone, Zones.NONE if len(codes) == len(words) else Zones.OFFSET)


def midnight(start: Timestamp, days: int, base_zone: tzinfo) -> Timestamp:
    """Midnight in the base time zone, so many days after the day of `start`."""
    day = datetime.fromtimestamp(start, base_zone).date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, tzinfo=base_zone).timestamp()

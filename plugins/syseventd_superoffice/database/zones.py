"""The base time zone of an installation, as the WebAPI's TimeZone/base describes it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from babel.core import get_global

from syseventd import Malformed, NotAvailable
from syseventd_superoffice.access import Document
from syseventd_superoffice.time_zones import zone_of
from syseventd_superoffice.values import field, is_object, read_text, shown

CODES = {"UTC": "UTC", "US-CA": "America/Los_Angeles", "US-NY": "America/New_York"}
"""Codes of the vendor's that are no country's."""

WRITE_IT = 'write the installation\'s as `base_timezone`, such as "Europe/Oslo"'

YEARS = range(2000, 2030)
"""The years in which zones of one country must agree to be taken for one."""


def read_base_zone(document: Document) -> tzinfo:
    """The zone that a TimeZoneData means, told by its code.

    The vendor's code is the country's own where the country has one time. Raises Malformed for
    what is no TimeZoneData, NotAvailable for a code that may mean several zones: a wrong guess
    would shift every date.
    """
    data = document.value
    if not is_object(data):
        raise Malformed(document.where, "it describes no time zone")
    try:
        code = read_text(field(data, "TZLocationCode")).upper()
    except ValueError as error:
        raise Malformed(document.where, f"TZLocationCode {error}") from None
    if code in CODES:
        return zone_of(CODES[code])
    zones = [zone_of(name) for name in get_global("territory_zones").get(code, ())]
    if not zones or not _agree(zones):
        raise NotAvailable(f"nobody knows which time zone the code {shown(code)} means; {WRITE_IT}")
    return zones[0]


def _agree(zones: Iterable[tzinfo]) -> bool:
    days = [datetime(year, month, 1, tzinfo=UTC) for year in YEARS for month in range(1, 13)]
    return len({tuple(day.astimezone(zone).utcoffset() for day in days) for zone in zones}) == 1

"""Dates by the rules of the SO-TimeZone header."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from syseventd_superoffice.simulator.dates import Dates, Zones, dates_for, midnight, zone_of
from syseventd_superoffice.simulator.errors import RequestError

OSLO = ZoneInfo("Europe/Oslo")
SUMMER = datetime(2026, 7, 1, 12, 0, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("header", "local", "utc"),
    [
        (None, "2026-07-01T14:00:00", "2026-07-01T12:00:00"),
        ("", "2026-07-01T14:00:00", "2026-07-01T12:00:00"),
        ("includeTZOffset", "2026-07-01T14:00:00+02:00", "2026-07-01T12:00:00+00:00"),
        ("UTC", "2026-07-01T12:00:00", "2026-07-01T12:00:00"),
        ("UTC, includeTZOffset", "2026-07-01T12:00:00+00:00", "2026-07-01T12:00:00+00:00"),
        ("us-ny,INCLUDETZOFFSET", "2026-07-01T08:00:00-04:00", "2026-07-01T12:00:00+00:00"),
        ("460", "2026-07-01T08:00:00", "2026-07-01T12:00:00"),
    ],
)
def test_a_header_decides_zone_and_offset(header: str | None, local: str, utc: str) -> None:
    """Local dates follow the header, else the base zone; UTC dates are never converted."""
    dates = dates_for(header, OSLO)
    assert dates.local(SUMMER + 0.9) == local
    assert dates.utc(SUMMER) == utc


@pytest.mark.parametrize("header", ["Mars", "NO, DK", "0"])
def test_an_unknown_zone_is_refused(header: str) -> None:
    """A zone that isn't known, or two of them, is the request's fault."""
    with pytest.raises(RequestError) as caught:
        dates_for(header, OSLO)
    assert caught.value.status == 400


def test_no_date_is_the_year_one() -> None:
    """What has no date is written as the least date, without any zone."""
    assert Dates(OSLO, Zones.OFFSET).local(None) == "0001-01-01T00:00:00"


def test_midnight_is_the_base_zones() -> None:
    """Days are counted by the base zone's calendar, over a change of its clocks too."""
    late = datetime(2026, 10, 23, 22, 30, tzinfo=UTC).timestamp()
    assert midnight(late, 0, OSLO) == datetime(2026, 10, 24, tzinfo=OSLO).timestamp()
    assert midnight(late, 2, OSLO) - midnight(late, 1, OSLO) == 25 * 3600


def test_utc_needs_no_zone_database() -> None:
    """UTC is Python's own, by code and by number."""
    assert zone_of("utc") is UTC
    assert zone_of("1") is UTC


@pytest.mark.parametrize(
    ("dates", "text"),
    [
        (Dates(OSLO, Zones.Z), "2026-07-01T12:00:00Z"),
        (Dates(OSLO, fractions=True), "2026-07-01T14:00:00.2500000"),
        (Dates(OSLO, Zones.Z, fractions=True), "2026-07-01T12:00:00.2500000Z"),
        (Dates(OSLO, Zones.OFFSET, fractions=True), "2026-07-01T14:00:00.2500000+02:00"),
    ],
)
def test_dates_can_be_written_otherwise(dates: Dates, text: str) -> None:
    """As UTC with a Z, and with seven digits behind the second."""
    assert dates.local(SUMMER + 0.25) == text


def test_no_date_can_be_written_otherwise() -> None:
    """As null, or as another date that means none."""
    assert Dates(OSLO, no_date=None).local(None) is None
    assert Dates(OSLO, no_date="1760-01-01T00:00:00").local(None) == "1760-01-01T00:00:00"

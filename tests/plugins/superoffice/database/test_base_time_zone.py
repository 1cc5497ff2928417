"""In which time zone an installation keeps its dates: configured, or told by the WebAPI."""

from __future__ import annotations

import asyncio
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from syseventd import Malformed, NotAvailable
from syseventd_superoffice.access import Document
from syseventd_superoffice.database.questions import Database
from syseventd_superoffice.database.zones import read_base_zone
from syseventd_superoffice.time_zones import zone_of


def told(code: object) -> Any:
    """The zone that the WebAPI's TimeZone/base means with a code."""
    return read_base_zone(Document({"TZLocationID": 1, "TZLocationCode": code}, "TimeZone/base"))


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        ("NO", "Europe/Oslo"),
        ("DK", "Europe/Copenhagen"),
        ("FR", "Europe/Paris"),
        ("SE", "Europe/Stockholm"),
        ("US-NY", "America/New_York"),
        ("us-ca", "America/Los_Angeles"),
    ],
)
def test_code_of_a_country_with_one_time_is_known(code: str, zone: str) -> None:
    """The vendor's codes are the countries' own, where one is enough."""
    assert told(code) == ZoneInfo(zone)


def test_utc_is_known_without_a_zone_database() -> None:
    """The machine need not have one for it."""
    assert str(told("UTC")) == "UTC"
    assert str(zone_of("utc")) == "UTC"


def test_zones_that_agree_are_one() -> None:
    """Germany has two, which have shown the same time for longer than anybody looks back."""
    assert told("DE").utcoffset(None) is None
    assert told("DE").key in ("Europe/Berlin", "Europe/Busingen")


@pytest.mark.parametrize("code", ["US", "ES", "AU-QLD", "PF2A", "", None, "x" * 500])
def test_code_that_may_mean_several_zones_is_asked_for(code: object) -> None:
    """A wrong guess would shift every date: it says what to write instead."""
    with pytest.raises(NotAvailable, match="write the installation's as `base_timezone`"):
        told(code)


@pytest.mark.parametrize("value", [None, [], "NO", 5])
def test_answer_of_another_shape_is_malformed(value: object) -> None:
    """It names who said so."""
    with pytest.raises(Malformed, match="TimeZone/base"):
        read_base_zone(Document(value, "TimeZone/base"))


def test_code_of_another_type_is_malformed() -> None:
    """It names the field."""
    with pytest.raises(Malformed, match="TZLocationCode"):
        told(["NO"])


class WebApi:
    """Says in which zone the dates are kept, and counts how often it is asked."""

    def __init__(self, code: str) -> None:
        self.asked = 0
        self._code = code

    async def base_time_zone(self) -> Document:
        self.asked += 1
        return Document({"TZLocationCode": self._code}, "TimeZone/base")


def etas(database: Any, webapi: WebApi | None, **settings: Any) -> list[Any]:
    """When the events are expected to end, asked three times."""

    async def ask() -> list[Any]:
        asked = database.settings.model_copy(update=settings)
        opened = Database.of(asked, webapi and webapi.base_time_zone)
        try:
            return [(await opened.system_events()).rows[0]["eta"] for _ in range(3)]
        finally:
            await opened.aclose()

    return asyncio.run(ask())


def test_webapi_is_asked_once(database: Any) -> None:
    """An installation's base zone does not change under way."""
    webapi = WebApi("NO")
    assert set(etas(database, webapi, base_timezone=None)) == {"2026-07-01T12:03:00+00:00"}
    assert webapi.asked == 1


def test_configuration_comes_first(database: Any) -> None:
    """Whoever writes it knows better."""
    webapi = WebApi("US-NY")
    assert set(etas(database, webapi)) == {"2026-07-01T12:03:00+00:00"}
    assert webapi.asked == 0


def test_without_any_zone_no_date_is_told(database: Any) -> None:
    """It says what to write, and guesses none."""
    with pytest.raises(NotAvailable, match="`base_timezone`"):
        etas(database, None, base_timezone=None)


def test_without_any_zone_the_rest_is_told(database: Any) -> None:
    """Heartbeats are kept in UTC."""
    assert len(database.rows("server_processes", base_timezone=None)) == 3
    assert "travelcurrent" in database.ask("database", base_timezone=None).value

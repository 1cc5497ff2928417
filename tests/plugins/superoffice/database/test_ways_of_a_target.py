"""Which way in a target's settings describe: its WebAPI, its database, or both."""

from __future__ import annotations

import asyncio
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from syseventd import Target
from syseventd_superoffice.access import Document
from syseventd_superoffice.connection import connect
from syseventd_superoffice.database.questions import Database
from syseventd_superoffice.settings import SuperOfficeSettings
from syseventd_superoffice.ways import Ways
from syseventd_superoffice.webapi import WebApi
from syseventd_superoffice.webapi.pool import Pool

WEBAPI = {
    "url": "https://crm.example.com/SuperOffice",
    "auth": {"method": "basic", "user": "monitor", "password_env": "CRM_PASSWORD"},
}
DATABASE = {"url": "sqlite:////srv/crm.db", "base_timezone": "Europe/Oslo"}


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the WebAPI takes us in with."""
    monkeypatch.setenv("CRM_PASSWORD", "not a secret")


@pytest.mark.parametrize(
    ("written", "ways"),
    [
        (WEBAPI, [WebApi]),
        ({"database": DATABASE}, [Database]),
        (WEBAPI | {"database": DATABASE}, [WebApi, Database]),
        (WEBAPI | {"database": {"url": DATABASE["url"]}}, [WebApi, Database]),
    ],
)
def test_way_in_is_what_is_configured(written: dict[str, Any], ways: list[type]) -> None:
    """An address, a database, or both; beside a WebAPI, the time zone can be left out."""

    async def look() -> Ways:
        settings = SuperOfficeSettings.model_validate(written)
        connection = connect(Target("crm", "superoffice", settings))
        await connection.aclose()
        assert isinstance(connection.access, Ways)
        return connection.access

    assert [type(way) for way in asyncio.run(look()).asked_in_turn] == ways


def test_a_database_that_cant_be_made_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as one whose driver is missing: nobody is there yet who could close the other way."""

    def fail(*_: object) -> Database:
        raise RuntimeError("no driver")

    monkeypatch.setattr(Database, "of", fail)

    async def look() -> None:
        settings = SuperOfficeSettings.model_validate(WEBAPI | {"database": DATABASE})
        with pytest.raises(RuntimeError, match="no driver"):
            connect(Target("crm", "superoffice", settings))
        assert asyncio.get_running_loop() not in Pool._open

    asyncio.run(look())


def test_database_asks_the_webapi_for_the_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is not configured."""

    async def told(webapi: WebApi) -> Document:
        return Document({"TZLocationCode": "NO"}, "TimeZone/base")

    monkeypatch.setattr(WebApi, "base_time_zone", told)

    async def look() -> object:
        written = WEBAPI | {"database": {"url": DATABASE["url"]}}
        settings = SuperOfficeSettings.model_validate(written)
        connection = connect(Target("crm", "superoffice", settings))
        assert isinstance(connection.access, Ways)
        database = connection.access.asked_in_turn[1]
        assert isinstance(database, Database)
        zone = await database._reader.zone()
        await connection.aclose()
        return zone

    assert asyncio.run(look()) == ZoneInfo("Europe/Oslo")


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({}, 'needs url = "'),
        ({"url": WEBAPI["url"]}, "auth: is missing"),
        ({"database": DATABASE, "auth": WEBAPI["auth"]}, "auth: is for the WebAPI"),
        ({"database": {"url": DATABASE["url"]}}, "database: needs base_timezone"),
        ({"database": DATABASE, "environment": "sod"}, "environment: is for SuperOffice Online"),
    ],
)
def test_block_that_fits_no_way_in_says_what_is_missing(
    written: dict[str, Any], words: str
) -> None:
    """Before anything is asked."""
    with pytest.raises(ValidationError, match="(?s)" + words):
        SuperOfficeSettings.model_validate(written)


def test_online_has_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """SuperOffice Online lets nobody in there."""
    monkeypatch.setenv("CRM_TICKET", "7T:not-a-secret")
    auth = {"method": "ticket", "ticket_env": "CRM_TICKET", "client_secret_env": "CRM_TICKET"}
    with pytest.raises(ValidationError, match="database"):
        SuperOfficeSettings.model_validate(
            {"tenant": "Cust12345", "auth": auth, "database": DATABASE}
        )

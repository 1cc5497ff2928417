"""Every source watches the same story through the WebAPI and through the database, alike."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

import syseventd_superoffice
from syseventd import NotAvailable, Observation, Snapshot, Target
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.database.questions import Database
from syseventd_superoffice.database.settings import DatabaseSettings
from syseventd_superoffice.settings import SuperOfficeSettings
from syseventd_superoffice.simulator.clock import Clock
from syseventd_superoffice.simulator.database import fill
from syseventd_superoffice.simulator.dates import zone_of
from syseventd_superoffice.simulator.installation import Installation
from syseventd_superoffice.simulator.serving import serving
from syseventd_superoffice.ways import Ways
from syseventd_superoffice.webapi import WebApi

NIGHT = (0, 150, 262, 340, 470)
MORNING = (745, 870, 1060)
AFTERNOON = (1350, 1510, 1660)
MOMENTS = (*NIGHT, *MORNING, *AFTERNOON)
"""Seconds of each part of the story's day in which as much as possible is going on."""

PASSWORD = "not a secret"

Seen = dict[str, dict[str, Snapshot | NotAvailable]]
"""What each source saw, by its name, by the way in."""


@asynccontextmanager
async def accesses(second: float, file: Path) -> AsyncIterator[dict[str, Any]]:
    """Every way into the installation at one second of its story, which is now."""
    clock = Clock(epoch=math.floor(time.time()) - second, held=True)
    clock.move(second)
    installation = Installation(clock, PASSWORD, base_zone=zone_of("NO"))
    engine = create_engine(f"sqlite:///{file}")
    fill(engine, installation)
    engine.dispose()
    of_database = DatabaseSettings(url=f"sqlite:///{file}")
    async with serving(installation) as url:
        auth = {"method": "basic", "user": installation.user, "password_env": "CRM_PASSWORD"}
        settings = SuperOfficeSettings.model_validate({"url": url, "auth": auth})
        webapi, spare = WebApi.of(settings), WebApi.of(settings)
        # Neither is told the base time zone: the WebAPI is asked for it.
        ask_zone = webapi.base_time_zone
        database = Database.of(of_database, ask_zone)
        both = Ways(spare, Database.of(of_database, ask_zone))
        try:
            yield {"webapi": webapi, "database": database, "both": both, "settings": settings}
        finally:
            for access in (webapi, database, both):
                await access.aclose()


async def watch(second: float, file: Path) -> Seen:
    """One probe of every source through every way in, all of a way in sharing what they see."""
    seen: Seen = {}
    async with accesses(second, file) as ways:
        target = Target("crm", "superoffice", ways.pop("settings"))
        for way, access in ways.items():
            connection = Connection(access)
            made = {
                kind.name: kind.create(target, connection, kind.settings())
                for kind in syseventd_superoffice.source_types()
            }
            seen[way] = {name: await probe(source) for name, source in made.items()}
    return seen


async def probe(source: Any) -> Snapshot | NotAvailable:
    """As the daemon asks a source for the first time."""
    if hasattr(source, "recall"):
        source.recall({})
    try:
        snapshot: Snapshot = await source.probe()
    except NotAvailable as lacking:
        return lacking
    return snapshot


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Callable[[float], Seen]:
    """Watches a second of the story, once for all tests."""
    file = tmp_path_factory.mktemp("both-ways") / "crm.db"
    seen: dict[float, Seen] = {}

    def watch_once(second: float) -> Seen:
        if second not in seen:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("CRM_PASSWORD", PASSWORD)
                seen[second] = asyncio.run(watch(second, file))
        return seen[second]

    return watch_once


Watched = Callable[[float], Seen]


def snapshots(watched: Watched, second: float, source: str) -> tuple[Snapshot, Snapshot]:
    """What a source saw through the WebAPI, and through the database."""
    seen = watched(second)
    ours, theirs = seen["webapi"][source], seen["database"][source]
    assert isinstance(ours, Snapshot), ours
    assert isinstance(theirs, Snapshot), theirs
    return ours, theirs


def told_by_both(observations: Iterable[Observation]) -> dict[str, Observation]:
    """Without what NetServer works out and keeps in no table: an event's name, status and type."""
    return {
        o.key: replace(o, name="", status="", details=tuple(d for d in o.details if d[0] != "Type"))
        for o in observations
    }


@pytest.mark.parametrize("second", MOMENTS)
@pytest.mark.parametrize("source", ["system-events", "imports", "saint", "freetext"])
def test_same_events_are_seen(watched: Watched, source: str, second: float) -> None:
    """With the same times, progress, message, people and marks, joined alike."""
    ours, theirs = snapshots(watched, second, source)
    assert told_by_both(ours.observations) == told_by_both(theirs.observations)
    assert ours.endings == theirs.endings
    assert ours.complete
    assert theirs.complete


def test_there_is_something_to_see(watched: Watched) -> None:
    """Else the comparison would prove nothing."""
    for source in ("system-events", "imports", "freetext"):
        seen = [snapshots(watched, second, source)[1] for second in MOMENTS]
        assert any(snapshot.observations for snapshot in seen), source


@pytest.mark.parametrize("second", MOMENTS)
@pytest.mark.parametrize("source", ["imports", "saint"])
def test_same_is_measured(watched: Watched, source: str, second: float) -> None:
    """Tasks by state, rows, matches, and when they were made."""
    ours, theirs = snapshots(watched, second, source)
    # The age of what waits goes on between one probe and the next.
    rounded = [{(m.name, m.part): pytest.approx(m.value, abs=30) for m in s.measurements}
               for s in (ours, theirs)]  # fmt: skip
    assert set(rounded[0]) == set(rounded[1])
    assert {(m.name, m.part): m.value for m in theirs.measurements} == rounded[0]


@pytest.mark.parametrize("second", MOMENTS)
def test_index_is_measured_but_for_its_date(watched: Watched, second: float) -> None:
    """When it was made stands in no table that is known."""
    ours, theirs = snapshots(watched, second, "freetext")
    dated = "freetext_last_generated_timestamp_seconds"
    assert [m for m in ours.measurements if m.name != dated] == list(theirs.measurements)


@pytest.mark.parametrize("second", MOMENTS)
def test_same_licences_expire(watched: Watched, second: float) -> None:
    """Every date of every owner, at midnight in the base time zone."""
    ours, theirs = (
        {replace(expiry, subject="") for expiry in snapshot.expiries}
        for snapshot in snapshots(watched, second, "licences")
    )
    assert ours == theirs
    assert len(theirs) > 8


@pytest.mark.parametrize("second", NIGHT)
def test_same_company_is_named(watched: Watched, second: float) -> None:
    """Until it gets another name: a licence keeps the one it was made for, a database has one."""
    ours, theirs = snapshots(watched, second, "licences")
    assert {e.subject for e in ours.expiries} == {e.subject for e in theirs.expiries} != {""}


@pytest.mark.parametrize("second", MOMENTS)
def test_same_seats_are_used(watched: Watched, second: float) -> None:
    """Of every module that is not hidden, without those who left and links that are empty."""
    ours, theirs = snapshots(watched, second, "licences")
    assert set(ours.seats) == set(theirs.seats)
    assert len(theirs.seats) > 8


def nameless(observation: Observation) -> Observation:
    """Without the company, whose old name a licence keeps."""
    return replace(observation, details=tuple(d for d in observation.details if d[0] != "Company"))


UNKNOWN = {"licence-waiting", "licence-server", "plan-limit-near", "plan-limit-reached"}
"""Kinds of events of what only NetServer and the licence server know."""


@pytest.mark.parametrize("second", MOMENTS)
def test_same_licence_events_are_seen(watched: Watched, second: float) -> None:
    """But for what the licence server knows alone, and for what a waiting licence would change."""
    ours, theirs = snapshots(watched, second, "licences")

    def seen(snapshot: Snapshot) -> dict[str, Observation | None]:
        return {
            o.key: None if o.key.startswith("seats:") else nameless(o)
            for o in snapshot.observations
            if o.kind not in UNKNOWN
        }

    assert seen(ours) == seen(theirs)
    assert seen(theirs)


@pytest.mark.parametrize("second", MOMENTS)
def test_same_installation_is_described(watched: Watched, second: float) -> None:
    """As far as both tell the same: owner, serial number and version."""
    ours, theirs = snapshots(watched, second, "installation")
    shared = ("company", "serial", "version")
    assert [ours.facts[name] for name in shared] == [theirs.facts[name] for name in shared]


def test_database_adds_what_the_webapi_does_not_tell(watched: Watched) -> None:
    """A schedule that fails, satellites, and the database itself."""
    ours, theirs = snapshots(watched, 340, "installation")
    assert {"schedule-failing:3"} == {o.key for o in theirs.observations} - {
        o.key for o in ours.observations
    }
    assert theirs.facts["database_type"].startswith("SQLite")
    assert theirs.facts["installation_type"] == "central"


def test_database_counts_what_the_webapi_does_not(watched: Watched) -> None:
    """The metered services."""
    seen = watched(340)
    assert isinstance(seen["webapi"]["metered"], NotAvailable)
    metered = seen["database"]["metered"]
    assert isinstance(metered, Snapshot)
    assert {meter.name for meter in metered.meters} == {
        "storage_bytes", "mailings", "logins", "chats", "forms",
    }  # fmt: skip


@pytest.mark.parametrize("source", ["system-events", "imports", "saint", "freetext", "licences"])
def test_both_together_tell_what_the_webapi_tells(watched: Watched, source: str) -> None:
    """Names and states included: the database is not asked for what the WebAPI answers."""
    seen = watched(150)
    ours, together = seen["webapi"][source], seen["both"][source]
    assert isinstance(ours, Snapshot)
    assert isinstance(together, Snapshot)
    assert set(ours.observations) == set(together.observations)
    assert ours.facts == together.facts


def test_both_together_tell_of_the_installation_what_either_does(watched: Watched) -> None:
    """Whom we are logged in as, from the WebAPI; satellites and schedules, from the database."""
    together = watched(340)["both"]["installation"]
    assert isinstance(together, Snapshot)
    assert together.facts["logged_in_as"].startswith("Demo Watcher")
    assert together.facts["satellites"] == "1"
    assert "schedule-failing:3" in {o.key for o in together.observations}


def test_both_together_count_what_the_database_counts(watched: Watched) -> None:
    """The base time zone came from the WebAPI."""
    seen = watched(340)
    alone, together = seen["database"]["metered"], seen["both"]["metered"]
    assert isinstance(alone, Snapshot)
    assert isinstance(together, Snapshot)
    assert alone.meters == together.meters

"""A source is switched off while it reports an occurrence that another source may know as well."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from syseventd.testing import RunningDaemon, running_daemon, wait_until
from syseventd_superoffice.simulator.clock import Clock
from syseventd_superoffice.simulator.installation import Installation
from syseventd_superoffice.simulator.serving import serving

REBUILD = "freetext-rebuild"


def block(url: str, *on: str) -> dict[str, Any]:
    """A target whose every source but those that are named is switched off."""
    sources: dict[str, Any] = {
        name: {"enabled": name in on, "interval": "1s"}
        for name in ("system-events", "imports", "freetext", "saint")
    }
    for name in ("licences", "metered", "installation", "tenant"):
        sources[name] = {"enabled": False}
    auth = {"method": "basic", "user": "demo", "password_env": "SYSEVENTD_TEST_PASSWORD"}
    return {"type": "superoffice", "url": url, "auth": auth, "sources": sources}


async def rebuilds(daemon: RunningDaemon, state: str = "all") -> list[dict[str, Any]]:
    found = (await daemon.json(f"/api/v1/events?kind={REBUILD}&state={state}"))["events"]
    return [{"id": e["id"], "source": e["source"], "ended": e["ended_at"]} for e in found]


def clock_in_a_rebuild() -> Clock:
    """The story, held still in the middle of a rebuild."""
    clock = Clock(held=True)
    installation = Installation(clock, "")
    while not any("reetext" in event.key for event in installation.state().events):
        clock.move(10.0)
    return clock


def test_it_goes_over_to_another_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither ended nor started anew, when the source goes and when it comes back."""
    monkeypatch.setenv("SYSEVENTD_TEST_PASSWORD", "secret")

    async def live() -> None:
        async with serving(Installation(clock_in_a_rebuild(), "secret")) as url:
            whole = {"targets": {"crm": block(url, "system-events", "imports", "freetext")}}
            part = {"targets": {"crm": block(url, "system-events", "imports")}}
            async with running_daemon(whole, tmp_path) as daemon:

                async def reported_by(source: str) -> list[dict[str, Any]] | None:
                    found = await rebuilds(daemon)
                    return found if [e["source"] for e in found] == [source] else None

                (event,) = await wait_until(lambda: reported_by("freetext"))
                assert await daemon.reload(part) is None
                (other,) = await wait_until(lambda: reported_by("imports"))
                assert other == event | {"source": "imports"}
                assert await daemon.reload(whole) is None
                assert await wait_until(lambda: reported_by("freetext")) == [event]

    asyncio.run(live())


def test_a_target_that_goes_ends_what_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is left who could take it over."""
    monkeypatch.setenv("SYSEVENTD_TEST_PASSWORD", "secret")

    async def live() -> None:
        async with serving(Installation(clock_in_a_rebuild(), "secret")) as url:
            tables = {"targets": {"crm": block(url, "system-events", "freetext")}}
            async with running_daemon(tables, tmp_path) as daemon:
                (event,) = await wait_until(lambda: rebuilds(daemon))
                other = {"targets": {"x": block(url, "system-events")}}
                assert await daemon.reload(other) is None
                found = (await daemon.json(f"/api/v1/events?target=crm&kind={REBUILD}"))["events"]
                assert [e["id"] for e in found if e["ended_at"]] == [event["id"]]

    asyncio.run(live())

"""What makes no sense for an installation is watched nowhere: not on the page, nor in metrics."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import syseventd_superoffice as plugin
from syseventd.testing import catalogue_of, running_daemon, wait_until
from syseventd_superoffice.simulator.clock import Clock
from syseventd_superoffice.simulator.installation import USER, Installation
from syseventd_superoffice.simulator.serving import serving

PASSWORD = "simulated"
ALWAYS = {"system-events", "imports", "saint", "freetext", "licences", "installation"}


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What API and metrics tell of an installation onsite, by its WebAPI, once all was asked."""
    monkeypatch.setenv("CRM_PASSWORD", PASSWORD)
    auth = {"method": "basic", "user": USER, "password_env": "CRM_PASSWORD"}

    def told(database: Any = None, **sources: Any) -> tuple[dict[str, Any], str]:
        async def watch() -> tuple[dict[str, Any], str]:
            async with serving(Installation(Clock(), PASSWORD)) as url:
                block = {"type": "superoffice", "url": url, "auth": auth, "interval": "100ms"}
                block |= {} if database is None else {"database": database}
                tables = {"targets": {"crm": block | {"sources": sources}}}
                catalogue = catalogue_of(plugin)
                async with running_daemon(tables, tmp_path / "state", catalogue) as daemon:

                    async def asked() -> dict[str, Any]:
                        known = (await daemon.json("/api/v1/targets/crm"))["sources"]
                        new = [name for name, source in known.items() if source["state"] == "new"]
                        return {} if new else known

                    return await wait_until(asked, 20), await daemon.text("/metrics")

        return asyncio.run(watch())

    return told


def test_installation_onsite_has_no_source_for_tenants(told: Any) -> None:
    """It would be "not available here" for ever; nor is there one that only a database feeds."""
    sources, metrics = told()
    assert sources.keys() == ALWAYS
    assert 'source="tenant"' not in metrics
    assert 'source="metered"' not in metrics
    assert not [line for line in metrics.splitlines() if 'state="unavailable"} 1' in line]


def test_source_that_the_user_names_is_there_and_says_why_it_sees_nothing(told: Any) -> None:
    sources, metrics = told(tenant={"enabled": True}, metered={"users": 5})
    assert sources.keys() == ALWAYS | {"tenant", "metered"}
    assert (sources["tenant"]["state"], sources["metered"]["state"]) == ("unavailable",) * 2
    assert "no tenant" in sources["tenant"]["reason"]
    assert 'syseventd_source_state{target="crm",source="tenant",state="unavailable"} 1' in metrics


def test_installation_whose_database_is_known_has_the_source_that_it_feeds(
    told: Any, tmp_path: Path
) -> None:
    """Nobody needs to name it. The database itself may be down just now."""
    path = tmp_path / "crm.sqlite"
    sources, metrics = told(database={"url": f"sqlite:///{path}", "base_timezone": "UTC"})
    assert sources.keys() == ALWAYS | {"metered"}
    assert 'source="metered"' in metrics

"""What the plugin offers the daemon, and what its tab shows."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest

import syseventd_superoffice as plugin
from syseventd import Expiry, Seats, Snapshot, Target
from syseventd.interface import TargetView
from syseventd.settings import SourceSettings
from syseventd_superoffice.settings import LicencesSettings, SuperOfficeSettings


def test_the_offer() -> None:
    """One type of target, with its sources by their public names and a declared kind for each."""
    [target_type] = plugin.target_types()
    assert (target_type.name, target_type.settings) == ("superoffice", SuperOfficeSettings)
    sources = {source.name: source for source in plugin.source_types()}
    assert {name: source.interval for name, source in sources.items()} == {
        "system-events": 60.0,
        "licences": 3600.0,
    }
    assert {source.target_type for source in sources.values()} == {"superoffice"}
    assert "system-event" in {kind.name for kind in plugin.event_kinds()}
    assert [demo.name for demo in plugin.demos()]


def test_sources_are_made_as_the_daemon_makes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each source is created from target, connection and its settings, without asking anybody."""
    monkeypatch.setenv("CRM_PASSWORD", "x")
    auth = {"method": "basic", "user": "monitor", "password_env": "CRM_PASSWORD"}
    settings = SuperOfficeSettings.model_validate({"url": "http://crm.invalid", "auth": auth})

    async def create() -> None:
        target = Target("crm", "superoffice", settings)
        [target_type] = plugin.target_types()
        assert target_type.connect is not None
        connection = target_type.connect(target)
        for source_type in plugin.source_types():
            own = source_type.settings.model_validate({})
            assert isinstance(own, LicencesSettings | SourceSettings)
            assert hasattr(source_type.create(target, connection, own), "probe")
        await connection.aclose()

    asyncio.run(create())


def _rows(**snapshots: Snapshot) -> tuple[tuple[str, ...], ...]:
    [tab] = plugin.tabs()
    target: Any = Target("crm", "superoffice", None)
    table = tab.table(TargetView(target, (), snapshots))
    assert all(len(row) == len(table.headings) for row in table.rows)
    return table.rows


def test_the_licences_tab() -> None:
    """Each owner with its dates, and below it its licences with their seats."""
    day = 86400.0
    snapshot = Snapshot(
        expiries=(
            Expiry("licence", "SUPEROFFICE", 20_000 * day),
            Expiry("grace", "SUPEROFFICE", 20_010 * day),
            Expiry("licence", "ADDON", math.inf),
        ),
        seats=(
            Seats("SUPEROFFICE", "user", 3, 10, "User"),
            Seats("SUPEROFFICE", "web", None, None),
            Seats("LATER", "x", 0, 1),
        ),
    )
    assert _rows(licences=snapshot) == (
        ("SUPEROFFICE", "", "", "", "2024-10-04", "2024-10-14", ""),
        ("SUPEROFFICE", "User", "3", "10", "", "", ""),
        ("SUPEROFFICE", "web", "unknown", "unlimited", "", "", ""),
        ("ADDON", "", "", "", "never", "", ""),
        ("LATER", "", "", "", "", "", ""),
        ("LATER", "x", "0", "1", "", "", ""),
    )


def test_the_tab_before_the_first_probe() -> None:
    """Nothing is known yet, and nothing is shown."""
    assert _rows() == ()

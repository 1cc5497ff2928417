"""What the plugin offers the daemon."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import syseventd_superoffice as plugin
from syseventd import Target
from syseventd.settings import SourceSettings
from syseventd_superoffice.settings import SuperOfficeSettings


def test_the_offer() -> None:
    """One type of target, with its sources by their public names and a declared kind for each."""
    [target_type] = plugin.target_types()
    assert (target_type.name, target_type.settings) == ("superoffice", SuperOfficeSettings)
    sources = {source.name: source for source in plugin.source_types()}
    assert {name: source.interval for name, source in sources.items()} == {
        "system-events": 60.0,
        "imports": 60.0,
        "saint": 60.0,
        "freetext": 60.0,
        "licences": 3600.0,
        "metered": 3600.0,
        "installation": 300.0,
        "tenant": 60.0,
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
            assert isinstance(own, SourceSettings)
            assert hasattr(source_type.create(target, connection, own), "probe")
        await connection.aclose()

    asyncio.run(create())


WEBAPI = {"method": "basic", "user": "monitor", "password_env": "CRM_PASSWORD"}
TICKET = {"method": "ticket", "ticket_env": "CRM_PASSWORD"}
DATABASE = {"url": "sqlite:////crm.db", "base_timezone": "UTC"}


@pytest.mark.parametrize(
    ("block", "lacking"),
    [
        ({"url": "http://crm.invalid", "auth": WEBAPI}, {"metered", "tenant"}),
        ({"url": "http://crm.invalid", "auth": WEBAPI, "database": DATABASE}, {"tenant"}),
        ({"database": DATABASE}, {"tenant"}),
        ({"tenant": "Cust12345", "auth": TICKET}, {"metered"}),
    ],
)
def test_what_a_source_needs(
    block: dict[str, Any], lacking: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Onsite nothing is a tenant, and what is metered only a database tells."""
    monkeypatch.setenv("CRM_PASSWORD", "x")
    settings = SuperOfficeSettings.model_validate(block)
    needs = {s.name: s.needs(settings) for s in plugin.source_types() if s.needs is not None}
    assert {name for name, need in needs.items() if need} == lacking

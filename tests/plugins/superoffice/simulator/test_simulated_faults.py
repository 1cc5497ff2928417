"""Every fault that the simulator can play, against every source that asks through our client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from syseventd import Outcome, Target
from syseventd.interface import SourceType
from syseventd.model import ProbeResult
from syseventd.testing import probe_once
from syseventd_superoffice import source_types
from syseventd_superoffice.connection import connect
from syseventd_superoffice.settings import SuperOfficeSettings
from syseventd_superoffice.simulator.faults import Fault, Faults, Kind
from syseventd_superoffice.simulator.serving import serving

ELSEWHERE = ("metered", "tenant")
"""What no WebAPI onsite is asked for."""

SOURCES = {source.name: source for source in source_types() if source.name not in ELSEWHERE}
LISTS = {"system-events": "/SystemEvent", "imports": "/BatchTask"}
"""The sources of lists in pages, and the paths of these."""

DEADLINE = 0.4

EXPECTED = [
    (Fault(Kind.SLOW, seconds=5.0), Outcome.TIMEOUT),
    (Fault(Kind.STATUS, status=500), Outcome.ERROR),
    (Fault(Kind.STATUS, status=401), Outcome.UNAUTHORIZED),
    (Fault(Kind.STATUS, status=403), Outcome.NOT_AVAILABLE),
    (Fault(Kind.STATUS, status=429, retry_after="7"), Outcome.THROTTLED),
    (Fault(Kind.STATUS, status=503), Outcome.THROTTLED),
    (Fault(Kind.WEB_PAGE), Outcome.MALFORMED),
    (Fault(Kind.WRONG_TYPE), Outcome.MALFORMED),
    (Fault(Kind.CUT_OFF), Outcome.MALFORMED),
    (Fault(Kind.HANG_UP), Outcome.UNREACHABLE),
    (Fault(Kind.DRIPPING), Outcome.TIMEOUT),
    (Fault(Kind.LONG), Outcome.MALFORMED),
    (Fault(Kind.BOMB), Outcome.MALFORMED),
]

Probe = Callable[[SourceType, Fault], ProbeResult]


@pytest.fixture
def probe(new_crm: Any, monkeypatch: pytest.MonkeyPatch) -> Probe:
    """One probe of a source, as the daemon runs it, while all that it asks goes wrong."""
    monkeypatch.setenv("CRM_PASSWORD", new_crm.password)

    def probe(source: SourceType, fault: Fault) -> ProbeResult:
        return asyncio.run(_probe(new_crm(epoch=None).installation, source, fault))

    return probe


async def _probe(installation: Any, source: SourceType, fault: Fault) -> ProbeResult:
    faults = Faults()
    faults.add(fault)
    async with serving(installation, faults=faults) as url:
        auth = {"method": "basic", "user": "demo", "password_env": "CRM_PASSWORD"}
        settings = SuperOfficeSettings.model_validate({"url": url, "auth": auth})
        target = Target("crm", "superoffice", settings)
        connection = connect(target)
        slow = fault.kind in (Kind.SLOW, Kind.DRIPPING)
        try:
            made = source.create(target, connection, source.settings())
            return await probe_once(made, DEADLINE if slow else 10.0)
        finally:
            await connection.aclose()


def _name(value: object) -> str:
    if isinstance(value, Fault):
        status = f"-{value.status}" if value.kind is Kind.STATUS else ""
        return f"{value.kind.name}{status}"
    return str(value)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(("fault", "outcome"), EXPECTED, ids=_name)
def test_each_fault_has_its_name(probe: Probe, source: str, fault: Fault, outcome: Outcome) -> None:
    """A probe that could not look says why, and shows nothing that could end an event."""
    result = probe(SOURCES[source], fault)
    assert result.outcome is outcome, (source, result)
    assert result.snapshot is None
    assert result.reason


@pytest.mark.parametrize("source", LISTS)
def test_a_list_without_end_is_malformed(probe: Probe, source: str) -> None:
    """Its next page is itself."""
    result = probe(SOURCES[source], Fault(Kind.LINK_LOOP, LISTS[source]))
    assert result.outcome is Outcome.MALFORMED, result
    assert result.snapshot is None


def test_every_kind_is_tried() -> None:
    """None is forgotten when the simulator learns another one."""
    assert {fault.kind for fault, _ in EXPECTED} | {Kind.LINK_LOOP} == set(Kind)

"""SAINT at an installation that a test sets night by night; it remembers as the daemon has it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from syseventd import Snapshot
from syseventd_superoffice.saint import Saint, SaintSettings

HOUR = 3600.0
NIGHT = 1_790_000_000.0
"""When the regeneration of the story began: 2026-09-21 14:13:20 UTC."""


def date(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat()


def make_counters(
    table: object, start: float | None, end: float | None, **more: object
) -> dict[str, object]:
    return {
        "OwnerTable": table,
        "Enabled": True,
        "Period1": 30,
        "GenerationStart": date(start),
        "GenerationEnd": date(end),
        "RowsGenerated": 4200,
        **more,
    }


def make_monitor(
    number: object, start: float | None, end: float | None, **more: object
) -> dict[str, object]:
    return {
        "StatusMonitorId": number,
        "Name": "Hot leads",
        "OwnerTable": 5,
        "IsVisual": True,
        "Deleted": False,
        "NeedsUpdate": False,
        "NumMatches": 17,
        "NumNeedUpdate": 0,
        "GenerationStart": date(start),
        "LastGenerated": date(end),
        **more,
    }


class Watched:
    """The source at an installation that sets what it says; it remembers as the daemon has it."""

    def __init__(self, installation: Any) -> None:
        self.installation = installation
        self.witnesses = installation.connection.witnesses
        self.memory: dict[str, str] = {}
        self.now = NIGHT + HOUR
        self.source = self.configured()

    def configured(self, **configured: Any) -> Saint:
        its = SaintSettings.model_validate(configured)
        self.witnesses.switch_on("saint", its.interval)
        self.source = Saint(self.installation.connection, its, clock=lambda: self.now)
        return self.source

    def probe(self, of_counters: Any = (), monitors: Any = ()) -> Snapshot:
        """One probe; what it wants remembered is remembered."""
        for question, answer in (
            ("saint_configurations", of_counters),
            ("status_monitors", monitors),
        ):
            reply = list(answer) if isinstance(answer, tuple) else answer
            self.installation.answers(**{question: reply})
        snapshot: Snapshot = self.installation.probe(self.source, self.memory)
        self.memory = dict(self.memory if snapshot.memory is None else snapshot.memory)
        return snapshot

    def nights(self, number: int, seconds: float) -> None:
        """So many regenerations of the contacts' counters, each of which took so long."""
        for night in range(number):
            start = NIGHT - (number - night) * 24 * HOUR
            self.probe((make_counters(5, start, start + seconds),))


@pytest.fixture
def watched(installation: Any) -> Watched:
    return Watched(installation)


@pytest.fixture(scope="session")
def counters() -> Callable[..., Any]:
    """SaintConfiguration of one table: its number, when its values were begun, and ended."""
    return make_counters


@pytest.fixture(scope="session")
def monitor() -> Callable[..., Any]:
    """StatusMonitor: its number, when its values were begun, and ended."""
    return make_monitor

"""An installation whose parts a test sets, and rows of it that are spoilt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import strategies as st

from syseventd import Observation, Snapshot
from syseventd_superoffice.installation import InstallationSettings
from syseventd_superoffice.installation.source import Installation

NOW = 1_790_000_000.0

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


class Watch:
    """The source at an installation that a test sets, asked at times that it sets as well."""

    def __init__(self, installation: Any) -> None:
        self.installation = installation

    def answers(self, **answers: Any) -> None:
        """Sets answers by the names of questions; an exception is raised."""
        self.installation.answers(**answers)

    def source(self, now: float = NOW, **settings: object) -> Installation:
        written = InstallationSettings.model_validate(settings)
        return Installation(self.installation.connection, written, clock=lambda: now)

    def at_times(self, *times: float) -> Installation:
        """A source that is asked at one time after the other."""
        clock = iter(times)
        written = InstallationSettings()
        return Installation(self.installation.connection, written, clock=lambda: next(clock))

    def probe(self, now: float = NOW, memory: Mapping[str, str] | None = None) -> Snapshot:
        """One probe of a source that has nothing but its memory."""
        snapshot = self.installation.probe(self.source(now), memory or {})
        assert isinstance(snapshot, Snapshot)
        return snapshot

    def changed(self, before: dict[str, Any], after: dict[str, Any]) -> list[Observation]:
        """What is told when an installation that answered `before` answers `after`."""
        self.answers(**before)
        first = self.probe()
        assert first.observations == ()
        self.answers(**after)
        return list(self.probe(NOW + 300, first.memory).observations)


@pytest.fixture
def watch(installation: Any) -> Watch:
    return Watch(installation)


@pytest.fixture(scope="session")
def versions() -> dict[str, Any]:
    return {"NetServerVersion": "11.10.721.0", "NetServerLabel": "Stable", "Version": "v1"}


@pytest.fixture(scope="session")
def licence_status() -> dict[str, Any]:
    return {"CompanyName": "Example Ltd", "SerialNr": "1010000006"}


@pytest.fixture(scope="session")
def principal() -> dict[str, Any]:
    return {
        "FullName": "Mona Toring",
        "UserName": "monitor",
        "RoleName": "User level 0",
        "DatabaseContextIdentifier": "Cust12345",
        "Licenses": [
            {"Name": "growth", "Description": "Growth", "ExtraFlags": 1},
            {"Name": "web", "Description": "Web", "ExtraFlags": 0},
        ],
    }


@pytest.fixture(scope="session")
def database() -> dict[str, Any]:
    """What the database tells of itself."""
    return {
        "company": {
            "version": 1012,
            "revision": 3,
            "ownerContactName": "Example Ltd",
            "dbContactName": "Example Sales",
            "serialNo": "1010000006",
        },
        "travelcurrent": {"systemlevel": 10, "current_id": 0},
        "satellite": [{"satellite_id": 16777216}],
        "productversion": [{"version": "11.9"}, {"version": "11.10"}],
        "databaseType": "Microsoft SQL Server 2022",
    }


@pytest.fixture(scope="session")
def steps() -> dict[str, Any]:
    """Upgrade steps of which the database lacks one."""
    return {"code": [{"Name": "A", "StepNumber": 2}], "database": [{"Name": "a", "StepNumber": 1}]}


@pytest.fixture(scope="session")
def silent() -> dict[str, Any]:
    """The row of a process that fell silent."""
    return {
        "MessageHandler_id": 7,
        "machine": "WEB01",
        "updated": NOW - 600,
        "registered": NOW - 5 * 86400.0,
    }


def _keys(snapshot: Snapshot) -> set[str]:
    return {observation.key for observation in snapshot.observations}


def _one(snapshot: Snapshot) -> Observation:
    [observation] = snapshot.observations
    return observation


def _spoilt(whole: dict[str, Any]) -> st.SearchStrategy[Any]:
    changes = st.dictionaries(st.sampled_from(sorted(whole)), ANYTHING, min_size=1, max_size=4)
    return ANYTHING | changes.map(lambda changed: whole | changed)


@pytest.fixture(scope="session")
def keys() -> Callable[[Snapshot], set[str]]:
    """The keys of all events of a snapshot."""
    return _keys


@pytest.fixture(scope="session")
def one() -> Callable[[Snapshot], Observation]:
    """The only event of a snapshot."""
    return _one


@pytest.fixture(scope="session")
def spoilt() -> Callable[[dict[str, Any]], st.SearchStrategy[Any]]:
    """Anything at all, or an object of which some fields are anything."""
    return _spoilt

"""Batch tasks of an installation, watched with a store that keeps what is to be remembered."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from syseventd import EndReason, Observation, Snapshot
from syseventd_superoffice.access import Listing
from syseventd_superoffice.imports import Imports


def make_row(number: int, state: object = "Started", name: str = "Import", **more: object) -> Any:
    return {"PrimaryKey": number, "State": state, "DefinitionName": name, **more}


class Watch:
    """The source on an installation, with a store that keeps what it wants to remember."""

    def __init__(self, installation: Any) -> None:
        self.installation = installation
        self.memory: dict[str, str] = {}
        self.now = time.time()
        self.restart()

    def restart(self) -> None:
        """A new source, which has nothing but what was stored."""
        self.installation.connection.witnesses.switch_on("imports", None)
        self.source = Imports(self.installation.connection, clock=lambda: self.now)

    def probe(self, *rows: object, complete: bool = True, stored: bool = True) -> Snapshot:
        self.installation.answers(batch_tasks=Listing(rows, complete=complete))
        snapshot: Snapshot = self.installation.probe(self.source, self.memory)
        if stored and snapshot.memory is not None:
            self.memory = dict(snapshot.memory)
        return snapshot

    def endings(self, *rows: object, **options: bool) -> list[tuple[str, EndReason]]:
        """What is told of tasks that ended since the last probe."""
        told = self.probe(*rows, **options).endings
        return [(e.observation.key, e.reason) for e in told if e.fresh]

    def shown(self, *observations: Observation) -> None:
        """What the system events see now."""
        self.installation.connection.witnesses.report("system-events", observations)


@pytest.fixture
def watch(installation: Any) -> Watch:
    return Watch(installation)


def make_rebuild(kind: str = "freetext-rebuild", number: int = 9) -> Observation:
    return Observation(
        f"event-{number}", kind, "Rebuild", marks=frozenset({f"system-event:{number}"})
    )


@pytest.fixture
def events(watch: Watch) -> Watch:
    """The same, where system events are watched as well."""
    watch.installation.connection.witnesses.switch_on("system-events", None)
    watch.shown()
    watch.probe()
    return watch


@pytest.fixture
def row() -> Callable[..., Any]:
    """A row of a batch task: its number, its state, the name of its definition."""
    return make_row


@pytest.fixture
def rebuild() -> Callable[..., Observation]:
    """A rebuild as the system events show it."""
    return make_rebuild

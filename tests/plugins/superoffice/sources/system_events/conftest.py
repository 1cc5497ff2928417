"""System events and the tasks that they stand for, by a clock that a test sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from syseventd import Observation, Snapshot
from syseventd_superoffice.access import Listing
from syseventd_superoffice.system_events import CANCELLED, SystemEvents, SystemEventsSettings

NOW = 1785592800.0


class Watch:
    """Both sources' evidence on an installation, by a clock that a test sets."""

    def __init__(self, installation: Any) -> None:
        self.now = NOW
        self.installation = installation
        self.memory: dict[str, str] = {}
        self.settings = SystemEventsSettings()
        self.witnesses = installation.connection.witnesses
        self.witnesses.switch_on("imports", None)
        self.restart()

    def configured(self, **settings: object) -> None:
        """Another source, whose settings say so."""
        self.settings = SystemEventsSettings.model_validate(settings)
        self.restart()

    def restart(self) -> None:
        """A new source, which has nothing but what was stored."""
        self.witnesses.switch_on("system-events", None)
        self.source = SystemEvents(
            self.installation.connection, self.settings, clock=lambda: self.now
        )

    def tasks(self, *tasks: Observation) -> None:
        """What the batch tasks show now."""
        self.witnesses.report("imports", tasks)

    def running(self, **changes: Any) -> None:
        """One task that publishes, and was alive a moment ago."""
        self.tasks(make_task(**{"heartbeat": self.now - 5, **changes}))

    def probe(self, *rows: object, complete: bool = True, stored: bool = True) -> Snapshot:
        self.installation.answers(system_events=Listing(rows, complete=complete))
        snapshot: Snapshot = self.installation.probe(self.source, self.memory)
        if stored and snapshot.memory is not None:
            self.memory = dict(snapshot.memory)
        return snapshot

    def told(self, *rows: object, **options: bool) -> list[Observation]:
        """The events which say that another went too early."""
        return [o for o in self.probe(*rows, **options).observations if o.kind == CANCELLED]

    def after(self, seconds: float, *rows: object) -> list[Observation]:
        """The same some seconds later, while the task runs on."""
        self.now += seconds
        self.running()
        return self.told(*rows)


def make_task(**changes: Any) -> Observation:
    number = changes.pop("number", 628)
    told = {"activated_at": NOW - 90, **changes}
    return Observation(
        f"task-{number}", "udef-rebuild", "Publish", marks=frozenset({f"task:{number}"}), **told
    )


@pytest.fixture
def watch(installation: Any) -> Watch:
    watch = Watch(installation)
    watch.running()
    return watch


@pytest.fixture
def task() -> Callable[..., Observation]:
    """One task that publishes, as the batch tasks show it."""
    return make_task

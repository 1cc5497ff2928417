"""An installation with licences that a test makes up, watched day by day as the daemon does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from syseventd import EndReason, Snapshot, SourceId, Step, Transition
from syseventd.lifecycle import advance
from syseventd.model import Known
from syseventd_superoffice.licences import Licences, LicencesSettings

DAY = 86400.0
UNSET = "0001-01-01T00:00:00"


def make_module(name: str, used: object = 3, total: object = 10, **current: object) -> Any:
    """ExtendedModuleLicense. `new` is what a waiting licence has instead of `total`."""
    new = current.pop("new", None)
    about = {"ModuleName": name, "ModuleDescription": name.title(), **current}
    return {
        "New": None if new is None else about,
        "Current": about,
        "NumberOfLicensesInUse": used,
        "NumberOfLicensesTotal": total,
        "NumberOfLicensesNewTotal": 0 if new is None else new,
    }


def make_entry(owner: str = "SUPEROFFICE", *modules: object, **current: object) -> Any:
    """ExtendedLicenseInfo of a licence that ends on 2027-03-27. `New`, … are the entry's own."""
    own = {name: current.pop(name) for name in ("New", "CanBeActivated", "Reason") & current.keys()}
    return {
        "New": None,
        "Current": {
            "CompanyName": "Example AB",
            "SerialNr": "1010000006",
            "OwnerName": owner,
            "ExpiryDate": "2027-03-27T00:00:00Z",
            "GraceDate": "2027-04-08T00:00:00+00:00",
            "MaintenanceDate": UNSET,
            "AdminWarningDate": None,
            "NextCheckDate": UNSET,
            **current,
        },
        "ExtendedModuleLicenses": list(modules),
        "AccumulatedNextCheckDate": UNSET,
        **own,
    }


def time_of(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()


@dataclass
class Watch:
    """The source `licences` as the daemon runs it: each probe by a process of its own.

    `steps` are all transitions so far; `now` is the day of the last probe, as a date's text.
    """

    installation: Any
    known: Known = field(default_factory=lambda: Known(SourceId("crm", "licences")))
    steps: list[Transition] = field(default_factory=list)
    snapshot: Snapshot = field(default_factory=Snapshot)
    _ids: Any = field(default_factory=lambda: count(1))

    def probe(self, now: str, *entries: Any, store: bool = True, **settings: Any) -> Snapshot:
        """One probe at a time, in which the installation has these licences."""
        if entries:
            self.installation.answers(licences=list(entries))
        at = time_of(now)
        source = Licences(
            self.installation.connection,
            LicencesSettings.model_validate(settings),
            "crm",
            clock=lambda: at,
        )
        self.snapshot = self.installation.probe(source, self.known.memory)
        if store:
            after = advance(self.known, self.snapshot, at, self._ids)
            assert not after.problems, after.problems
            self.known = after.known
            self.steps += after.transitions
        return self.snapshot

    def told(self, kind: str) -> list[tuple[Step, str]]:
        """The steps of all events of a kind: each with the event's status after it."""
        return [
            (step.step, step.event.observation.status)
            for step in self.steps
            if step.event.observation.kind == kind
        ]

    def last(self, kind: str) -> Transition:
        """The last step of an event of a kind."""
        return [step for step in self.steps if step.event.observation.kind == kind][-1]

    def open(self, kind: str) -> list[Any]:
        """How the open events of a kind stand."""
        events = self.known.events.values()
        return [e.observation for e in events if e.observation.kind == kind]

    def endings(self, kind: str) -> list[EndReason | None]:
        """Why events of a kind ended, the oldest first."""
        steps = (s for s in self.steps if s.event.observation.kind == kind)
        return [s.event.end_reason for s in steps if s.step is Step.ENDED]

    @property
    def problems(self) -> list[str]:
        return [str(problem) for problem in self.snapshot.problems]


@pytest.fixture
def watch(installation: Any) -> Watch:
    return Watch(installation)


@pytest.fixture
def entry() -> Callable[..., Any]:
    return make_entry


@pytest.fixture
def module() -> Callable[..., Any]:
    return make_module

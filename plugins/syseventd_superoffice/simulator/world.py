"""What a simulated installation is made of: its people, its events, its licences. Immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

Text: TypeAlias = Mapping[str, str]
"""One text in each language of the simulator."""

DEFAULT_LANGUAGE = "en"
LANGUAGES = (DEFAULT_LANGUAGE, "sv")

MARK: Text = {"en": "(simulated)", "sv": "(simulerat)"}
"""What every text that a person may read ends with."""


class Scope(IntEnum):
    """Whom an event concerns, by the vendor's names and numbers."""

    SystemWide = 1
    Database = 2
    Group = 3
    User = 4


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the installation, who activates events."""

    id: int
    initials: str
    first_name: str
    last_name: str

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def user_name(self) -> str:
        return f"{self.initials.lower()}@crm.example"


@dataclass(frozen=True, slots=True)
class Scene:
    """One event of the story: from `start` to `end`, in seconds of its lap.

    `expected_end` is what the installation promises, also in seconds of the lap: the event may
    well outlive it. `amount` is how much there is to do: where it is given, `message` holds
    `{done}` and `{amount}`, and the status shows the share.
    """

    start: float
    end: float
    key: str
    message: Text
    by: Person
    expected_end: float | None = None
    scope: Scope = Scope.Database
    owner: int = 0
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class SystemEvent:
    """A row of the installation's system events, as it stands at one moment.

    `registered` and `eta` are seconds since the story started.
    """

    id: int
    key: str
    name: Text
    status: Text
    message: Text
    scope: Scope
    owner: int
    by: Person
    registered: float
    eta: float | None
    updated_count: int


@dataclass(frozen=True, slots=True)
class Module:
    """One licence of an owner. `in_use` is what the story runs through, over and over.

    `kind` is one of the vendor's words for the type of licence.
    """

    name: str
    description: str
    kind: str
    seats: int
    in_use: tuple[int, ...]
    unrestricted: bool = False
    hidden: bool = False
    prerequisite: str | None = None


@dataclass(frozen=True, slots=True)
class Licence:
    """What one licence owner has issued. Dates are days after the story's first day.

    `expires` None means never; then `grace` is never too.
    """

    owner: str
    description: str
    serial: str
    version: str
    next_check: int | None
    admin_warning: int | None
    expires: int | None
    grace: int | None
    maintenance: int
    modules: tuple[Module, ...]


@dataclass(frozen=True, slots=True)
class State:
    """All that an installation would tell at one moment.

    `in_use` counts the seats in use, by licence owner and module name.
    """

    events: tuple[SystemEvent, ...]
    in_use: Mapping[tuple[str, str], int]

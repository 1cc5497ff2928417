"""One owner's licence as it was read: its dates, its modules, and the one that waits. Immutable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from syseventd import Timestamp
from syseventd_superoffice.values import short_key

VENDOR = "SUPEROFFICE"
"""The owner of the vendor's own licence. All others are makers of add-ons."""

_VENDORS = re.compile(rf"{VENDOR}(\s.*)?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Module:
    """One module of the licence in force.

    `total` None means that its use is not restricted, `used` None that nobody knows. `site`:
    it is the installation's, and no user takes a seat of it. `counted` False: its name alone is
    known, and none of its numbers.
    """

    name: str
    title: str = ""
    used: int | None = None
    total: int | None = None
    site: bool = False
    hidden: bool = False
    counted: bool = True

    @property
    def key(self) -> str:
        """What tells it from the owner's other modules: names compare case-insensitively."""
        return self.name.lower()

    @property
    def label(self) -> str:
        return self.title or self.name


@dataclass(frozen=True, slots=True)
class Altered:
    """A module that the waiting licence changes. `old` and `new` are numbers, None unlimited.

    What one of the licences lacks has the number 0 there.
    """

    module: str
    label: str
    old: int | None
    new: int | None
    used: int | None

    @property
    def shrinks(self) -> bool:
        return self.new is not None and (self.old is None or self.new < self.old)

    @property
    def short(self) -> bool:
        """Whether more of it are in use than the waiting licence allows."""
        return self.new is not None and self.used is not None and self.used > self.new


@dataclass(frozen=True, slots=True)
class Waiting:
    """A new licence that was not activated yet; `reason` says why it can't be, if so.

    `renewed` is what else it changes: its end, its company, its serial number, in words.
    """

    can_be_activated: bool
    reason: str = ""
    altered: tuple[Altered, ...] = ()
    renewed: tuple[str, ...] = ()

    def allows(self, module: str) -> int | None:
        """How many of a module it allows, if it alters it and there is a limit."""
        return next((a.new for a in self.altered if a.module == module), None)


@dataclass(frozen=True, slots=True)
class Licence:
    """What one owner licenses. `dates` are by the kinds of Expiry.

    `product` is what it is a licence of, in the vendor's words. `unseen` says that more dates may
    be set than could be read; `modules_unseen` the same of modules; `lost` are keys of modules
    whose numbers can't be read; `waiting_unseen`: whether a licence waits is not known.
    """

    owner: str
    company: str = ""
    serial: str = ""
    dates: Mapping[str, Timestamp] = field(default_factory=dict)
    modules: tuple[Module, ...] = ()
    waiting: Waiting | None = None
    unseen: bool = False
    modules_unseen: bool = False
    lost: frozenset[str] = frozenset()
    waiting_unseen: bool = False
    product: str = ""


def is_vendors(owner: str) -> bool:
    """Whether an owner is the vendor, also where something was added to its name."""
    return _VENDORS.fullmatch(owner) is not None


def event_key(what: str, owner: str, module: str = "") -> str:
    """The key of an event about an owner's licence, or one module of it."""
    return short_key(f"{what}:{owner}/{module}" if module else f"{what}:{owner}")


def number(count: int | None) -> str:
    """A number of licences in words."""
    return "unlimited" if count is None else str(count)

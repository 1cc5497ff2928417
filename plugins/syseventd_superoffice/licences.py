"""The source `licences`: each owner's dates and seats, as on SuperOffice's Licences screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter

from syseventd import NEVER, Expiry, Malformed, Problem, Seats, Snapshot, Target, Timestamp
from syseventd_superoffice.settings import LicencesSettings, sooner
from syseventd_superoffice.turns import in_turns
from syseventd_superoffice.values import (
    Fields,
    Problems,
    field,
    is_object,
    read_count,
    read_flag,
    read_name,
    read_text,
    read_time,
    short_key,
    why_no_object,
)
from syseventd_superoffice.webapi.client import Client
from syseventd_superoffice.webapi.resource import Resource

PATH = "/api/v1/License"
VENDOR = "superoffice"
DATES = (
    ("licence", "ExpiryDate"),
    ("grace", "GraceDate"),
    ("maintenance", "MaintenanceDate"),
    ("admin_warning", "AdminWarningDate"),
)

NEAR = 7 * 86400.0
"""Seconds around a licence's end in which a new licence is expected any moment."""
WHEN_NEAR = 900.0
"""Seconds until we ask again then."""

MOST_OWNERS = 200
MOST_MODULES = 2_000
MOST_MODULES_IN_ALL = 20_000
"""Limits of one reply: owners, modules of one of them, modules of all."""

MOST_NAMING_OWNER = 20
"""Modules that are asked whose licence it is. In earnest each of them says so."""

NO_FACTS: Mapping[str, str] = MappingProxyType({})

ENTRIES = TypeAdapter(list[Any])


class Licences:
    """Reads every owner's licence from the installation's database; asks no licence server."""

    def __init__(
        self,
        client: Client,
        hidden: bool = False,
        when_near: float | None = WHEN_NEAR,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._when_near = when_near
        self._resource = Resource(client, client.address(PATH), ENTRIES)
        self._hidden = hidden
        self._clock = clock

    async def probe(self) -> Snapshot:
        entries = await self._resource.read()
        _check_size(entries, self._resource.where)
        reading = Reading(self._hidden)
        for number, entry in enumerate(entries, 1):
            await reading.add(number, entry)
            await asyncio.sleep(0)
        if entries and not reading.expiries and not reading.unseen:
            first = reading.problems[0]
            raise Malformed(self._resource.where, f"no licence can be read; {first}")
        facts = self._resource.facts
        return reading.snapshot(self._clock(), self._when_near, facts)


def create(target: Target, client: Client, settings: LicencesSettings) -> Licences:
    """The source for one installation."""
    return Licences(client, settings.hidden, sooner(WHEN_NEAR, settings))


def _check_size(entries: Sequence[object], where: str) -> None:
    """Raises Malformed for more than any installation has, before it is looked at."""
    modules = [len(_modules(entry)) for entry in entries[: MOST_OWNERS + 1]]
    if len(entries) > MOST_OWNERS:
        raise Malformed(where, f"the list has more than {MOST_OWNERS:,} owners")
    if max(modules, default=0) > MOST_MODULES:
        raise Malformed(where, f"an owner has more than {MOST_MODULES:,} modules")
    if sum(modules) > MOST_MODULES_IN_ALL:
        raise Malformed(where, f"the list has more than {MOST_MODULES_IN_ALL:,} modules")


def _modules(entry: object) -> Sequence[object]:
    modules = field(entry, "ExtendedModuleLicenses") if is_object(entry) else None
    return modules if isinstance(modules, list) else ()


class Reading:
    """What was read so far of one reply. Owners and modules compare case-insensitively."""

    def __init__(self, hidden: bool) -> None:
        self._hidden = hidden
        self.problems = Problems()
        self.unseen: set[str] = set()
        self.expiries: dict[tuple[str, str], Expiry] = {}
        self._seats: dict[tuple[str, str], Seats] = {}
        self._owners: dict[str, str] = {}
        self._facts: dict[str, str] = {}
        self._complete = True

    def snapshot(
        self,
        now: Timestamp,
        when_near: float | None = WHEN_NEAR,
        facts: Mapping[str, str] = NO_FACTS,
    ) -> Snapshot:
        """All of it, with what else is known of the installation.

        One without any licence is not believed: nothing is forgotten.
        """
        if not self._owners and not self.problems:
            self.problems.append(Problem("licences", "the list is empty"))
            self._complete = False
        expiries = tuple(self.expiries.values())
        return Snapshot(
            expiries=expiries,
            seats=tuple(self._seats.values()),
            facts={**self._facts, **facts},
            problems=self.problems.told(),
            complete=self._complete,
            unseen=frozenset(self.unseen),
            ask_again=when_near if _is_near(expiries, now) else None,
        )

    async def add(self, number: int, entry: object) -> None:
        """Reads the licence of one owner."""
        place = f"licence {number}"
        if not is_object(entry):
            self._lose("", Problem(place, why_no_object(entry)))
            return
        current = field(entry, "Current")
        owner = _owner(entry)
        place = f"licence {number} ({owner})" if owner else place
        if not is_object(current) or not owner:
            self._lose(owner, Problem(place, _lacking(current)))
            return
        owner = self._spelling(owner, place)
        fields = Fields(place, current, self.problems)
        whole = Fields(place, entry, self.problems)
        company = fields.read("CompanyName", read_name, "")
        serial = fields.read("SerialNr", read_name, "")
        if owner.lower() == VENDOR or not self._facts:
            facts = {"company": company, "serial": serial}
            self._facts = {name: text for name, text in facts.items() if text}
        for kind, at in self._dates(owner, whole, fields).items():
            self._add_expiry(Expiry(kind, owner, at, subject=company, serial=serial))
        await self._add_modules(owner, place, field(entry, "ExtendedModuleLicenses"))

    def _lose(self, owner: str, problem: Problem) -> None:
        """An entry that can't be read. What is known of its owner stays; if that is known."""
        self.problems.append(problem)
        if owner:
            self.unseen.add(owner)
        else:
            self._complete = False

    def _spelling(self, owner: str, place: str) -> str:
        """The owner as it was first spelled in this reply."""
        if owner.lower() in self._owners:
            reason = "its owner is listed twice; the earlier dates are taken"
            self.problems.append(Problem(place, reason))
        return self._owners.setdefault(owner.lower(), owner)

    def _dates(self, owner: str, whole: Fields, current: Fields) -> dict[str, Timestamp]:
        """The dates that are set. One that can't be read leaves what is known of the owner."""
        dates: dict[str, Timestamp] = {}
        sources = [(kind, current, name) for kind, name in DATES]
        checks = ((whole, "AccumulatedNextCheckDate"), (current, "NextCheckDate"))
        sources += [("next_check", fields, name) for fields, name in checks]
        for kind, fields, name in sources:
            try:
                at = fields.need(name, read_time)
            except ValueError as error:
                fields.note(str(error))
                self.unseen.add(owner)
                continue
            if at is not None:
                dates.setdefault(kind, at)
            elif kind == "licence" and name in fields:
                dates[kind] = NEVER
            elif kind == "licence":
                fields.note("ExpiryDate is missing; nobody knows whether it expires")
                self.unseen.add(owner)
        return dates

    def _add_expiry(self, expiry: Expiry) -> None:
        key = (expiry.kind, expiry.name)
        known = self.expiries.get(key)
        if known is None or expiry.at < known.at:
            self.expiries[key] = expiry

    async def _add_modules(self, owner: str, place: str, modules: object) -> None:
        if not isinstance(modules, list | None):
            self.problems.append(Problem(place, "ExtendedModuleLicenses is no list"))
            return
        async for number, module in in_turns(enumerate(modules or (), 1)):
            where = f"{place}, module {number}"
            current = field(module, "Current") if is_object(module) else None
            if not is_object(module):
                self.problems.append(Problem(where, why_no_object(module)))
            elif is_object(current):
                self._add_seats(owner, where, module, current)
            elif current is not None:
                self.problems.append(Problem(where, f"Current {why_no_object(current)}"))
            # Without Current it belongs to a licence that waits to be activated.

    def _add_seats(
        self, owner: str, where: str, module: Mapping[str, Any], licence: Mapping[str, Any]
    ) -> None:
        current = Fields(where, licence, self.problems)
        counts = Fields(where, module, self.problems)
        name = short_key(current.read("ModuleName", read_text, ""))
        if not name:
            current.note("has no ModuleName")
            return
        if current.read("IsHidden", read_flag, False) and not self._hidden:
            return
        try:
            unrestricted = current.need("Unrestricted", read_flag)
            limit = None if unrestricted else counts.need("NumberOfLicensesTotal", read_count)
        except ValueError as error:
            counts.note(str(error))
            return
        if limit is None and not unrestricted:
            counts.note(f"{name} says neither NumberOfLicensesTotal nor Unrestricted")
            return
        used = counts.read("NumberOfLicensesInUse", read_count, None)
        title = current.read("ModuleDescription", read_name, "")
        key = (owner.lower(), name.lower())
        if key in self._seats:
            counts.note(f"{name} is listed twice; the first is taken")
        self._seats.setdefault(key, Seats(owner, name, used, limit, title))


def _owner(entry: Mapping[str, Any]) -> str:
    """Whose licence an entry is, from wherever it says so."""
    for part in _parts_naming_owner(entry):
        name = field(part, "OwnerName")
        if isinstance(name, str) and name.strip():
            return short_key(name.strip())
    return ""


def _lacking(current: object) -> str:
    """What an entry with this `Current` lacks."""
    if is_object(current):
        return "names no owner"
    return "has no Current" if current is None else f"Current {why_no_object(current)}"


def _parts_naming_owner(entry: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    some = _modules(entry)[:MOST_NAMING_OWNER]
    parts = (entry, *(module for module in some if is_object(module)))
    for part in (field(p, side) for p in parts for side in ("Current", "New")):
        if is_object(part):
            yield part


def _is_near(expiries: Iterable[Expiry], now: Timestamp) -> bool:
    ends = (e.at for e in expiries if e.kind in ("licence", "grace") and e.at != NEVER)
    return any(abs(at - now) < NEAR for at in ends)

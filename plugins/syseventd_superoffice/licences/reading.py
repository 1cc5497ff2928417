"""Reads the list of all owners' licences, as an onsite installation gives it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from syseventd import NEVER, Malformed, Problem, Timestamp
from syseventd_superoffice.access import Document
from syseventd_superoffice.licences.licence import Licence, is_vendors
from syseventd_superoffice.licences.modules import ModuleReader
from syseventd_superoffice.licences.waiting import read_waiting
from syseventd_superoffice.values import (
    Fields,
    Problems,
    is_object,
    read_name,
    read_time,
    short_key,
    why_no_object,
)
from syseventd_superoffice.values import field as field_of

ALL = "every owner, with seats"
"""What this reader reads, in words for people."""

DATES = (
    ("licence", "ExpiryDate"),
    ("grace", "GraceDate"),
    ("maintenance", "MaintenanceDate"),
    ("admin_warning", "AdminWarningDate"),
)

MOST_OWNERS = 200
MOST_MODULES = 2_000
MOST_MODULES_IN_ALL = 20_000
"""Limits of one reply: owners, modules of one of them, modules of all."""

MOST_NAMING_OWNER = 20
"""Modules that are asked whose licence it is. In earnest each of them says so."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What was read of all licences. `unseen` are owners of whom no licence could be read.

    `data` says in words what kind of answer it was made of.
    """

    data: str
    licences: tuple[Licence, ...] = ()
    unseen: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
    complete: bool = True
    facts: Mapping[str, str] = field(default_factory=dict)


async def read_licences(document: Document, hidden: bool, spellings: Mapping[str, str]) -> Reply:
    """ExtendedLicenseInfo[] → licences. Raises Malformed where none at all can be read."""
    entries = document.value
    _check_size(entries, document.where)
    reading = Reading(hidden, spellings)
    for number, entry in enumerate(entries, 1):
        await reading.add(number, entry)
        await asyncio.sleep(0)
    reply = reading.reply(document.facts)
    if entries and not reply.unseen and not reply.licences:
        raise Malformed(document.where, f"no licence can be read; {reply.problems[0]}")
    return reply


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
    modules = field_of(entry, "ExtendedModuleLicenses") if is_object(entry) else None
    return modules if isinstance(modules, list) else ()


class Reading:
    """What was read so far of one reply. Owners compare case-insensitively.

    `spellings` are how owners were spelled before, by their names in small letters.
    """

    def __init__(self, hidden: bool, spellings: Mapping[str, str] | None = None) -> None:
        self._problems = Problems()
        self._modules = ModuleReader(hidden, self._problems)
        self._spellings = spellings or {}
        self._licences: dict[str, Licence] = {}
        self._unseen: set[str] = set()
        self._complete = True

    def reply(self, facts: Mapping[str, str] | None = None) -> Reply:
        """All of it, with what else is known. A list without any licence is not believed."""
        if not self._licences and not self._problems:
            self._problems.append(Problem("licences", "the list is empty"))
            self._complete = False
        licences = tuple(self._licences.values())
        return Reply(
            ALL,
            licences,
            frozenset(self._unseen),
            self._problems.told(),
            self._complete,
            {**company_facts(licences), **(facts or {})},
        )

    async def add(self, number: int, entry: object) -> None:
        """Reads the licence of one owner."""
        place = f"licence {number}"
        if not is_object(entry):
            self._lose("", Problem(place, why_no_object(entry)))
            return
        current = field_of(entry, "Current")
        owner = owner_of(entry)
        place = f"licence {number} ({owner})" if owner else place
        if not is_object(current) or not owner:
            self._lose(owner, Problem(place, _lacking(current)))
            return
        fields = Fields(place, current, self._problems)
        whole = Fields(place, entry, self._problems)
        dates, unseen = read_dates(whole, fields)
        listed = field_of(entry, "ExtendedModuleLicenses")
        new = field_of(entry, "New")
        modules = await self._modules.read(place, listed, is_object(new))
        read = Licence(
            self._spell(owner),
            fields.read("CompanyName", read_name, ""),
            fields.read("SerialNr", read_name, ""),
            dates,
            tuple(modules.found.values()),
            unseen=unseen,
            modules_unseen=not modules.whole,
            lost=frozenset(modules.lost),
            product=fields.read("ProductDescription", read_name, ""),
        )
        if is_object(new):
            new_fields = Fields(f"{place}, New", new, self._problems)
            read = replace(read, waiting=read_waiting(whole, new_fields, read, modules.altered))
        elif new is not None:
            self._problems.append(Problem(place, f"New {why_no_object(new)}"))
            read = replace(read, waiting_unseen=True)
        elif "New" not in whole:
            # As from the database: what waits stands in no table that is known.
            read = replace(read, waiting_unseen=True)
        self._keep(place, read)

    def _keep(self, place: str, read: Licence) -> None:
        first = self._licences.setdefault(read.owner.lower(), read)
        if first is not read:
            reason = "its owner is listed twice; the earlier dates are taken"
            self._problems.append(Problem(place, reason))
            self._licences[read.owner.lower()] = _merge(first, read)

    def _lose(self, owner: str, problem: Problem) -> None:
        """An entry that can't be read. What is known of its owner stays; if that is known."""
        self._problems.append(problem)
        if owner:
            self._unseen.add(self._spell(owner))
        else:
            self._complete = False

    def _spell(self, owner: str) -> str:
        """The owner as it was first spelled, in this reply or an earlier one."""
        known = self._licences.get(owner.lower())
        return known.owner if known else self._spellings.get(owner.lower(), owner)


def company_facts(licences: Iterable[Licence]) -> dict[str, str]:
    """Company, serial number and product, of the vendor's own licence where that is there."""
    facts: dict[str, str] = {}
    for licence in licences:
        if is_vendors(licence.owner) or not facts:
            told = {
                "company": licence.company,
                "serial": licence.serial,
                "subscription": licence.product,
            }
            facts = {name: text for name, text in told.items() if text}
    return facts


def read_dates(whole: Fields, current: Fields) -> tuple[dict[str, Timestamp], bool]:
    """The dates that are set, by the kinds of Expiry; and whether one could not be read."""
    dates: dict[str, Timestamp] = {}
    unseen = False
    sources = [(kind, current, name) for kind, name in DATES]
    checks = ((whole, "AccumulatedNextCheckDate"), (current, "NextCheckDate"))
    sources += [("next_check", fields, name) for fields, name in checks]
    for kind, fields, name in sources:
        try:
            at = fields.need(name, read_time)
        except ValueError as error:
            fields.note(str(error))
            unseen = True
            continue
        if at is not None:
            dates.setdefault(kind, at)
        elif kind == "licence" and name in fields:
            dates[kind] = NEVER
        elif kind == "licence":
            fields.note("ExpiryDate is missing; nobody knows whether it expires")
            unseen = True
    return dates, unseen


def owner_of(entry: Mapping[str, Any]) -> str:
    """Whose licence an entry is, from wherever it says so."""
    for part in _parts_naming_owner(entry):
        name = field_of(part, "OwnerName")
        if isinstance(name, str) and name.strip():
            return short_key(name.strip())
    return ""


def _lacking(current: object) -> str:
    """What an entry with this `Current` lacks."""
    if is_object(current):
        return "names no owner"
    return "has no Current" if current is None else f"Current {why_no_object(current)}"


def _parts_naming_owner(entry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    some = _modules(entry)[:MOST_NAMING_OWNER]
    parts = (entry, *(module for module in some if is_object(module)))
    for part in (field_of(p, side) for p in parts for side in ("Current", "New")):
        if is_object(part):
            yield part


def _merge(first: Licence, second: Licence) -> Licence:
    """One owner that is listed twice: the earlier dates, and the modules of both."""
    dates = {**second.dates, **first.dates}
    for kind, at in second.dates.items():
        dates[kind] = min(dates[kind], at)
    seen = {module.key for module in first.modules}
    return Licence(
        first.owner,
        first.company,
        first.serial,
        dates,
        (*first.modules, *(m for m in second.modules if m.key not in seen)),
        first.waiting or second.waiting,
        first.unseen or second.unseen,
        first.modules_unseen or second.modules_unseen,
        first.lost | second.lost,
        first.waiting_unseen or second.waiting_unseen,
        first.product or second.product,
    )

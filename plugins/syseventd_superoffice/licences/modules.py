"""Reads one owner's modules: what is in use and allowed, and what a waiting licence alters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from syseventd import Problem
from syseventd_superoffice.licences.licence import Altered, Module
from syseventd_superoffice.turns import in_turns
from syseventd_superoffice.values import (
    Fields,
    is_object,
    read_count,
    read_flag,
    read_name,
    read_text,
    short_key,
    why_no_object,
)
from syseventd_superoffice.values import field as field_of

SITE_LICENCES = frozenset({"sitelicense", "1"})
"""How the type of a licence that is the installation's is written: as a word or a number."""

TOTAL = "NumberOfLicensesTotal"
NEW_TOTAL = "NumberOfLicensesNewTotal"


@dataclass
class Modules:
    """What was read so far. `whole` False: there is one more, and nobody knows which."""

    found: dict[str, Module] = field(default_factory=dict)
    altered: list[Altered] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    whole: bool = True


class ModuleReader:
    """Reads ExtendedModuleLicense. Of hidden modules nothing is complained about unless shown."""

    def __init__(self, hidden: bool, problems: list[Problem]) -> None:
        self._hidden = hidden
        self._problems = problems

    async def read(self, place: str, modules: object, waiting: bool) -> Modules:
        """One owner's modules; `waiting` says that there is a licence that is not activated."""
        read = Modules(whole=isinstance(modules, list))
        if not isinstance(modules, list | None):
            self._problems.append(Problem(place, "ExtendedModuleLicenses is no list"))
            return read
        async for number, module in in_turns(enumerate(modules or (), 1)):
            where = f"{place}, module {number}"
            if not is_object(module):
                self._problems.append(Problem(where, why_no_object(module)))
                read.whole = False
                continue
            self._add_current(where, module, read)
            if waiting:
                self._add_altered(where, module, read)
        return read

    def _add_current(self, where: str, module: Mapping[str, Any], read: Modules) -> None:
        licence = field_of(module, "Current")
        if licence is None:
            return  # it belongs to the licence that waits
        if not is_object(licence):
            self._problems.append(Problem(where, f"Current {why_no_object(licence)}"))
            read.whole = False
            return
        current = Fields(where, licence, self._problems)
        name = _name(current)
        if not name:
            current.note("has no ModuleName")
            read.whole = False
            return
        hidden = current.read("IsHidden", read_flag, False)
        told = self._problems if self._hidden or not hidden else []
        counts = Fields(where, module, told)
        if name.lower() in read.found:
            counts.note(f"{name} is listed twice; the first is taken")
            return
        try:
            total = _limit(name, current, counts, TOTAL)
        except ValueError as error:
            counts.note(str(error))
            read.lost.add(name.lower())
            return
        read.lost.discard(name.lower())
        read.found[name.lower()] = Module(
            name,
            current.read("ModuleDescription", read_name, ""),
            counts.read("NumberOfLicensesInUse", read_count, None),
            total,
            site=is_site_licence(current),
            hidden=hidden,
        )

    def _add_altered(self, where: str, module: Mapping[str, Any], read: Modules) -> None:
        """Notes what the waiting licence changes of a module; nothing of what it leaves alone."""
        sides = [field_of(module, side) for side in ("New", "Current")]
        new, old = (Fields(where, s if is_object(s) else {}, self._problems) for s in sides)
        key = next((name for side in (new, old) if (name := _name(side))), "").lower()
        known = read.found.get(key)
        hidden = known.hidden if known else new.read("IsHidden", read_flag, False)
        if not key or key in read.lost or (hidden and not self._hidden):
            return
        counts = Fields(where, module, self._problems)
        try:
            if is_object(sides[0]):
                allowed = _limit(key, new, counts, NEW_TOTAL)
            else:
                allowed = counts.need(NEW_TOTAL, read_count) or 0
        except ValueError as error:
            counts.note(str(error))
            return
        before = known.total if known else 0
        if allowed == before:
            return
        title = new.read("ModuleDescription", read_name, "") or (known.title if known else "")
        used = known.used if known else counts.read("NumberOfLicensesInUse", read_count, None)
        read.altered.append(Altered(key, title or key, before, allowed, used))


def _name(module: Fields) -> str:
    return short_key(module.read("ModuleName", read_text, ""))


def is_site_licence(module: Fields) -> bool:
    """Whether a module is the installation's, so that no user takes a seat of it."""
    return module.read("LicenseType", read_text, "").lower() in SITE_LICENCES


def _limit(name: str, licence: Fields, counts: Fields, total: str) -> int | None:
    """A limit that is unknown must not look like none."""
    if licence.need("Unrestricted", read_flag):
        return None
    limit = counts.need(total, read_count)
    if limit is None:
        raise ValueError(f"{name} says neither {total} nor Unrestricted")
    return limit

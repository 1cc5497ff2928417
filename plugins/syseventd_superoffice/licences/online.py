"""Licences where the list of all owners is not offered, as online: dates, and what is granted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

from syseventd import NEVER, NotAvailable, ProbeEnded, Problem, Timestamp
from syseventd_superoffice.access import Access, Document
from syseventd_superoffice.licences.licence import VENDOR, Licence, Module, is_vendors
from syseventd_superoffice.licences.modules import is_site_licence
from syseventd_superoffice.licences.reading import MOST_MODULES, Reply, company_facts, read_dates
from syseventd_superoffice.turns import in_turns
from syseventd_superoffice.values import (
    Fields,
    Problems,
    field,
    is_object,
    read_flag,
    read_name,
    read_text,
    read_time,
    short_key,
    why_no_object,
)

DATES = "dates of the installation, without seats"
GRANTED = "what is granted to {user}, without seats"
"""What was read, in words for people."""


async def read_replacements(access: Access, refusal: NotAvailable) -> Reply:
    """The dates of the installation's licence, and the modules that our own user was granted.

    Raises `refusal` where neither is offered, and what failed where nothing answered.
    """
    asked = (access.licence_status(), access.principal())
    status, principal = await asyncio.gather(*(_answer(question) for question in asked))
    if not isinstance(status, Document) and not isinstance(principal, Document):
        failed = next((e for e in (status, principal) if not isinstance(e, NotAvailable)), refusal)
        raise failed
    return await _Replacements(access.user).read(status, principal)


async def _answer(question: Awaitable[Document]) -> Document | ProbeEnded:
    try:
        return await question
    except ProbeEnded as error:
        return error


class _Replacements:
    """Reads both answers into licences, by the owners' names in small letters."""

    def __init__(self, user: str) -> None:
        self._user = user
        self._problems = Problems()
        self._licences: dict[str, Licence] = {}
        self._modules: dict[str, dict[str, Module]] = {}
        self._ends: dict[str, list[Timestamp]] = {}
        self._granted: list[str] = []
        self._complete = True

    async def read(self, status: Document | ProbeEnded, granted: Document | ProbeEnded) -> Reply:
        facts: dict[str, str] = {}
        if isinstance(granted, Document):
            await self._read_granted(granted)
            facts |= granted.facts
        elif not isinstance(granted, NotAvailable):
            self._lose_granted(Problem("licences", str(granted)))
        if isinstance(status, Document):
            self._read_status(status)
            facts |= status.facts
        elif not isinstance(status, NotAvailable):
            self._lose_status(Problem("licences", str(status)))
        licences = tuple(self._licences.values())
        names = read_name(", ".join(sorted(self._granted, key=str.lower)))
        told = {**company_facts(licences), "licences granted": names}
        answers = ((DATES, status), (GRANTED.format(user=self._user), granted))
        return Reply(
            "; ".join(words for words, one in answers if not isinstance(one, NotAvailable)),
            licences,
            problems=self._problems.told(),
            complete=self._complete,
            facts={**{name: text for name, text in told.items() if text}, **facts},
        )

    def _read_status(self, document: Document) -> None:
        """UserAndInstallationLicenceStatus → the dates of the vendor's own licence."""
        if not is_object(document.value):
            self._lose_status(Problem(document.where, why_no_object(document.value)))
            return
        fields = Fields(document.where, document.value, self._problems)
        dates, unseen = read_dates(fields, fields)
        company = fields.read("CompanyName", read_name, "")
        serial = fields.read("SerialNr", read_name, "")
        if not (company or serial) and set(dates.values()) <= {NEVER}:
            self._lose_status(Problem(document.where, "tells nothing of any licence"))
            return
        known = self._vendors()
        self._licences[known.owner.lower()] = replace(
            known, company=company, serial=serial, dates=dates, unseen=unseen
        )

    def _lose_granted(self, problem: Problem) -> None:
        """What is not read may be of any owner."""
        self._problems.append(problem)
        self._complete = False

    def _lose_status(self, problem: Problem) -> None:
        """What is granted does not tell all dates of the vendor's own licence: those known stay."""
        self._problems.append(problem)
        self._complete = False
        self._licences.pop(self._vendors().owner.lower(), None)

    def _vendors(self) -> Licence:
        """The vendor's own licence, as far as it is known from what is granted."""
        ours = (one for one in self._licences.values() if is_vendors(one.owner))
        return next(ours, Licence(VENDOR, modules_unseen=True))

    async def _read_granted(self, document: Document) -> None:
        """SoPrincipalCarrier → one licence an owner, with the modules of the installation.

        Modules of users are only told where they are ours: they make facts and no licence.
        """
        listed = field(document.value, "Licenses") if is_object(document.value) else None
        if not isinstance(listed, list):
            self._lose_granted(Problem(document.where, "Licenses is no list"))
            return
        if len(listed) > MOST_MODULES:
            reason = f"Licenses has more than {MOST_MODULES:,} modules"
            self._lose_granted(Problem(document.where, reason))
        async for number, grant in in_turns(enumerate(listed[:MOST_MODULES], 1)):
            self._add_grant(f"{document.where}, module {number}", grant)
        self._finish()

    def _add_grant(self, where: str, grant: object) -> None:
        fields = Fields(where, grant if is_object(grant) else {}, self._problems)
        owner = short_key(fields.read("OwnerName", read_text, ""))
        name = short_key(fields.read("Name", read_text, ""))
        if not owner or not name:
            self._lose_granted(Problem(where, f"names no {'module' if owner else 'owner'}"))
            return
        key = owner.lower()
        licence = self._licences.setdefault(key, Licence(owner))
        title = fields.read("Description", read_name, "")
        hidden = fields.read("IsHidden", read_flag, False)
        if not hidden:
            self._granted.append(title or name)
        try:
            end = fields.need("ExpiryDate", read_time)
        except ValueError as error:
            fields.note(str(error))
            self._licences[key] = replace(licence, unseen=True)
        else:
            self._ends.setdefault(key, []).append(NEVER if end is None else end)
        if is_site_licence(fields):
            module = Module(name, title, site=True, hidden=hidden, counted=False)
            self._modules.setdefault(key, {}).setdefault(module.key, module)

    def _finish(self) -> None:
        """A licence ends when the first of its modules does."""
        for key, licence in self._licences.items():
            ends = self._ends.get(key)
            self._licences[key] = replace(
                licence,
                dates={"licence": min(ends)} if ends else {},
                modules=tuple(self._modules.get(key, {}).values()),
                modules_unseen=not self._complete,
            )

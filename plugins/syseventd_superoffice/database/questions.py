"""The questions to an installation, answered by its database in the WebAPI's names and shapes.

What no table tells is missing in the answers, as if the WebAPI had left it out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import Any, TypeVar

from sqlalchemy import Select

from syseventd import NotAvailable, Timestamp
from syseventd_superoffice.access import Document, Listing
from syseventd_superoffice.database import statements
from syseventd_superoffice.database.engine import open_engine
from syseventd_superoffice.database.licences import extended_licences, licence_status
from syseventd_superoffice.database.products import PRODUCTS
from syseventd_superoffice.database.reading import Reader, Row
from syseventd_superoffice.database.settings import DatabaseSettings
from syseventd_superoffice.database.tables import freetextindex, freetextwords
from syseventd_superoffice.database.usage import count_usage
from syseventd_superoffice.database.zones import WRITE_IT, read_base_zone
from syseventd_superoffice.time_zones import zone_of

Answer = TypeVar("Answer", Listing, Document)

AskZone = Callable[[], Awaitable[Document]]
"""Asks another way in for the base time zone: TimeZoneData. Raises ProbeEnded."""

SIMULATED = "(simulated)"
"""What the serial number of a simulated installation holds; a real one is of digits."""


class Database:
    """Asks one installation through its database. Nothing is ever written."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._product = PRODUCTS[reader.engine.dialect.name]
        self._last: dict[str, Listing | Document] = {}
        self._facts: dict[str, str] | None = None

    @classmethod
    def of(cls, settings: DatabaseSettings, ask_zone: AskZone | None = None) -> Database:
        """The database that the settings describe.

        `ask_zone` asks the WebAPI, where it is there too, for the base time zone: once, when
        that is first needed, and only if `base_timezone` is left out.
        """
        return cls(Reader(settings, open_engine(settings), _zone(settings, ask_zone)))

    @property
    def user(self) -> str:
        return self._reader.user

    async def system_events(self) -> Listing:
        rows = await self._reader.first_allowed(statements.SYSTEM_EVENTS)
        rows = [_with_full_name(row) for row in rows]
        return await self._listing("system_events", statements.SYSTEM_EVENTS[-1], rows)

    async def is_event_active(self, key: str) -> bool:
        return await self._reader.value(statements.IS_EVENT_ACTIVE, {"key": key}) is not None

    async def system_messages(self) -> Document:
        rows = await self._reader.rows(statements.SYSTEM_MESSAGES)
        return await self._document("system_messages", statements.SYSTEM_MESSAGES, rows)

    async def batch_tasks(self) -> Listing:
        rows = await self._reader.first_allowed(statements.BATCH_TASKS)
        return await self._listing("batch_tasks", statements.BATCH_TASKS[-1], rows)

    async def portraits(self, person_ids: Sequence[int]) -> Document:
        raise NotAvailable("the database keeps portraits in no form that is known")

    async def saint_configurations(self) -> Document:
        rows = await self._reader.rows(statements.SAINT_CONFIGURATIONS)
        return await self._document("saint_configurations", statements.SAINT_CONFIGURATIONS, rows)

    async def status_monitors(self) -> Document:
        monitors = await self._reader.rows(statements.STATUS_MONITORS)
        texts = await self._reader.rows_if_allowed(statements.MONITOR_NAMES) or []
        names: dict[object, object] = {}
        for text in texts:
            names.setdefault(text["id"], text["Name"])
        for monitor in monitors:
            if monitor["StatusMonitorId"] in names:
                monitor["Name"] = names[monitor["StatusMonitorId"]]
        return await self._document("status_monitors", statements.STATUS_MONITORS, monitors)

    async def freetext_status(self) -> Document:
        """How many words the index has. Whether it is enabled, and since when, no table tells."""
        reader, rows_of = self._reader, self._product.rows
        words = await reader.value(rows_of(freetextwords, reader.schema))
        if words is None:
            raise NotAvailable(f"the user {self.user} may not see how many words are indexed")
        try:
            found = await reader.value(rows_of(freetextindex, reader.schema))
        except NotAvailable:
            found = None
        status = {"FreeTextEnabled": None, "CountWords": words, "Occurrences": found}
        return await self._same("freetext_status", Document(status, reader.where))

    async def licences(self) -> Document:
        reader = self._reader
        owners = await reader.rows(statements.LICENCE_OWNERS)
        modules = await reader.rows(statements.MODULES)
        by_users = await reader.rows(statements.USED_BY_USERS)
        by_satellites = await reader.rows_if_allowed(statements.USED_BY_SATELLITES)
        entries = extended_licences(
            await self._company(),
            owners,
            modules,
            _counts(by_users),
            None if by_satellites is None else _counts(by_satellites),
        )
        return await self._document("licences", statements.LICENCE_OWNERS, entries)

    async def licence_status(self) -> Document:
        owners = await self._reader.rows(statements.LICENCE_OWNERS)
        status = licence_status(await self._company(), owners)
        if status is None:
            raise NotAvailable("the database holds no licence of SuperOffice's own")
        return await self._document("licence_status", statements.LICENCE_OWNERS, status)

    async def plan_limit(self) -> Document:
        raise NotAvailable("the database does not tell the limits of a plan")

    async def licence_server_status(self, owner: str) -> Document:
        raise NotAvailable("the database does not tell what the licence server has")

    async def principal(self) -> Document:
        """Whom the database takes us for."""
        if self._product.login is None:
            raise NotAvailable("a file knows no login")
        login = await self._reader.value(self._product.login)
        return await self._same("principal", Document({"UserName": login}, self._reader.where))

    async def versions(self) -> Document:
        raise NotAvailable("the database does not tell which NetServer answers at /api")

    async def base_time_zone(self) -> Document:
        raise NotAvailable("the database does not tell in which time zone it keeps its dates")

    async def upgrade_steps(self) -> Document:
        raise NotAvailable("the database does not tell the steps that NetServer's code knows")

    async def database(self) -> Document:
        told = await self._reader.value(statements.slow(self._product.version))
        answer: dict[str, Any] = {"databaseType": self._product.name(told)}
        for name, statement in (
            ("company", statements.COMPANY),
            ("travelcurrent", statements.TRAVEL_CURRENT),
        ):
            rows = await self._reader.rows_if_allowed(statement)
            if rows:
                answer[name] = rows[0]
        for name, statement in (
            ("satellite", statements.SATELLITES),
            ("productversion", statements.PRODUCT_VERSIONS),
        ):
            rows = await self._reader.rows_if_allowed(statement)
            if rows is not None:
                answer[name] = rows
        return await self._same("database", Document(answer, self._reader.where))

    async def server_processes(self) -> Listing:
        return await self._list("server_processes", statements.SERVER_PROCESSES)

    async def prototypes(self) -> Listing:
        return await self._list("prototypes", statements.PROTOTYPES)

    async def schedules(self) -> Listing:
        return await self._list("schedules", statements.SCHEDULES)

    async def usage(self, since: Timestamp, until: Timestamp) -> Document:
        counts = await count_usage(self._reader, self._product, since, until)
        return await self._same("usage", Document(counts, self._reader.where))

    async def tenant(self) -> Document:
        raise NotAvailable("an installation onsite is no tenant")

    async def aclose(self) -> None:
        await self._reader.aclose()

    async def _company(self) -> Row:
        rows = await self._reader.rows_if_allowed(statements.COMPANY)
        return rows[0] if rows else {}

    async def _list(self, name: str, statement: Select[Any]) -> Listing:
        return await self._listing(name, statement, await self._reader.rows(statement))

    async def _listing(self, name: str, statement: Select[Any], rows: list[Row]) -> Listing:
        return await self._same(name, Listing(tuple(rows), where=self._reader.place(statement)))

    async def _document(self, name: str, statement: Select[Any], value: Any) -> Document:
        return await self._same(name, Document(value, self._reader.place(statement)))

    async def _same(self, name: str, answer: Answer) -> Answer:
        """The answer; the very object that was given before, while nothing changed."""
        if self._facts is None:
            serial = (await self._company()).get("serialNo")
            simulated = isinstance(serial, str) and SIMULATED in serial
            self._facts = {"simulated": "yes"} if simulated else {}
        answer = replace(answer, facts=self._facts)
        known = self._last.get(name)
        if isinstance(known, type(answer)) and known == answer:
            return known
        self._last[name] = answer
        return answer


def _zone(settings: DatabaseSettings, ask: AskZone | None) -> Callable[[], Awaitable[tzinfo]]:
    async def find() -> tzinfo:
        if settings.base_timezone is not None:
            return zone_of(settings.base_timezone)
        if ask is None:
            raise NotAvailable(f"nobody knows in which time zone the dates are kept; {WRITE_IT}")
        return read_base_zone(await ask())

    return find


def _with_full_name(row: Row) -> Row:
    """A person's names as one text too, as the archive has them."""
    by = statements.BY
    parts = (row.get(f"{by}{part}Name") for part in ("first", "middle", "last"))
    name = " ".join(part.strip() for part in parts if isinstance(part, str) and part.strip())
    return {**row, f"{by}fullName": name} if name else row


def _counts(rows: list[Row]) -> dict[int, int]:
    return {row["id"]: row["in_use"] for row in rows}

"""What the WebAPI is asked for each question: addresses, columns and bodies."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from syseventd import NotAvailable, ProbeFailed, Timestamp
from syseventd_superoffice.access import Document, Listing
from syseventd_superoffice.settings import SuperOfficeSettings
from syseventd_superoffice.values import field, is_object, read_count
from syseventd_superoffice.webapi.answers import Answers
from syseventd_superoffice.webapi.client import Client, connect
from syseventd_superoffice.webapi.endpoint import Tenant
from syseventd_superoffice.webapi.odata import ODataList
from syseventd_superoffice.webapi.resource import Resource

AGENTS = "/api/v1/Agents/"

SYSTEM_EVENTS = (
    "SystemEvent_id",
    "scope",
    "type",
    "owner",
    "eventkey",
    "eventname",
    "status",
    "eventmess",
    "extrainfo",
    "eta",
    "registered",
    "updatedCount",
    "registered_associate_id/associateDbId",
    "registered_associate_id/assocName",
    "registered_associate_id/fullName",
    "registered_associate_id/personId",
)

BATCH_TASKS = (
    "DefinitionName",
    "DefinitionDescription",
    "DefinitionTimeOut",
    "Description",
    "DbTag",
    "State",
    "Response",
    "StartCount",
    "LastStarted",
    "ProgressPercent",
    "ProgressDescription",
    "updatedDate",
    "registeredBy",
    "registeredDate",
)

MONITOR_TYPES = ("contact", "person", "project")

PORTRAIT = 48
"""Width and height in pixels in which portraits are asked for."""

ASK_WHO_AGAIN = 86400.0
"""Seconds until an installation that has no answer to who we are is asked that again."""

LIST = TypeAdapter(list[Any])
OBJECT = TypeAdapter(dict[str, Any])
FLAG = TypeAdapter(bool)


class WebApi:
    """Asks one installation through its WebAPI. Everything read only.

    Sources that ask the same at a time, or within a moment, share one answer.
    """

    def __init__(self, client: Client, monitor_types: tuple[str, ...] = MONITOR_TYPES) -> None:
        self._client = client
        self._monitor_types = tuple(dict.fromkeys(monitor_types))
        self._answers = Answers(client)
        self._licences_by_agent = False
        self._associate_id: int | None = None
        self._ask_who_from = 0.0
        self._system_events = ODataList(
            client, "/api/v1/SystemEvent", SYSTEM_EVENTS, order_by="SystemEvent_id"
        )
        # This archive has all tasks, the system's too; it can't be sorted by its primary key.
        # What a later row was registered at is never before what an earlier one was.
        self._batch_tasks = ODataList(
            client, "/api/v1/BatchTask", BATCH_TASKS, order_by="registeredDate"
        )

    @classmethod
    def of(cls, settings: SuperOfficeSettings) -> WebApi:
        """The WebAPI that the settings of a target describe."""
        return cls(connect(settings), settings.status_monitor_types)

    @property
    def user(self) -> str:
        return self._client.user

    async def system_events(self) -> Listing:
        return await self._answers.once("system_events", self._system_events.read)

    async def is_event_active(self, key: str) -> bool:
        document = await self._call("Configuration/ExistsSystemEvent", FLAG, {"Key": key})
        return bool(document.value)

    async def system_messages(self) -> Document:
        body = {"AssociateId": await self._associate()}
        return await self._call("Diagnostics/GetSystemMessages", LIST, body)

    async def batch_tasks(self) -> Listing:
        return await self._answers.once("batch_tasks", self._batch_tasks.read)

    async def portraits(self, person_ids: Sequence[int]) -> Document:
        size = {"ScaledWidth": PORTRAIT, "ScaledHeight": PORTRAIT}
        body = json.dumps({"PersonIds": list(person_ids), **size}).encode()
        path = f"{AGENTS}Person/GetPersonImages"
        resource = Resource(self._client, path, LIST, "POST", body)
        return Document(await resource.read(), resource.where, resource.facts)

    async def saint_configurations(self) -> Document:
        return await self._call("Saint/GetSaintConfigurations", LIST)

    async def status_monitors(self) -> Document:
        """Those of each type that is configured. Each says its own as `Type`, which is ours."""
        parts = [await self._status_monitors(name) for name in self._monitor_types]

        def join(lists: list[list[Any]]) -> object:
            typed = zip(self._monitor_types, lists, strict=True)
            return [_with_type(row, name) for name, rows in typed for row in rows]

        return self._answers.join(parts, join)

    async def freetext_status(self) -> Document:
        return await self._call("FreeText/GetStatus", OBJECT)

    async def licences(self) -> Document:
        """From the resource, which is onsite only; else from the agent, which is everywhere."""
        if not self._licences_by_agent and not isinstance(self._client.endpoint, Tenant):
            try:
                return await self._get("/api/v1/License", LIST)
            except NotAvailable:
                pass
        document = await self._call("License/GetLicenseForAllOwnersFromDB", LIST)
        self._licences_by_agent = True
        return document

    async def licence_status(self) -> Document:
        body = {"AssociateId": await self._associate()}
        return await self._call("License/GetUserAndInstallationLicenceStatus", OBJECT, body)

    async def plan_limit(self) -> Document:
        return await self._call("License/GetFencingInfo", OBJECT)

    async def licence_server_status(self, owner: str) -> Document:
        body = {"OwnerName": owner}
        return await self._call("License/GetLicenseStatusFromLicenseServer", OBJECT, body)

    async def principal(self) -> Document:
        return await self._get("/api/v1/User/currentPrincipal", OBJECT)

    async def versions(self) -> Document:
        return await self._get("/api", OBJECT, with_login=False)

    async def upgrade_steps(self) -> Document:
        code = await self._call("Database/GetStepsFromNetServerCode", LIST)
        database = await self._call("Database/GetStepsInDatabase", LIST)

        def join(values: list[Any]) -> object:
            return {"code": values[0], "database": values[1]}

        return self._answers.join([code, database], join)

    async def base_time_zone(self) -> Document:
        return await self._get("/api/v1/TimeZone/base", OBJECT)

    async def database(self) -> Document:
        raise NotAvailable("the WebAPI does not describe the database")

    async def server_processes(self) -> Listing:
        raise NotAvailable("the WebAPI does not list NetServer's processes")

    async def prototypes(self) -> Listing:
        raise NotAvailable("the WebAPI does not list Travel's prototypes")

    async def schedules(self) -> Listing:
        raise NotAvailable("the WebAPI does not list Service's schedule")

    async def usage(self, since: Timestamp, until: Timestamp) -> Document:
        raise NotAvailable("the WebAPI does not count the metered services")

    async def tenant(self) -> Document:
        tenant = self._client.endpoint
        if not isinstance(tenant, Tenant):
            raise NotAvailable("an installation onsite is no tenant")
        state = await tenant.state()
        return Document(state.told, tenant.where, state.facts)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _status_monitors(self, name: str) -> Document:
        try:
            return await self._call("Saint/GetStatusMonitors", LIST, {"Id": 0, "Type": name})
        except ProbeFailed as error:
            hint = f'for the type "{name}"; see `status_monitor_types`'
            raise ProbeFailed(error.where, f"{error.reason} ({hint})") from None

    async def _associate(self) -> int:
        """Whose messages and licences are asked for: ours, or 0 where nobody says who we are."""
        if self._associate_id is None and time.monotonic() >= self._ask_who_from:
            try:
                principal = await self.principal()
                told = read_count(field(principal.value, "AssociateId")) or 0
            except NotAvailable:
                self._ask_who_from = time.monotonic() + ASK_WHO_AGAIN
            except ValueError:
                return 0
            else:
                self._associate_id = told if told < 2**31 else 0
        return self._associate_id or 0

    async def _get(self, path: str, shape: TypeAdapter[Any], with_login: bool = True) -> Document:
        return await self._answers.read((path, None), shape, with_login=with_login)

    async def _call(
        self, name: str, shape: TypeAdapter[Any], body: Mapping[str, object] | None = None
    ) -> Document:
        """What an agent's method returns. Without parameters its body is empty."""
        raw = b"" if body is None else json.dumps(body).encode()
        return await self._answers.read((AGENTS + name, raw), shape, "POST")


def _with_type(row: object, name: str) -> object:
    """A status monitor that says whose it is: replies name a table's number alone."""
    return {**row, "Type": name} if is_object(row) else row

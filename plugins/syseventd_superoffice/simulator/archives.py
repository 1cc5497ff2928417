"""The archives that the simulated installation has, with their columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from syseventd_superoffice.simulator.archive import Archive
from syseventd_superoffice.simulator.licensing import COMPANY
from syseventd_superoffice.simulator.reading import Reading
from syseventd_superoffice.simulator.vocabulary import LicenceType, Scope, Text
from syseventd_superoffice.simulator.world import (
    BatchTask,
    Licence,
    Module,
    Person,
    State,
    SystemEvent,
)

WHOLE_SYSTEM: Text = {"en": "Whole system (simulated)", "sv": "Hela systemet (simulerat)"}
PART: Text = {"en": "Part of the system (simulated)", "sv": "Del av systemet (simulerat)"}


def _type(event: SystemEvent) -> Text:
    return WHOLE_SYSTEM if event.scope is Scope.SystemWide else PART


EVENT_COLUMNS: Mapping[str, Callable[[SystemEvent, Reading], object]] = {
    "SystemEvent_id": lambda event, _: event.id,
    "scope": lambda event, _: int(event.scope),
    "type": lambda event, reading: reading.say(_type(event)),
    "owner": lambda event, _: event.owner,
    "eventkey": lambda event, _: event.key,
    "eventname": lambda event, reading: reading.say(event.name),
    "status": lambda event, reading: reading.say(event.status),
    "eventmess": lambda event, reading: reading.say(event.message),
    "extrainfo": lambda event, _: event.extra_info,
    "eta": lambda event, reading: reading.date(event.eta),
    "registered": lambda event, reading: reading.utc(event.registered),
    "updatedCount": lambda event, _: event.updated_count,
}

BY = "registered_associate_id/"

PERSON_COLUMNS: Mapping[str, Callable[[Person], object]] = {
    "firstName": lambda person: person.first_name,
    "lastName": lambda person: person.last_name,
    "middleName": lambda _: "",
    "fullName": lambda person: person.full_name,
    "contactId": lambda _: 1,
    "personId": lambda person: person.id,
    "mrMrs": lambda _: "",
    "title": lambda _: "",
    "associateDbId": lambda person: person.id,
    "contactName": lambda _: COMPANY,
    "contactDepartment": lambda _: "",
    "usergroup": lambda _: "Everybody (simulated)",
    "usergroupId": lambda _: 1,
    "contactFullName": lambda _: COMPANY,
    "contactCategory": lambda _: "",
    "role": lambda _: "Administrator (simulated)",
    "assocName": lambda person: person.initials,
    "assocTooltip": lambda person: person.full_name,
    "assocType": lambda person: person.type.name,
    "ejUserId": lambda _: 0,
    "simultaneousEjUser": lambda _: False,
    "ejDisplayName": lambda _: "",
    "ejStatus": lambda _: 0,
    "credentialType": lambda _: "",
    "credentialDisplayValue": lambda _: "",
    "isActive": lambda person: not person.deleted,
    "isActiveText": lambda _: "",
    "portraitThumbnail": lambda _: None,
    "otherGroups": lambda _: "",
    "userName": lambda person: person.user_name,
    "personEmail": lambda person: person.user_name,
    "locationAddress": lambda _: "",
    "isLocation": lambda _: False,
}
"""The columns about whom an event was activated by. Their names stand behind `BY`."""


def _of_activator(read: Callable[[Person], object]) -> Callable[[SystemEvent, Reading], object]:
    return lambda event, _: read(event.by)


SYSTEM_EVENTS = Archive[SystemEvent](
    name="SystemEvents",
    entity=lambda _: "systemevent",
    key=lambda event: event.id,
    columns={
        **EVENT_COLUMNS,
        **{BY + name: _of_activator(read) for name, read in PERSON_COLUMNS.items()},
    },
    shown=tuple(EVENT_COLUMNS),
    not_sortable=frozenset(
        BY + name
        for name in (
            "contactId",
            "personId",
            "assocTooltip",
            "ejUserId",
            "simultaneousEjUser",
            "ejStatus",
            "portraitThumbnail",
        )
    ),
)


def _name(person: Person | None) -> str:
    return "" if person is None else person.initials


TASK_COLUMNS: Mapping[str, Callable[[BatchTask, Reading], object]] = {
    "DefinitionId": lambda task, _: task.definition.id,
    "DefinitionName": lambda task, _: task.definition.name,
    "DefinitionDescription": lambda task, reading: reading.say(task.definition.description),
    "DefinitionTimeOut": lambda task, _: task.definition.timeout,
    "Description": lambda task, reading: reading.say(task.description),
    "DbTag": lambda _, __: "CRM7 (simulated)",
    "State": lambda task, _: int(task.state),
    "DetailsTable": lambda _, __: 0,
    "DetailsRecord": lambda _, __: 0,
    "Request": lambda task, _: task.request,
    "Response": lambda task, reading: reading.say(task.response),
    "StartCount": lambda task, _: task.start_count,
    "LastStarted": lambda task, reading: reading.date(task.last_started),
    "ProgressPercent": lambda task, _: task.progress_percent,
    "ProgressDescription": lambda task, reading: reading.say(task.progress_description),
    "updatedBy": lambda task, _: _name(task.by),
    "updatedDate": lambda task, reading: reading.utc(task.updated),
    "registeredBy": lambda task, _: _name(task.by),
    "registeredDate": lambda task, reading: reading.utc(task.registered),
}

BATCH_TASKS = Archive[BatchTask](
    name="BatchTasks",
    entity=lambda _: "batchtask",
    key=lambda task: task.id,
    columns=TASK_COLUMNS,
    shown=tuple(TASK_COLUMNS),
)


@dataclass(frozen=True, slots=True)
class ModuleRow:
    """One module of one owner's licence."""

    id: int
    licence: Licence
    module: Module


ENTITIES = {
    LicenceType.SiteLicense: "siteLicense",
    LicenceType.SatelliteLicense: "systemLicense",
    LicenceType.UserLicense: "userLicense",
}

MODULE_COLUMNS: Mapping[str, Callable[[ModuleRow, Reading], object]] = {
    "moduleLicenseId": lambda row, _: row.id,
    "moduleName": lambda row, _: row.module.name,
    "moduleDesc": lambda row, _: row.module.description,
    "licenseType": lambda row, _: int(row.module.type),
    "licenseNumber": lambda row, _: row.module.seats,
    "allowedAssocs": lambda _, __: 1,
    "extraFlags": lambda _, __: 0,
    "graceTo": lambda row, reading: reading.day(row.licence.grace),
    "maintenanceTo": lambda row, reading: reading.day(row.licence.maintenance),
}

MODULE_LICENCES = Archive[ModuleRow](
    name="ModuleLicense",
    entity=lambda row: ENTITIES[row.module.type],
    key=lambda row: row.id,
    columns=MODULE_COLUMNS,
    shown=tuple(MODULE_COLUMNS),
)


def _module_rows(state: State) -> Iterable[ModuleRow]:
    modules = ((h.current, module) for h in state.holdings for module in h.current.modules)
    return (ModuleRow(number, *found) for number, found in enumerate(modules, 1))


ROWS: Mapping[str, tuple[Archive[Any], Callable[[State], Iterable[Any]]]] = {
    "systemevents": (SYSTEM_EVENTS, lambda state: state.events),
    "batchtasks": (BATCH_TASKS, lambda state: state.tasks),
    "modulelicense": (MODULE_LICENCES, _module_rows),
}
"""Each archive by its name in lower case, and where its rows are in the story."""

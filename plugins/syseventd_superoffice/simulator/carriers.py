"""The vendor's JSON objects for one system event and for the licences, filled from the story."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from syseventd_superoffice.simulator.archive import Reading
from syseventd_superoffice.simulator.dates import NO_DATE
from syseventd_superoffice.simulator.story import COMPANY
from syseventd_superoffice.simulator.world import Licence, Module, Person, SystemEvent

Day: TypeAlias = Callable[[int | None], str]
"""Writes a date that is given in days after the story's first day; None is no date."""

InUse: TypeAlias = Mapping[tuple[str, str], int]

FULL_RIGHTS = {"Mask": "FULL", "Reason": ""}
NO_SIGNATURE = "(simulated)"
NO_BYTES = base64.b64encode(b"(simulated)").decode("ascii")


def system_event(event: SystemEvent, reading: Reading, links: Mapping[str, str]) -> dict[str, Any]:
    """SystemEventEntity, with its links."""
    return {
        "SystemEventId": event.id,
        "Scope": event.scope.name,
        "Eta": reading.date(event.eta),
        "Eventkey": event.key,
        "Eventmess": event.message[reading.language],
        "ExtraInfo": 0,
        "Owner": event.owner,
        "UpdatedCount": event.updated_count,
        "Registered": reading.utc(event.registered),
        "ActivatedBy": _associate(event.by),
        "TableRight": FULL_RIGHTS,
        "FieldProperties": {},
        "_Links": links,
    }


def _associate(person: Person) -> dict[str, Any]:
    return {
        "AssociateId": person.id,
        "Name": person.initials,
        "PersonId": person.id,
        "Rank": 1,
        "Tooltip": person.full_name,
        "Type": "InternalAssociate",
        "GroupIdx": 1,
        "FullName": person.full_name,
        "FormalName": person.full_name,
        "Deleted": False,
        "EjUserId": 0,
        "UserName": person.user_name,
        "ExtraFields": {},
        "CustomFields": {},
        "TableRight": FULL_RIGHTS,
        "FieldProperties": {},
    }


def extended_licence(licence: Licence, in_use: InUse, day: Day) -> dict[str, Any]:
    """ExtendedLicenseInfo: the licence that holds. No other one is waiting."""
    return {
        "Reason": "",
        "CanBeActivated": False,
        "New": None,
        "Current": _licence(licence, day),
        "ExtendedModuleLicenses": [
            _extended_module(licence.owner, module, in_use[licence.owner, module.name])
            for module in licence.modules
        ],
        "AccumulatedNextCheckDate": day(licence.next_check),
    }


def _licence(licence: Licence, day: Day) -> dict[str, Any]:
    return {
        "CompanyName": COMPANY,
        "SerialNr": licence.serial,
        "OwnerName": licence.owner,
        "OwnerDescription": licence.description,
        "NextCheckDate": _nullable(licence.next_check, day),
        "MaintenanceDate": day(licence.maintenance),
        "AdminWarningDate": _nullable(licence.admin_warning, day),
        "ExpiryDate": day(licence.expires),
        "GraceDate": day(licence.grace),
        "ExtraFlags": 0,
        "ExtraInfo": None,
        "LicenseUrl": "https://licence.example/simulated",
        "LicenseVersion": licence.version,
        "DeploymentType": 1,
        "ProductType": None,
        "ProductDescription": None,
        "ModuleLicenses": [_module(licence.owner, module) for module in licence.modules],
        "PublicKey": _public_key(licence.owner, day),
        "Signature": NO_SIGNATURE,
    }


def _nullable(days: int | None, day: Day) -> str | None:
    """A date whose column may be empty: then null, where others have their least date."""
    return None if days is None else day(days)


def _public_key(owner: str, day: Day) -> dict[str, Any]:
    """A key of no use, in the vendor's shape."""
    return {
        "OwnerName": owner,
        "SignDate": day(-353),
        "ExpiryDate": NO_DATE,
        "Key": {**dict.fromkeys(("P", "Q", "G", "Y", "J", "Seed"), NO_BYTES), "Counter": 0},
        "Signature": NO_SIGNATURE,
    }


def _module(owner: str, module: Module) -> dict[str, Any]:
    return {
        "OwnerName": owner,
        "ModuleName": module.name,
        "ModuleDescription": module.description,
        "ModuleTooltip": module.description,
        "ModuleVersion": None,
        "LicenseType": module.kind,
        "Unrestricted": module.unrestricted,
        "AllowedUserType": "InternalAssociate",
        "NumberOfLicenses": module.seats,
        "ExtraFlags": 0,
        "ExtraInfo": None,
        "SortOrder": None,
        "IsHidden": module.hidden,
        "PrerequisiteModuleName": module.prerequisite,
        "Signature": NO_SIGNATURE,
    }


def _extended_module(owner: str, module: Module, in_use: int) -> dict[str, Any]:
    return {
        "New": None,
        "Current": _module(owner, module),
        "NumberOfLicensesInUse": in_use,
        "NumberOfLicensesFree": max(0, module.seats - in_use),
        "NumberOfLicensesAdded": 0,
        "NumberOfLicensesNewTotal": 0,
        "NumberOfLicensesNewFree": 0,
        "NumberOfLicensesTotal": module.seats,
    }

"""Who somebody is: the user that is logged in, and portraits."""

from __future__ import annotations

import base64
import struct
import zlib
from functools import lru_cache
from typing import Any

from syseventd_superoffice.simulator.carriers import with_rights
from syseventd_superoffice.simulator.reading import Reading
from syseventd_superoffice.simulator.world import Licence, Module, Person, State


def principal(person: Person, state: State, reading: Reading) -> dict[str, Any]:
    """SoPrincipalCarrier: the user, with the modules of the site and the user's own."""
    return {
        "UserType": reading.word(person.type),
        "Associate": person.initials,
        "AssociateId": person.id,
        "IsPerson": True,
        "PersonId": person.id,
        "CountryId": 578,
        "HomeCountryId": 578,
        "ContactId": 1,
        "GroupId": 1,
        "BusinessId": 1,
        "CategoryId": 1,
        "ContactOwner": 0,
        "RoleId": 1,
        "RoleName": "Administrator (simulated)",
        "RoleDescription": "Administrator (simulated)",
        "RoleType": 0 if reading.number_enums else "Employee",
        "Licenses": [
            _granted(number, holding.current, module, reading)
            for number, holding in enumerate(state.holdings, 1)
            for module in holding.current.modules
        ],
        "FullName": person.full_name,
        "EMailAddress": person.user_name,
        "FunctionRights": ["system-administration-simulated"],
        "EjUserId": 0,
        "EjAccessLevel": 0,
        "EjUserStatus": 0 if reading.number_enums else "StatusNone",
        "ProvidedCredentials": [
            {
                "Type": "ActiveDirectory",
                "SearchName": person.user_name,
                "DisplayName": person.full_name,
                "CredentialId": 1,
            }
        ],
        "SecondaryGroups": [],
        "DatabaseContextIdentifier": "CRM7 (simulated)",
        "UserName": person.user_name,
    }


def _granted(number: int, licence: Licence, module: Module, reading: Reading) -> dict[str, Any]:
    """GrantedModuleLicense."""
    return with_rights(
        {
            "OwnerId": number,
            "OwnerName": licence.owner,
            "OwnerDescription": licence.description,
            "ModuleId": 100 * number + licence.modules.index(module),
            "Name": module.name,
            "Description": module.description,
            "Version": "",
            "LicenseType": reading.word(module.type),
            "ExtraFlags": 0,
            "ExtraInfo": "",
            "SortOrder": 0,
            "LicenseNumber": 1,
            "IsHidden": module.hidden,
            "IsUnrestricted": module.unrestricted,
            "ExpiryDate": reading.day(licence.expires),
        }
    )


SIDE, LARGEST_SIDE = 8, 256
"""Pixels of a portrait's side where no size is asked for, and the most that are drawn."""


def portrait(person: Person, width: int = 0, height: int = 0) -> dict[str, Any]:
    """PersonImage: a bust of nobody, before a colour of one's own, in the size asked for."""
    hue = person.id * 37 % 200
    picture = _png(_side(width), _side(height), bytes((hue, 120, 200 - hue)))
    return {"PersonId": person.id, "ImageData": base64.b64encode(picture).decode("ascii")}


def _side(asked: int) -> int:
    return min(asked, LARGEST_SIDE) if asked > 0 else SIDE


@lru_cache(maxsize=64)
def _png(width: int, height: int, colour: bytes) -> bytes:
    """A PNG (RFC 2083) of a head and shoulders in white. It is drawn once: that takes a while."""
    rows = (
        b"\0" + b"".join(WHITE if _is_bust(x / width, y / height) else colour for x in range(width))
        for y in range(height)
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data)
        for kind, data in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            (b"IDAT", zlib.compress(b"".join(rows))),
            (b"IEND", b""),
        )
    )


WHITE = b"\xff\xff\xff"


def _is_bust(x: float, y: float) -> bool:
    """Whether a point, in shares of the picture's sides, belongs to a head or to shoulders."""
    head = ((x - 0.5) / 0.2) ** 2 + ((y - 0.38) / 0.22) ** 2
    shoulders = ((x - 0.5) / 0.38) ** 2 + ((y - 1.0) / 0.34) ** 2
    return head <= 1 or shoulders <= 1


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check

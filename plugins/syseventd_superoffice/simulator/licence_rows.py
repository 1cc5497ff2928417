"""The licences of the story as rows of the database's tables. What waits stands in no table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import count

from sqlalchemy import Table

from syseventd_superoffice.database import tables
from syseventd_superoffice.simulator.cast import LEFT, PEOPLE
from syseventd_superoffice.simulator.story_rows import FIRST_COLLEAGUE, Row, Story
from syseventd_superoffice.simulator.vocabulary import LicenceType
from syseventd_superoffice.simulator.world import Module

NO_DATE = datetime(1760, 1, 1)
"""What old databases hold where a date must be, and none is."""


def _owners(story: Story) -> list[Row]:
    return [
        {
            "moduleowner_id": number,
            "ownername": licence.owner,
            "ownerdescription": licence.description,
            "producttypedescription": licence.product,
            "licenseurl": "https://licence.example/simulated",
            "licenseversion": licence.version,
            "deploymenttype": 1,
            "extraflags": 0,
            "expiration": story.day(licence.expires) or NO_DATE,
            "graceto": story.day(licence.grace) or NO_DATE,
            "maintenanceto": story.day(licence.maintenance) or NO_DATE,
            "nextcheckdate": story.day(licence.next_check),
            "adminwarningdate": story.day(licence.admin_warning),
        }
        for number, licence in enumerate((h.current for h in story.state.holdings), 1)
    ]


def _numbered_modules(story: Story) -> list[tuple[int, int, Module, int]]:
    """Every module with its id, its owner's id, and how many are in use."""
    ids = count(1)
    return [
        (next(ids), owner, module, holding.in_use[module.name])
        for owner, holding in enumerate(story.state.holdings, 1)
        for module in holding.current.modules
    ]


def _modules(story: Story) -> list[Row]:
    return [
        {
            "modulelicense_id": number,
            "modulename": module.name,
            "moduledescription": module.description,
            "tooltip": module.description,
            "licensetype": module.type.name,
            "licensenumber": module.seats,
            "extraflags": 0,
            "moduleowner_id": owner,
            "unrestricted": module.unrestricted,
            "hidden": module.hidden,
            "prerequisitemodule": module.prerequisite,
        }
        for number, owner, module, _ in _numbered_modules(story)
    ]


def _user_links(story: Story) -> list[Row]:
    """Who has a licence; also one who has left, and one whose link is empty."""
    ids = count(1)
    return [
        {
            "licenseassoclink_id": next(ids),
            "modulelicenseid": module_id,
            "associd": associate,
            "licensenumber": number,
        }
        for module_id, _, module, in_use in _numbered_modules(story)
        if module.type is not LicenceType.SatelliteLicense
        for associate, number in (
            *((FIRST_COLLEAGUE + n, 1) for n in range(in_use)),
            (LEFT.id, 1),
            (PEOPLE[0].id, 0),
        )
    ]


def _satellite_links(story: Story) -> list[Row]:
    ids = count(1)
    return [
        {
            "licensesatllink_id": next(ids),
            "modulelicenseid": module_id,
            "licensenumber": 1,
        }
        for module_id, _, module, in_use in _numbered_modules(story)
        if module.type is LicenceType.SatelliteLicense
        for _ in range(in_use)
    ]


ROWS: Mapping[Table, Callable[[Story], Sequence[Row]]] = {
    tables.moduleowner: _owners,
    tables.modulelicense: _modules,
    tables.licenseassoclink: _user_links,
    tables.licensesatllink: _satellite_links,
}

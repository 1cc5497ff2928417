"""What an installation is, as far as any part of it tells."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd import (
    Snapshot,
)
from syseventd_superoffice.access import Document
from syseventd_superoffice.installation import InstallationSettings
from syseventd_superoffice.installation.source import Installation

NOW = 1_790_000_000.0

DAY = 86400.0

VERSIONS = {"NetServerVersion": "11.10.721.0", "NetServerLabel": "Stable", "Version": "v1"}

STATUS = {"CompanyName": "Example Ltd", "SerialNr": "1010000006"}

PRINCIPAL = {
    "FullName": "Mona Toring",
    "UserName": "monitor",
    "RoleName": "User level 0",
    "DatabaseContextIdentifier": "Cust12345",
    "Licenses": [
        {"Name": "growth", "Description": "Growth", "ExtraFlags": 1},
        {"Name": "web", "Description": "Web", "ExtraFlags": 0},
    ],
}

DATABASE = {
    "company": {
        "version": 1012,
        "revision": 3,
        "ownerContactName": "Example Ltd",
        "dbContactName": "Example Sales",
        "serialNo": "1010000006",
    },
    "travelcurrent": {"systemlevel": 10, "current_id": 0},
    "satellite": [{"satellite_id": 16777216}],
    "productversion": [{"version": "11.9"}, {"version": "11.10"}],
    "databaseType": "Microsoft SQL Server 2022",
}


def source(installation: Any, now: float = NOW, **settings: object) -> Installation:
    written = InstallationSettings.model_validate(settings)
    return Installation(installation.connection, written, clock=lambda: now)


def probe(installation: Any, now: float = NOW, memory: Any = None) -> Snapshot:
    snapshot = installation.probe(source(installation, now), memory or {})
    assert isinstance(snapshot, Snapshot)
    return snapshot


def test_facts_through_the_webapi(installation: Any) -> None:
    """Versions, owner, serial number, who we are, and what of the plan is in use."""
    installation.answers(
        versions=VERSIONS,
        licence_status=STATUS,
        principal=PRINCIPAL,
        plan_limit={"ActiveCount": 97, "Maximum": 100, "WarningMessage": "Nearly all in use"},
    )
    snapshot = probe(installation)
    assert dict(snapshot.facts) == {
        "version": "11.10.721.0",
        "build": "Stable",
        "company": "Example Ltd",
        "serial": "1010000006",
        "logged_in_as": "Mona Toring (monitor)",
        "role": "User level 0",
        "tenant": "Cust12345",
        "plan": "Growth",
        "restrictions": "97 of 100: Nearly all in use",
        "not_watched": "prototypes, schedule of Service, server processes, upgrade steps",
    }
    assert snapshot.observations == snapshot.problems == ()


def test_facts_through_the_database(installation: Any) -> None:
    """What the database says of itself; the licence's status need not be asked then."""
    installation.answers(database=DATABASE, licence_status=STATUS)
    facts = probe(installation).facts
    assert {name: facts[name] for name in facts if name != "not_watched"} == {
        "company": "Example Ltd",
        "serial": "1010000006",
        "version": "11.10",
        "database_version": "1012.3",
        "database_type": "Microsoft SQL Server 2022",
        "installation_type": "central",
        "satellites": "1",
    }
    assert installation.access.asked["licence_status"] == 0


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"systemlevel": 10, "current_id": None}, "central"),
        ({"systemlevel": None, "current_id": 0}, "central"),
        ({"systemlevel": 9, "current_id": 0x01000000}, "satellite"),
        ({"systemlevel": 9, "current_id": 0x7E000000}, "travel"),
        ({"systemlevel": 8, "current_id": 114}, "travel"),
        ({"systemlevel": "x", "current_id": None}, None),
        (None, None),
        ([], None),
    ],
)
def test_central_satellite_or_travel(installation: Any, row: object, told: str | None) -> None:
    """The database's level and number tell; where they don't, nothing is said."""
    installation.answers(database=DATABASE | {"travelcurrent": row})
    assert probe(installation).facts.get("installation_type") == told


@pytest.mark.parametrize(
    ("company", "told"),
    [({"version": 1012}, "1012"), ({"revision": 3}, None), ({}, None), (None, None)],
)
def test_the_version_of_the_database(installation: Any, company: object, told: str | None) -> None:
    """Its revision says nothing by itself."""
    installation.answers(database=DATABASE | {"company": company})
    assert probe(installation).facts.get("database_version") == told


def test_a_version_that_is_running_is_believed_first(installation: Any) -> None:
    """What NetServer says of itself counts more than what was once registered."""
    installation.answers(versions=VERSIONS, database=DATABASE)
    assert probe(installation).facts["version"] == "11.10.721.0"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"FullName": "Mona Toring"}, "Mona Toring"),
        ({"Associate": "mt"}, "mt"),
        ({"FullName": "Mona Toring", "Associate": "mt"}, "Mona Toring (mt)"),
        ({}, None),
    ],
)
def test_whom_we_are_logged_in_as(
    installation: Any, answer: dict[str, object], told: str | None
) -> None:
    """Name and user name, as far as they are told."""
    installation.answers(principal=answer)
    assert probe(installation).facts.get("logged_in_as") == told


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"ActiveCount": 0, "Maximum": 3}, "0 of 3"),
        ({"ActiveCount": 0, "Maximum": 0}, None),
        ({"ActiveCount": None, "Maximum": 3}, None),
        ({"ActiveCount": 3, "Maximum": None, "WarningMessage": "Full"}, "Full"),
    ],
)
def test_what_the_plan_restricts(
    installation: Any, answer: dict[str, object], told: str | None
) -> None:
    """How much is in use of how much, where both are told."""
    installation.answers(plan_limit=answer)
    assert probe(installation).facts.get("restrictions") == told


def test_what_was_registered_last_is_the_version(installation: Any) -> None:
    """Of several versions the newest counts; rows without one say nothing."""
    rows = [
        {"version": "12", "registered": NOW},
        {"version": "11", "registered": NOW - DAY},
        {"version": None, "registered": NOW + DAY},
    ]
    installation.answers(database=DATABASE | {"productversion": rows})
    assert probe(installation).facts["version"] == "12"


def test_what_can_not_be_read_leaves_the_rest(installation: Any) -> None:
    """Each bad field is named; good ones beside it are told."""
    installation.answers(
        versions={"NetServerVersion": [], "NetServerLabel": "Stable"},
        principal=PRINCIPAL | {"Licenses": [7, *PRINCIPAL["Licenses"]]},  # type: ignore[list-item]
        database={"company": 7, "productversion": "x", "databaseType": "MSSQL"},
        licence_status={"CompanyName": {}, "SerialNr": 1010000006},
    )
    snapshot = probe(installation)
    facts = snapshot.facts
    assert (facts["build"], facts["plan"], facts["serial"]) == ("Stable", "Growth", "1010000006")
    assert {str(problem) for problem in snapshot.problems} >= {
        "versions: NetServerVersion [] is not a text",
        "licences of the user, row 1: is no object",
        "company: is no object",
        "productversion: is no list",
        "licence_status: CompanyName {} is not a text",
    }


def test_an_endless_list_is_read_as_far_as_anybody_means(installation: Any) -> None:
    """No more than any installation has is read, and the rest is said to be there."""
    many = [{"Name": f"m{n}"} for n in range(2_001)]
    installation.answers(
        principal={"Licenses": many},
        database=DATABASE | {"satellite": [{"satellite_id": n} for n in range(2_001)]},
    )
    snapshot = probe(installation)
    assert "satellites" not in snapshot.facts
    assert "are 2,001; the first 2,000 are read" in {p.reason for p in snapshot.problems}


def test_facts_that_come_beside_an_answer(installation: Any) -> None:
    """Such as that nothing is real."""
    installation.answers(versions=Document(VERSIONS, "versions", {"simulated": "yes"}))
    assert probe(installation).facts["simulated"] == "yes"

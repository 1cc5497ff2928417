"""What an installation is, as far as any part of it tells."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd_superoffice.access import Document

NOW = 1_790_000_000.0

DAY = 86400.0


def test_facts_through_the_webapi(
    licence_status: Any, principal: Any, versions: Any, watch: Any
) -> None:
    """Versions, owner, serial number, who we are, and what of the plan is in use."""
    watch.answers(
        versions=versions,
        licence_status=licence_status,
        principal=principal,
        plan_limit={"ActiveCount": 97, "Maximum": 100, "WarningMessage": "Nearly all in use"},
    )
    snapshot = watch.probe()
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


def test_a_database_onsite_is_no_tenant(principal: Any, watch: Any) -> None:
    """The same name is a tenant's online, and onsite that of a database."""
    watch.answers(principal=principal | {"DatabaseContextIdentifier": "CRM7"})
    facts = watch.probe().facts
    assert "tenant" not in facts
    assert facts["database_context"] == "CRM7"


def test_facts_through_the_database(database: Any, licence_status: Any, watch: Any) -> None:
    """What the database says of itself; the licence's status need not be asked then."""
    watch.answers(database=database, licence_status=licence_status)
    facts = watch.probe().facts
    assert {name: facts[name] for name in facts if name != "not_watched"} == {
        "company": "Example Ltd",
        "serial": "1010000006",
        "version": "11.10",
        "database_version": "1012.3",
        "database_type": "Microsoft SQL Server 2022",
        "installation_type": "central",
        "satellites": "1",
    }
    assert watch.installation.access.asked["licence_status"] == 0


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
def test_central_satellite_or_travel(
    database: Any, watch: Any, row: object, told: str | None
) -> None:
    """The database's level and number tell; where they don't, nothing is said."""
    watch.answers(database=database | {"travelcurrent": row})
    assert watch.probe().facts.get("installation_type") == told


@pytest.mark.parametrize(
    ("company", "told"),
    [({"version": 1012}, "1012"), ({"revision": 3}, None), ({}, None), (None, None)],
)
def test_the_version_of_the_database(
    database: Any, watch: Any, company: object, told: str | None
) -> None:
    """Its revision says nothing by itself."""
    watch.answers(database=database | {"company": company})
    assert watch.probe().facts.get("database_version") == told


def test_a_version_that_is_running_is_believed_first(
    database: Any, versions: Any, watch: Any
) -> None:
    """What NetServer says of itself counts more than what was once registered."""
    watch.answers(versions=versions, database=database)
    assert watch.probe().facts["version"] == "11.10.721.0"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"FullName": "Mona Toring"}, "Mona Toring"),
        ({"Associate": "mt"}, "mt"),
        ({"FullName": "Mona Toring", "Associate": "mt"}, "Mona Toring (mt)"),
        ({}, None),
    ],
)
def test_whom_we_are_logged_in_as(watch: Any, answer: dict[str, object], told: str | None) -> None:
    """Name and user name, as far as they are told."""
    watch.answers(principal=answer)
    assert watch.probe().facts.get("logged_in_as") == told


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"ActiveCount": 0, "Maximum": 3}, "0 of 3"),
        ({"ActiveCount": 0, "Maximum": 0}, None),
        ({"ActiveCount": None, "Maximum": 3}, None),
        ({"ActiveCount": 3, "Maximum": None, "WarningMessage": "Full"}, "Full"),
    ],
)
def test_what_the_plan_restricts(watch: Any, answer: dict[str, object], told: str | None) -> None:
    """How much is in use of how much, where both are told."""
    watch.answers(plan_limit=answer)
    assert watch.probe().facts.get("restrictions") == told


def test_what_was_registered_last_is_the_version(database: Any, watch: Any) -> None:
    """Of several versions the newest counts; rows without one say nothing."""
    rows = [
        {"version": "12", "registered": NOW},
        {"version": "11", "registered": NOW - DAY},
        {"version": None, "registered": NOW + DAY},
    ]
    watch.answers(database=database | {"productversion": rows})
    assert watch.probe().facts["version"] == "12"


def test_what_can_not_be_read_leaves_the_rest(principal: Any, watch: Any) -> None:
    """Each bad field is named; good ones beside it are told."""
    watch.answers(
        versions={"NetServerVersion": [], "NetServerLabel": "Stable"},
        principal=principal | {"Licenses": [7, *principal["Licenses"]]},  # type: ignore[list-item]
        database={"company": 7, "productversion": "x", "databaseType": "MSSQL"},
        licence_status={"CompanyName": {}, "SerialNr": 1010000006},
    )
    snapshot = watch.probe()
    facts = snapshot.facts
    assert (facts["build"], facts["plan"], facts["serial"]) == ("Stable", "Growth", "1010000006")
    assert {str(problem) for problem in snapshot.problems} >= {
        "versions: NetServerVersion [] is not a text",
        "licences of the user, row 1: is no object",
        "company: is no object",
        "productversion: is no list",
        "licence_status: CompanyName {} is not a text",
    }


def test_an_endless_list_is_read_as_far_as_anybody_means(database: Any, watch: Any) -> None:
    """No more than any installation has is read, and the rest is said to be there."""
    many = [{"Name": f"m{n}"} for n in range(2_001)]
    watch.answers(
        principal={"Licenses": many},
        database=database | {"satellite": [{"satellite_id": n} for n in range(2_001)]},
    )
    snapshot = watch.probe()
    assert "satellites" not in snapshot.facts
    assert "are 2,001; the first 2,000 are read" in {p.reason for p in snapshot.problems}


def test_facts_that_come_beside_an_answer(versions: Any, watch: Any) -> None:
    """Such as that nothing is real."""
    watch.answers(versions=Document(versions, "versions", {"simulated": "yes"}))
    assert watch.probe().facts["simulated"] == "yes"

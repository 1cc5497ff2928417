"""What an installation is: its owner, serial number, versions and type, and who we are in it.

Pure: each function reads one answer and raises Malformed for one that is no object.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from syseventd import Malformed, Problem, Snapshot
from syseventd_superoffice.access import Document
from syseventd_superoffice.plan_words import limit_in_words
from syseventd_superoffice.values import (
    Fields,
    Problems,
    field,
    is_object,
    read_count,
    read_name,
    read_time,
    read_whole,
    why_no_object,
)

MOST_ROWS = 2_000
"""Licences of a user, satellites, versions: more than any installation has."""

CENTRAL_LEVEL = 10
FIRST_SATELLITE, FIRST_TRAVEL = 0x0100_0000, 0x7E00_0000
"""Ids of databases: a satellite's lie between these; the central one's is 0."""

_TENANT = re.compile(r"Cust\d", re.IGNORECASE)
"""How a context is called that is a tenant's; onsite it is the name of a database."""

USER_PLAN = 1
"""The flag of a licence that is a user plan."""


def read_versions(document: Document) -> Snapshot:
    """What `/api` tells: the version of NetServer, and what its makers call the build."""
    fields, problems = _object(document)
    return _facts(
        problems,
        document,
        version=fields.read("NetServerVersion", read_name, ""),
        build=fields.read("NetServerLabel", read_name, ""),
    )


def read_licence_status(document: Document) -> Snapshot:
    """Company and serial number, from what every user may ask of the licence."""
    fields, problems = _object(document)
    return _facts(
        problems,
        document,
        company=fields.read("CompanyName", read_name, ""),
        serial=fields.read("SerialNr", read_name, ""),
    )


def read_plan_limit(document: Document) -> Snapshot:
    """How much of what the plan restricts is in use, such as "97 of 100 active projects"."""
    fields, problems = _object(document)
    active = fields.read("ActiveCount", read_count, None)
    maximum = fields.read("Maximum", read_count, None)
    told = fields.read("WarningMessage", read_name, "")
    return _facts(problems, document, restrictions=limit_in_words(active, maximum, told))


def read_principal(document: Document) -> Snapshot:
    """Who we are logged in as, in which role, tenant or database, and the plan of our seat."""
    fields, problems = _object(document)
    full_name = fields.read("FullName", read_name, "")
    user = fields.read("UserName", read_name, "") or fields.read("Associate", read_name, "")
    context = fields.read("DatabaseContextIdentifier", read_name, "")
    both = f"{full_name} ({user})" if full_name and user else full_name or user
    return _facts(
        problems,
        document,
        logged_in_as=both,
        role=fields.read("RoleName", read_name, ""),
        tenant=context if _TENANT.match(context) else "",
        database_context="" if _TENANT.match(context) else context,
        plan=", ".join(_plans(document, problems)),
    )


def _plans(document: Document, problems: Problems) -> Iterator[str]:
    rows = field(document.value, "Licenses")
    for number, row in _rows(rows, "licences of the user", problems):
        fields = Fields(f"licence {number} of the user", row, problems)
        if fields.read("ExtraFlags", read_whole, None) == USER_PLAN:
            yield fields.read("Description", read_name, "") or fields.read("Name", read_name, "?")


def read_database(document: Document) -> Snapshot:
    """What the database says of itself; see Access.database()."""
    whole, problems = _object(document)
    company = _row(document.value, "company", problems)
    level = company.read("version", read_name, "")
    revision = company.read("revision", read_name, "")
    owner = company.read("ownerContactName", read_name, "")
    satellites = satellites_of(document)
    return _facts(
        problems,
        document,
        company=owner or company.read("dbContactName", read_name, ""),
        serial=company.read("serialNo", read_name, ""),
        version=_product_version(document.value, problems),
        database_version=f"{level}.{revision}" if level and revision else level,
        database_type=whole.read("databaseType", read_name, ""),
        installation_type=_type(_row(document.value, "travelcurrent", problems)),
        satellites=str(len(satellites)) if satellites is not None else "",
    )


def satellites_of(document: Document) -> frozenset[str] | None:
    """The ids of the satellites; None where not all can be read."""
    rows = field(document.value, "satellite") if is_object(document.value) else None
    if not isinstance(rows, list) or len(rows) > MOST_ROWS:
        return None
    unreadable = Problems()
    ids = {
        Fields("", row, unreadable).read("satellite_id", read_whole, None)
        if is_object(row)
        else None
        for row in rows
    }
    return None if None in ids else frozenset(str(number) for number in ids)


def _type(row: Fields) -> str:
    """Central, satellite or travel; "" where the database doesn't say."""
    level = row.read("systemlevel", read_whole, None)
    number = row.read("current_id", read_whole, None)
    if level == CENTRAL_LEVEL or number == 0:
        return "central"
    if number is None:
        return ""
    return "satellite" if FIRST_SATELLITE <= number < FIRST_TRAVEL else "travel"


def _product_version(database: Mapping[str, Any], problems: Problems) -> str:
    """The version that was registered last."""
    newest, version = float("-inf"), ""
    for number, row in _rows(field(database, "productversion"), "productversion", problems):
        fields = Fields(f"productversion, row {number}", row, problems)
        told = fields.read("version", read_name, "")
        at = fields.read("registered", read_time, None) or 0.0
        if told and at >= newest:
            newest, version = at, told
    return version


def _object(document: Document) -> tuple[Fields, Problems]:
    if not is_object(document.value):
        raise Malformed(document.where, why_no_object(document.value))
    problems = Problems()
    return Fields(document.where, document.value, problems), problems


def _row(database: Mapping[str, Any], table: str, problems: Problems) -> Fields:
    """The one row of a table; one without fields where there is none."""
    row = field(database, table)
    if not is_object(row):
        if row is not None:
            problems.append(Problem(table, why_no_object(row)))
        row = {}
    return Fields(table, row, problems)


def _rows(
    rows: object, where: str, problems: Problems
) -> Iterable[tuple[int, Mapping[str, object]]]:
    """The rows of a list that are objects, with their numbers from 1."""
    if not isinstance(rows, list):
        if rows is not None:
            problems.append(Problem(where, "is no list"))
        return
    if len(rows) > MOST_ROWS:
        problems.append(Problem(where, f"are {len(rows):,}; the first {MOST_ROWS:,} are read"))
    for number, row in enumerate(rows[:MOST_ROWS], 1):
        if is_object(row):
            yield number, row
        else:
            problems.append(Problem(f"{where}, row {number}", why_no_object(row)))


def _facts(problems: Problems, document: Document, **facts: str) -> Snapshot:
    told = {name: text for name, text in facts.items() if text}
    return Snapshot(facts=told | dict(document.facts), problems=problems.told())

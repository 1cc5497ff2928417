"""The archive of system events: its columns, and the choosing, sorting and paging of its rows.

The vendor's two columns that only filter, `getAllRows` and `getNoRows`, have no value to show.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from syseventd import Timestamp
from syseventd_superoffice.simulator.dates import Dates
from syseventd_superoffice.simulator.errors import bad_request, not_played
from syseventd_superoffice.simulator.story import COMPANY
from syseventd_superoffice.simulator.world import Person, Scope, SystemEvent, Text

_INT32 = re.compile(r"[0-9]{1,10}")

PAGE = 1000
"""How many rows come at most where the request doesn't say: the vendor's own number."""

WHOLE_SYSTEM: Text = {"en": "Whole system (simulated)", "sv": "Hela systemet (simulerat)"}
PART: Text = {"en": "Part of the system (simulated)", "sv": "Del av systemet (simulerat)"}


@dataclass(frozen=True, slots=True)
class Reading:
    """How one request wants its rows told."""

    language: str
    dates: Dates
    timestamp: Callable[[float], Timestamp]

    def date(self, seconds: float | None) -> str:
        """A date in the base time zone, given in seconds of the story."""
        return self.dates.local(None if seconds is None else self.timestamp(seconds))

    def utc(self, seconds: float) -> str:
        """A date in UTC, given in seconds of the story."""
        return self.dates.utc(self.timestamp(seconds))


def _type(event: SystemEvent) -> Text:
    return WHOLE_SYSTEM if event.scope is Scope.SystemWide else PART


EVENT_COLUMNS: Mapping[str, Callable[[SystemEvent, Reading], object]] = {
    "SystemEvent_id": lambda event, _: event.id,
    "scope": lambda event, _: int(event.scope),
    "type": lambda event, reading: _type(event)[reading.language],
    "owner": lambda event, _: event.owner,
    "eventkey": lambda event, _: event.key,
    "eventname": lambda event, reading: event.name[reading.language],
    "status": lambda event, reading: event.status[reading.language],
    "eventmess": lambda event, reading: event.message[reading.language],
    "extrainfo": lambda _, __: 0,
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
    "assocType": lambda _: "InternalAssociate",
    "ejUserId": lambda _: 0,
    "simultaneousEjUser": lambda _: False,
    "ejDisplayName": lambda _: "",
    "ejStatus": lambda _: 0,
    "credentialType": lambda _: "",
    "credentialDisplayValue": lambda _: "",
    "isActive": lambda _: True,
    "isActiveText": lambda _: "",
    "portraitThumbnail": lambda _: None,
    "otherGroups": lambda _: "",
    "userName": lambda person: person.user_name,
    "personEmail": lambda person: person.user_name,
    "locationAddress": lambda _: "",
    "isLocation": lambda _: False,
}
"""The columns about whom an event was activated by. Their names stand behind `BY`."""

COLUMNS = (*EVENT_COLUMNS, *(BY + name for name in PERSON_COLUMNS))

NOT_SORTABLE = frozenset(
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
)

PLAYED = frozenset({"$select", "$orderby", "$top", "$skip", "$mode", "$format", "$output"})
ONLY_PLAYED_AS = {"$mode": "slim", "$format": "json", "$output": "logical"}
"""Parameters that may be given, so long as they ask for what the simulator does anyway."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which columns and rows a request wants, and in which order."""

    columns: tuple[str, ...]
    order: tuple[tuple[str, bool], ...]
    """Column, and whether it descends; the first decides first."""
    top: int
    skip: int


def parse_query(parameters: Mapping[str, str]) -> Query:
    """What a request asks for. Refuses what is wrong, and what the simulator doesn't play."""
    given = {name.lower(): value for name, value in parameters.items() if name.startswith("$")}
    for name, value in given.items():
        if name not in PLAYED or value.lower() != ONLY_PLAYED_AS.get(name, value.lower()):
            raise not_played(f"{name}={value}")
    return Query(
        columns=_columns(given.get("$select", "")),
        order=_order(given.get("$orderby", "")),
        top=_number(given, "$top", PAGE),
        skip=_number(given, "$skip", 0),
    )


def _columns(select: str) -> tuple[str, ...]:
    names = [name.strip() for name in select.split(",") if name.strip()]
    for name in names:
        _check_column(name)
    return tuple(names) or tuple(EVENT_COLUMNS)


def _check_column(name: str) -> None:
    if name not in COLUMNS:
        raise bad_request(f"The archive SystemEvents has no column {name!r}")


def _order(order_by: str) -> tuple[tuple[str, bool], ...]:
    order = []
    for term in filter(None, (term.strip() for term in order_by.split(","))):
        column, _, direction = term.partition(" ")
        _check_column(column)
        if column in NOT_SORTABLE:
            raise bad_request(f"The column {column!r} can't be sorted by")
        if direction.strip().lower() not in ("", "asc", "desc"):
            raise bad_request(f"{term!r} sorts in no direction; write asc or desc")
        order.append((column, direction.strip().lower() == "desc"))
    return tuple(order)


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name)
    if text is None:
        return default
    if not _INT32.fullmatch(text) or int(text) >= 2**31:
        raise bad_request(f"{name} is {text!r}, and must be a whole number")
    return int(text)


def page(
    events: Iterable[SystemEvent], query: Query, reading: Reading
) -> tuple[Sequence[Mapping[str, Any]], bool]:
    """The rows that a request asked for, and whether there are more behind them."""
    rows = [_row(event, reading) for event in events]
    # Python sorts stably: sorted by the last term first, the first term decides.
    for column, descending in reversed(query.order):
        rows.sort(key=itemgetter(column), reverse=descending)
    chosen = rows[query.skip : query.skip + query.top]
    keep = ("PrimaryKey", "EntityName", *query.columns)
    shown = [{name: row[name] for name in keep} for row in chosen]
    # A page of no rows leads nowhere: a link to the next would be one to itself.
    return shown, 0 < query.top < len(rows) - query.skip


def _row(event: SystemEvent, reading: Reading) -> dict[str, Any]:
    return {
        "PrimaryKey": str(event.id),
        "EntityName": "systemevent",
        **{name: read(event, reading) for name, read in EVENT_COLUMNS.items()},
        **{BY + name: read(event.by) for name, read in PERSON_COLUMNS.items()},
    }

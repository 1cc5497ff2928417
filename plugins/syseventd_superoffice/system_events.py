"""The source `system-events`: what SuperOffice's own Status tab lists as system notifications."""

from __future__ import annotations

from syseventd import Malformed, Observation, Problem, Snapshot, Target
from syseventd.settings import SourceSettings
from syseventd_superoffice.kinds import kind_of
from syseventd_superoffice.settings import sooner
from syseventd_superoffice.turns import in_turns
from syseventd_superoffice.values import (
    Fields,
    Problems,
    field,
    is_object,
    read_message,
    read_name,
    read_text,
    read_time,
    read_whole,
    short_key,
    why_no_object,
)
from syseventd_superoffice.webapi.client import Client
from syseventd_superoffice.webapi.odata import Listing, ODataList

PATH = "/api/v1/SystemEvent"
COLUMNS = (
    "SystemEvent_id",
    "scope",
    "type",
    "owner",
    "eventkey",
    "eventname",
    "status",
    "eventmess",
    "eta",
    "registered",
    "registered_associate_id/assocName",
    "registered_associate_id/fullName",
)
SCOPES = {0: "", 1: "system-wide", 2: "database", 3: "group", 4: "user"}
SCOPE_NAMES = {"undefined": 0, "systemwide": 1, "database": 2, "group": 3, "user": 4}

WHILE_ACTIVE = 15.0
"""Seconds until we ask again while anything is active."""


class SystemEvents:
    """Reads the list, and says the same again while the reply stays the same."""

    def __init__(self, client: Client, while_active: float | None = WHILE_ACTIVE) -> None:
        self._while_active = while_active
        self._list = ODataList(client, PATH, COLUMNS, order_by="SystemEvent_id")
        self._last: tuple[Listing, Snapshot] | None = None

    async def probe(self) -> Snapshot:
        listing = await self._list.read()
        if self._last is None or self._last[0] is not listing:
            read = await read_listing(listing, self._list.where, self._while_active)
            self._last = (listing, read)
        return self._last[1]


def create(target: Target, client: Client, settings: SourceSettings) -> SystemEvents:
    """The source for one installation."""
    return SystemEvents(client, sooner(WHILE_ACTIVE, settings))


class RowError(Exception):
    """A row that can't become an observation. `key` is its event's, or "" if unknown."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(reason)
        self.key = key


async def read_listing(
    listing: Listing, where: str, while_active: float | None = WHILE_ACTIVE
) -> Snapshot:
    """Rows → snapshot. A row that can't be read is named; its event, if known, does not end.

    Raises Malformed if there are rows and none of them says which event it is.
    """
    problems, observations, unseen = Problems(listing.problems), list[Observation](), set[str]()
    complete = listing.complete
    async for number, row in in_turns(enumerate(listing.rows, 1)):
        place = _place(number, row)
        try:
            observations.append(_read_row(place, row, problems))
        except RowError as lost:
            problems.append(Problem(place, str(lost)))
            unseen.add(lost.key)
    if "" in unseen:
        complete = False
        unseen.remove("")
    if listing.rows and not observations and not unseen:
        raise Malformed(where, f"none of {len(listing.rows)} rows can be read; {problems[-1]}")
    return Snapshot(
        observations=tuple(observations),
        facts=listing.facts,
        problems=problems.told(),
        complete=complete,
        unseen=frozenset(unseen),
        ask_again=while_active if listing.rows else None,
    )


def _place(number: int, row: object) -> str:
    key = field(row, "PrimaryKey") if is_object(row) else None
    known = isinstance(key, int | str) and key != ""
    return f"row {number} (PrimaryKey {read_name(key)[:20]})" if known else f"row {number}"


def _read_row(place: str, row: object, problems: list[Problem]) -> Observation:
    if not is_object(row):
        raise RowError("", why_no_object(row))
    fields = Fields(place, row, problems)
    key = _read_key(fields)
    try:
        scope = fields.need("scope", read_scope)
    except ValueError as error:
        raise RowError(key, str(error)) from None
    name = fields.read("eventname", read_name, "")
    by_full_name = fields.read("registered_associate_id/fullName", read_name, "")
    by_user_id = fields.read("registered_associate_id/assocName", read_name, "")
    return Observation(
        key=key,
        # `type` is not shown: `scope` says the same in fixed words.
        kind=kind_of(key, name, fields.read("type", read_name, "")),
        name=name or key,
        status=fields.read("status", read_name, ""),
        message=fields.read("eventmess", read_message, ""),
        scope=scope,
        activated_at=fields.read("registered", read_time, None),
        activated_by=by_full_name or by_user_id,
        expected_end=fields.read("eta", read_time, None),
    )


def _read_key(fields: Fields) -> str:
    """What identifies the event: its key and, where it concerns one group or user, whose it is.

    The database allows one event for each key, scope and owner.
    """
    try:
        key = fields.need("eventkey", read_text) or fields.need("eventname", read_text)
        number = fields.need("PrimaryKey", read_text) or fields.need("SystemEvent_id", read_text)
        owner = fields.need("owner", read_whole)
    except ValueError as error:
        raise RowError("", str(error)) from None
    if not key and not number:
        raise RowError("", "has neither eventkey, eventname nor PrimaryKey")
    key = key or f"#{number}"
    return short_key(f"{key}/{owner}" if owner else key)


def read_scope(value: object) -> str:
    """A scope as number, number in text or name → its word; "" if not said. Raises ValueError."""
    if isinstance(value, str) and value.strip().lower() in SCOPE_NAMES:
        value = SCOPE_NAMES[value.strip().lower()]
    number = read_whole(value) or 0
    if number not in SCOPES:
        raise ValueError(f"{number} is not one of 1 to 4")
    return SCOPES[number]

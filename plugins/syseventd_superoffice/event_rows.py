"""Reads rows of system events: all columns of SuperOffice's own list. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from syseventd import Malformed, Observation, Problem, Snapshot
from syseventd_superoffice.access import Listing
from syseventd_superoffice.kinds import SYSTEM_EVENTS, Signs
from syseventd_superoffice.portraits import portrait_name
from syseventd_superoffice.turns import in_turns
from syseventd_superoffice.values import (
    Fields,
    Problems,
    field,
    is_object,
    known_marks,
    read_message,
    read_name,
    read_text,
    read_time,
    read_whole,
    short_key,
    why_no_object,
)

SCOPES = {0: "", 1: "system-wide", 2: "database", 3: "group", 4: "user"}
SCOPE_NAMES = {"undefined": 0, "systemwide": 1, "database": 2, "group": 3, "user": 4}

WHILE_ACTIVE = 15.0
"""Seconds until we ask again while anything is active."""


class RowError(Exception):
    """A row that can't become an observation: its event's key, or "" if unknown, and its marks."""

    def __init__(self, key: str, reason: str, marks: frozenset[str] = frozenset()) -> None:
        super().__init__(reason)
        self.key = key
        self.marks = marks


async def read_listing(
    listing: Listing, while_active: float | None = WHILE_ACTIVE, signs: Signs = SYSTEM_EVENTS
) -> Snapshot:
    """Rows → snapshot. A row that can't be read is named; its event, if known, does not end.

    Raises Malformed if there are rows and none of them says which event it is.
    """
    problems, observations, unseen = Problems(listing.problems), list[Observation](), set[str]()
    complete = listing.complete
    async for number, row in in_turns(enumerate(listing.rows, 1)):
        place = _place(number, row)
        try:
            observations.append(_read_row(place, row, problems, signs))
        except RowError as lost:
            problems.append(Problem(place, str(lost)))
            unseen |= {lost.key, *lost.marks}
    if "" in unseen:
        complete = False
        unseen.remove("")
    if listing.rows and not observations and not unseen:
        raise Malformed(
            listing.where, f"none of {len(listing.rows)} rows can be read; {problems[-1]}"
        )
    return Snapshot(
        observations=tuple(observations),
        facts=listing.facts,
        problems=problems.told(),
        complete=complete,
        unseen=known_marks(frozenset(unseen)),
        ask_again=while_active if listing.rows else None,
    )


def _place(number: int, row: object) -> str:
    key = field(row, "PrimaryKey") if is_object(row) else None
    known = isinstance(key, int | str) and key != ""
    return f"row {number} (PrimaryKey {read_name(key)[:20]})" if known else f"row {number}"


def _read_row(place: str, row: object, problems: list[Problem], signs: Signs) -> Observation:
    if not is_object(row):
        raise RowError("", why_no_object(row))
    fields = Fields(place, row, problems)
    key = _read_key(fields)
    try:
        scope = fields.need("scope", read_scope)
    except ValueError as error:
        raise RowError(key, str(error), _marks(fields)) from None
    name = fields.read("eventname", read_name, "")
    by_full_name = fields.read("registered_associate_id/fullName", read_name, "")
    by_user_id = fields.read("registered_associate_id/assocName", read_name, "")
    type_ = fields.read("type", read_name, "")
    kind = signs.kind_of(key, name, type_)
    details = (("Type", type_), ("User ID", by_user_id), *_ids(kind, scope, fields))
    return Observation(
        key=key,
        kind=kind,
        name=name or key,
        status=fields.read("status", read_name, ""),
        message=fields.read("eventmess", read_message, ""),
        scope=scope,
        activated_at=fields.read("registered", read_time, None),
        activated_by=by_full_name or by_user_id,
        expected_end=fields.read("eta", read_time, None),
        details=tuple((heading, text) for heading, text in details if text),
        marks=_marks(fields),
        portrait=fields.read("registered_associate_id/personId", portrait_name, ""),
    )


def _ids(kind: str, scope: str, fields: Fields) -> Iterator[tuple[str, str]]:
    """Whom and what an event concerns, where the row has its number."""
    owner = fields.read("owner", read_whole, None)
    if owner and scope in ("group", "user"):
        yield f"For {scope}", str(owner)
    if extra := fields.read("extrainfo", read_whole, None):
        yield ("Travel area" if kind == "prototype-rebuild" else "Extra info"), str(extra)


def _marks(fields: Fields) -> frozenset[str]:
    """The row's own number, which the next event with the same key won't have."""
    number = fields.read("PrimaryKey", read_text, "") or fields.read(
        "SystemEvent_id", read_text, ""
    )
    if not number:
        return frozenset()
    return known_marks(frozenset({short_key(f"system-event:{number}")}))


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

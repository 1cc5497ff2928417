"""Which Travel prototypes are being made for too long. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping

from syseventd import Observation, Problem, Snapshot, Timestamp
from syseventd.interface import EventKind
from syseventd.settings import format_duration
from syseventd_superoffice.access import Listing
from syseventd_superoffice.remembered import NOT_OURS
from syseventd_superoffice.turns import in_turns
from syseventd_superoffice.values import (
    Fields,
    Problems,
    is_object,
    read_name,
    read_text,
    read_whole,
    short_key,
    why_no_object,
)

SLOW = "prototype-slow"
KIND = EventKind(
    SLOW,
    "Travel prototype is being made for too long",
    "Nobody in that Travel area can download a new database.",
)

MEMORY = "prototypes"
"""The name under which the memory holds since when each prototype was seen being made."""

BEING_MADE = (65535, -1)
"""The state meanwhile; a column of 16 bits with a sign shows it as -1."""

MOST = 200
"""Prototypes that are remembered: more than any installation has areas."""


async def read_prototypes(
    listing: Listing, now: Timestamp, limit: float, memory: Mapping[str, str]
) -> Snapshot:
    """Rows of travelgenerateddatabase → those that are being made for longer than `limit` s."""
    problems, unseen, all_known = Problems(listing.problems), set[str](), listing.complete
    before, since, ready = _remembered(memory), dict[str, Timestamp](), set[str]()
    observations = []
    async for number, row in in_turns(enumerate(listing.rows, 1)):
        key, place = "", f"prototype {number}"
        try:
            if not is_object(row):
                raise ValueError(why_no_object(row))
            fields = Fields(place, row, problems)
            key = _key(fields)
            being_made = fields.need("state", read_whole) in BEING_MADE
        except ValueError as error:
            problems.append(Problem(place, str(error)))
            unseen.add(key)
            all_known = all_known and bool(key)
            continue
        if not being_made:
            ready.add(key)
        elif len(since) < MOST:
            since[key] = min(before.get(key, now), now)
            if now - since[key] >= limit:
                observations.append(_slow(key, fields, since[key], limit))
    missed = before.keys() & unseen if all_known else before.keys() - since.keys() - ready
    since |= {key: before[key] for key in missed}
    return Snapshot(
        observations=tuple(observations),
        facts=listing.facts,
        problems=problems.told(),
        memory={MEMORY: json.dumps(since)} if since else {},
        unseen=frozenset(unseen - {""}),
        unseen_under=() if all_known else (f"{SLOW}:",),
    )


def _key(fields: Fields) -> str:
    number = fields.need("travelgenerateddatabase_id", read_text) or fields.need("id", read_text)
    if not number:
        raise ValueError("travelgenerateddatabase_id is missing")
    return short_key(f"{SLOW}:{number}")


def _slow(key: str, fields: Fields, since: Timestamp, limit: float) -> Observation:
    area = fields.read("area_id", read_name, "")
    made_for = f" for area {area}" if area else ""
    return Observation(
        key,
        SLOW,
        f"Travel prototype{made_for} is being made for too long",
        message=f"It is being made for more than {format_duration(limit)}",
        activated_at=since,
        details=(("Area", area),) if area else (),
    )


def _remembered(memory: Mapping[str, str]) -> dict[str, Timestamp]:
    try:
        return {key: float(at) for key, at in json.loads(memory.get(MEMORY, "{}")).items()}
    except NOT_OURS:
        return {}

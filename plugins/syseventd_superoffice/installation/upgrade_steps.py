"""Which steps of an upgrade the installed code has and its database has not. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from syseventd import Malformed, Observation, Problem, Snapshot
from syseventd.interface import EventKind, Severity
from syseventd_superoffice.access import Document
from syseventd_superoffice.turns import in_turns
from syseventd_superoffice.values import (
    Fields,
    Problems,
    field,
    is_object,
    read_count,
    read_name,
    why_no_object,
)

PENDING = "upgrade-pending"
KIND = EventKind(
    PENDING,
    "Upgrade of the database is not finished",
    "What is new in the installed version may fail until its database is upgraded.",
    severity=Severity.INFO,
)

MOST_NAMED = 20
"""Steps that the event names; beyond, it says how many more there are."""


async def read_steps(document: Document) -> Snapshot:
    """Steps of the code and of the database → an event where the database lags behind.

    Raises Malformed where either list can't be had.
    """
    if not is_object(document.value):
        raise Malformed(document.where, why_no_object(document.value))
    problems = Problems()
    code, sure = await _read(document, "code", problems)
    database, sure_too = await _read(document, "database", problems)
    if code and not database:
        # Every database has some: one that tells none keeps them to itself.
        raise Malformed(document.where, "no step in the database can be read")
    pending = [
        f"{name} {number}"
        for low, (name, number) in code.items()
        if number > database.get(low, ("", -1))[1]
    ]
    if not sure_too:
        pending = []
    return Snapshot(
        observations=_told(pending),
        facts=document.facts,
        problems=problems.told(),
        unseen=frozenset() if sure and sure_too else frozenset({PENDING}),
    )


async def _read(
    document: Document, side: str, problems: Problems
) -> tuple[dict[str, tuple[str, int]], bool]:
    """The highest step of each name, by the name in small letters; whether all were read."""
    rows = field(document.value, side)
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise Malformed(document.where, f"{side} is no list of steps")
    steps, sure = dict[str, tuple[str, int]](), True
    async for number, row in in_turns(enumerate(rows, 1)):
        place = f"{side}, step {number}"
        try:
            name, step = _read_step(place, row, problems)
        except ValueError as error:
            problems.append(Problem(place, str(error)))
            sure = False
            continue
        if step > steps.get(name.lower(), ("", -1))[1]:
            steps[name.lower()] = (name, step)
    return steps, sure


def _read_step(place: str, row: object, problems: Problems) -> tuple[str, int]:
    if not is_object(row):
        raise ValueError(why_no_object(row))
    fields = Fields(place, row, problems)
    name, number = fields.need("Name", read_name), fields.need("StepNumber", read_count)
    if not name or number is None:
        raise ValueError("has no Name" if not name else "has no StepNumber")
    return name, number


def _told(pending: Sequence[str]) -> tuple[Observation, ...]:
    if not pending:
        return ()
    named = ", ".join(sorted(pending)[:MOST_NAMED])
    more = f" and {len(pending) - MOST_NAMED:,} more" if len(pending) > MOST_NAMED else ""
    steps = "step" if len(pending) == 1 else "steps"
    return (
        Observation(
            PENDING,
            PENDING,
            "Upgrade of the database is not finished",
            message=f"{len(pending):,} {steps} not yet made in the database: {named}{more}",
            details=(("Pending steps", f"{len(pending):,}"),),
        ),
    )

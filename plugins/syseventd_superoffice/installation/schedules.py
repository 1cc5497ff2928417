"""Which of Service's scheduled tasks fail. Pure."""

from __future__ import annotations

from syseventd import Observation, Problem, Snapshot
from syseventd.interface import EventKind
from syseventd_superoffice.access import Listing
from syseventd_superoffice.turns import in_turns
from syseventd_superoffice.values import (
    Fields,
    Problems,
    is_object,
    read_count,
    read_flag,
    read_message,
    read_name,
    read_text,
    read_time,
    short_key,
    why_no_object,
)

FAILING = "schedule-failing"
KIND = EventKind(
    FAILING,
    "Scheduled task of Service fails",
    "What the task does is not done, or only in part, until it succeeds.",
)


async def read_schedules(listing: Listing) -> Snapshot:
    """Rows of schedule → those that are enabled and failed when they last ran."""
    problems, unseen, all_known = Problems(listing.problems), set[str](), listing.complete
    observations = []
    async for number, row in in_turns(enumerate(listing.rows, 1)):
        key, place = "", f"schedule {number}"
        try:
            if not is_object(row):
                raise ValueError(why_no_object(row))
            fields = Fields(place, row, problems)
            key = _key(fields)
            if not fields.need("disabled", read_flag) and _fails(fields):
                observations.append(_failing(key, fields))
        except ValueError as error:
            problems.append(Problem(place, str(error)))
            unseen.add(key)
            all_known = all_known and bool(key)
    return Snapshot(
        observations=tuple(observations),
        facts=listing.facts,
        problems=problems.told(),
        unseen=frozenset(unseen - {""}),
        unseen_under=() if all_known else (f"{FAILING}:",),
    )


def _key(fields: Fields) -> str:
    number = fields.need("id", read_text)
    if not number:
        raise ValueError("id is missing")
    return short_key(f"{FAILING}:{number}")


def _fails(fields: Fields) -> bool:
    """Whether the last run failed. An error's text and time stay when later runs succeed.

    `retries` counts those since the last success. Raises ValueError.
    """
    retries = fields.need("retries", read_count)
    if retries:
        return True
    failed_at = fields.need("last_error", read_time)
    if failed_at is None:
        return retries is None and bool(fields.need("error_message", read_text))
    ran_at = fields.need("last_execution", read_time)
    took = fields.read("execution_time", read_count, None) or 0
    return ran_at is None or failed_at >= ran_at - took


def _failing(key: str, fields: Fields) -> Observation:
    retries = fields.read("retries", read_count, None)
    name = fields.read("name", read_name, "") or f"task {key.partition(':')[2]}"
    return Observation(
        key,
        FAILING,
        f"Scheduled task fails: {name}",
        status="retrying" if retries else "failed",
        message=fields.read("error_message", read_message, ""),
    )

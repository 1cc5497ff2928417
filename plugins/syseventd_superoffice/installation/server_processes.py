"""Which NetServer processes stopped: by the heartbeat that each writes once a minute. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from syseventd import Observation, Problem, Snapshot, Timestamp
from syseventd.interface import EventKind
from syseventd_superoffice.access import Listing
from syseventd_superoffice.turns import in_turns
from syseventd_superoffice.values import (
    Fields,
    Problems,
    is_object,
    read_count,
    read_name,
    read_text,
    read_time,
    short_key,
    why_no_object,
)

STOPPED = "server-process-stopped"
KIND = EventKind(
    STOPPED,
    "NetServer process stopped",
    "The web client, the WebAPI or batch tasks may stand still, if no other process serves them.",
)

OVERLAP = 120.0
"""Seconds that a process may live on beside the one that replaces it, when IIS recycles."""


@dataclass(frozen=True, slots=True)
class Process:
    """A NetServer process: since when it is there, and when its heart beat last."""

    key: str
    machine: str
    details: tuple[tuple[str, str], ...]
    registered: Timestamp | None
    beat: Timestamp


async def read_processes(
    listing: Listing, now: Timestamp, silent_for: float, leftover_after: float
) -> Snapshot:
    """Rows of messagehandler → those that are silent for so many seconds, and not replaced.

    Rows of processes that ended are not always removed: what is silent for longer than
    `leftover_after` is no news.
    """
    problems, alive, silent = Problems(listing.problems), list[Process](), list[Process]()
    unseen, all_known = set[str](), listing.complete
    async for number, row in in_turns(enumerate(listing.rows, 1)):
        key, place = "", f"server process {number}"
        try:
            if not is_object(row):
                raise ValueError(why_no_object(row))
            fields = Fields(place, row, problems)
            key = _key(fields)
            process = _read(key, fields)
        except ValueError as error:
            problems.append(Problem(place, str(error)))
            unseen.add(key)
            all_known = all_known and bool(key)
            continue
        if now - process.beat < silent_for:
            alive.append(process)
        elif now - process.beat < leftover_after:
            silent.append(process)
    return Snapshot(
        observations=tuple(_stopped(process) for process in _not_replaced(silent, alive)),
        facts=listing.facts,
        problems=problems.told(),
        unseen=frozenset(unseen - {""}),
        unseen_under=() if all_known else (f"{STOPPED}:",),
    )


def _key(fields: Fields) -> str:
    number = fields.need("MessageHandler_id", read_text)
    number = number or fields.need("uniqueIdentifier", read_text)
    if not number:
        raise ValueError("has neither MessageHandler_id nor uniqueIdentifier")
    return short_key(f"{STOPPED}:{number}")


def _read(key: str, fields: Fields) -> Process:
    beat = fields.need("updated", read_time)
    if beat is None:
        raise ValueError("updated is missing; nobody knows when its heart beat")
    machine = fields.read("machine", read_name, "")
    low, high = (fields.read(f"processId{w}", read_count, None) for w in ("Low", "High"))
    details = {
        "Machine": machine,
        "Port": fields.read("port", read_name, ""),
        "Process": "" if low is None else str(low + ((high or 0) << 16)),
    }
    return Process(
        key,
        machine,
        details=tuple((heading, text) for heading, text in details.items() if text),
        registered=fields.read("registered", read_time, None),
        beat=beat,
    )


def _not_replaced(silent: Iterable[Process], alive: Iterable[Process]) -> list[Process]:
    """Silent processes after which no other was started on the same machine.

    Each one that was started replaces one that fell silent, the earliest first.
    """
    starts: dict[str, list[Timestamp]] = {}
    for process in alive:
        if process.registered is not None:
            starts.setdefault(process.machine.lower(), []).append(process.registered)
    for times in starts.values():
        times.sort()
    stopped = []
    for process in sorted(silent, key=lambda process: process.beat):
        times = starts.get(process.machine.lower(), [])
        after = next((at for at in times if at >= process.beat - OVERLAP), None)
        if after is None:
            stopped.append(process)
        else:
            times.remove(after)
    return stopped


def _stopped(process: Process) -> Observation:
    where = process.machine or "an unnamed machine"
    return Observation(
        process.key,
        STOPPED,
        f"NetServer process on {where} stopped",
        message=f"No heartbeat from a NetServer process on {where}, which sends one a minute",
        activated_at=process.beat,
        heartbeat=process.beat,
        details=process.details,
    )

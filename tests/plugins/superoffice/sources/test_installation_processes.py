"""NetServer's processes that stopped, and Travel's prototypes that are made for too long."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from syseventd import Observation, Snapshot
from syseventd_superoffice.access import Listing
from syseventd_superoffice.installation.prototypes import read_prototypes
from syseventd_superoffice.installation.server_processes import read_processes

NOW = 1_790_000_000.0

MINUTE = 60.0

DAY = 86400.0


def keys(snapshot: Snapshot) -> set[str]:
    return {observation.key for observation in snapshot.observations}


def one(snapshot: Snapshot) -> Observation:
    [observation] = snapshot.observations
    return observation


def process(number: int = 1, silent_for: float = 10 * MINUTE, **changes: object) -> dict[str, Any]:
    row = {
        "MessageHandler_id": number,
        "uniqueIdentifier": f"guid-{number}",
        "machine": "WEB01",
        "port": 49152,
        "processIdLow": 4711,
        "processIdHigh": 1,
        "role": 7,
        "registered": NOW - 5 * DAY,
        "updated": NOW - silent_for,
    }
    return row | changes


def processes(*rows: object, complete: bool = True) -> Snapshot:
    listing = Listing(rows, complete=complete)
    return asyncio.run(read_processes(listing, NOW, 5 * MINUTE, 3 * DAY))


def test_a_heart_that_beats_is_no_event() -> None:
    """A process that was heard within the limit runs."""
    assert processes(process(silent_for=4 * MINUTE)) == Snapshot()


def test_a_heart_that_stopped_says_on_which_machine() -> None:
    """The event began with the last heartbeat, and names machine, port and process."""
    event = one(processes(process()))
    assert (event.kind, event.key) == ("server-process-stopped", "server-process-stopped:1")
    assert event.name == "NetServer process on WEB01 stopped"
    assert event.activated_at == event.heartbeat == NOW - 10 * MINUTE
    assert dict(event.details) == {"Machine": "WEB01", "Port": "49152", "Process": "70247"}


def test_an_old_row_is_a_leftover() -> None:
    """A row that nobody removed for days is no news."""
    assert processes(process(silent_for=3 * DAY)) == Snapshot()


def test_a_process_that_was_started_again_has_not_stopped() -> None:
    """A recycled pool leaves its row behind; its successor on the same machine is there."""
    successor = process(2, 0, registered=NOW - 9 * MINUTE)
    assert keys(processes(process(1), successor)) == set()
    assert keys(processes(process(1), successor | {"machine": "web01"})) == set()


def test_a_successor_may_start_while_the_old_one_ends() -> None:
    """IIS starts the new process before it stops the old one."""
    assert keys(processes(process(1), process(2, 0, registered=NOW - 11 * MINUTE))) == set()


@pytest.mark.parametrize(
    "changes",
    [{"machine": "WEB02"}, {"registered": NOW - DAY}, {"registered": None}],
    ids=["another machine", "was there before", "nobody knows since when"],
)
def test_another_process_is_no_successor(changes: dict[str, object]) -> None:
    """Only what was started there, and afterwards, takes its place."""
    other = process(2, 0, registered=NOW - MINUTE) | changes
    assert keys(processes(process(1), other)) == {"server-process-stopped:1"}


def test_one_successor_replaces_one_process() -> None:
    """Of two that fell silent, one is missing."""
    successor = process(3, 0, registered=NOW - 9 * MINUTE)
    rows = (process(1, 10 * MINUTE), process(2, 11 * MINUTE), successor)
    assert len(processes(*rows).observations) == 1


def test_a_bad_row_hides_no_good_one() -> None:
    """It is named; its own event, if any, does not end."""
    snapshot = processes(process(1, updated="soon"), process(2))
    assert keys(snapshot) == {"server-process-stopped:2"}
    assert snapshot.hides("server-process-stopped:1")
    assert not snapshot.hides("server-process-stopped:3")
    assert [str(p) for p in snapshot.problems] == ['server process 1: updated "soon" is not a date']


@pytest.mark.parametrize("row", [7, {}, {"MessageHandler_id": [], "updated": NOW}])
def test_a_row_that_does_not_say_which_it_is_ends_nothing(row: object) -> None:
    """It may be any of them."""
    snapshot = processes(row)
    assert snapshot.hides("server-process-stopped:9")
    assert not snapshot.hides("upgrade-pending")
    assert len(snapshot.problems) == 1


def test_a_row_without_heartbeat_is_a_problem() -> None:
    """Nobody knows whether it runs."""
    assert "updated is missing" in processes(process(updated=None)).problems[0].reason


def test_only_what_is_needed_to_know_it() -> None:
    """A row with nothing but its identifier and its heartbeat is an event."""
    row = {"uniqueIdentifier": "guid", "updated": NOW - 10 * MINUTE}
    event = one(processes(row))
    assert event.name == "NetServer process on an unnamed machine stopped"
    assert event.details == ()


def test_a_list_that_was_cut_ends_nothing() -> None:
    """There may be more than was seen."""
    assert processes(process(), complete=False).hides("server-process-stopped:9")


HOUR = 3600.0


def prototype(state: object = 65535, number: object = 4, **changes: object) -> dict[str, Any]:
    return {"travelgenerateddatabase_id": number, "state": state, "area_id": 3} | changes


def prototypes(
    *rows: object, now: float = NOW, memory: Any = None, complete: bool = True
) -> Snapshot:
    listing = Listing(rows, complete=complete)
    return asyncio.run(read_prototypes(listing, now, 4 * HOUR, memory or {}))


@pytest.mark.parametrize("state", [65535, -1, "65535"])
def test_a_prototype_that_is_made_for_too_long(state: object) -> None:
    """It is told once it was seen in the making for longer than the limit."""
    first = prototypes(prototype(state))
    assert first.observations == ()
    soon = prototypes(prototype(state), now=NOW + 3 * HOUR, memory=first.memory)
    assert soon.observations == ()
    event = one(prototypes(prototype(state), now=NOW + 4 * HOUR, memory=soon.memory))
    assert (event.kind, event.key) == ("prototype-slow", "prototype-slow:4")
    assert event.activated_at == NOW
    assert event.name == "Travel prototype for area 3 is being made for too long"
    assert event.message == "It is being made for more than 4h"


@pytest.mark.parametrize("state", [0, 1, 65534, None])
def test_a_prototype_that_is_ready(state: object) -> None:
    """Downloads are no making, and what was made before is forgotten."""
    first = prototypes(prototype())
    ready = prototypes(prototype(state), now=NOW + HOUR, memory=first.memory)
    assert (ready.observations, ready.memory) == ((), {})
    again = prototypes(prototype(), now=NOW + 5 * HOUR, memory=ready.memory)
    assert again.observations == ()


def test_a_prototype_that_can_not_be_read_is_remembered() -> None:
    """Since when it is made stays known, and its event does not end."""
    first = prototypes(prototype())
    bad = prototypes(prototype("?"), now=NOW + HOUR, memory=first.memory)
    assert bad.hides("prototype-slow:4")
    assert not bad.hides("prototype-slow:5")
    assert one(prototypes(prototype(), now=NOW + 5 * HOUR, memory=bad.memory)).activated_at == NOW


@pytest.mark.parametrize("row", [None, prototype(number=None), prototype(number={})])
def test_a_prototype_that_does_not_say_which_it_is(row: object) -> None:
    """All that are known stay remembered, but for those that are seen to be ready."""
    first = prototypes(prototype(number=4), prototype(number=5))
    bad = prototypes(row, prototype(0, 5), now=NOW + HOUR, memory=first.memory)
    assert bad.hides("prototype-slow:4")
    rows = (prototype(number=4), prototype(number=5))
    late = prototypes(*rows, now=NOW + 5 * HOUR, memory=bad.memory)
    assert keys(late) == {"prototype-slow:4"}


@pytest.mark.parametrize("text", ["", "{", "7", "[1]", '{"prototype-slow:4": "?"}'])
def test_a_memory_that_says_nothing_is_of_no_prototype(text: str) -> None:
    """What can't be read was seen by nobody: the making is seen for the first time."""
    assert prototypes(prototype(), memory={"prototypes": text}).observations == ()


def test_an_endless_list_of_prototypes_is_remembered_in_part() -> None:
    """The memory stays bounded, whatever is listed."""
    rows = (prototype(number=n) for n in range(300))
    memory = prototypes(*rows).memory
    assert memory is not None
    assert len(json.loads(memory["prototypes"])) == 200


def test_a_cut_list_forgets_no_prototype() -> None:
    """What was not seen may be made still."""
    first = prototypes(prototype())
    cut = prototypes(now=NOW + HOUR, memory=first.memory, complete=False)
    assert cut.memory == first.memory
    assert cut.hides("prototype-slow:4")


def test_an_area_that_nobody_names() -> None:
    """The event does without."""
    memory = {"prototypes": '{"prototype-slow:4": 0}'}
    row = {"id": 4, "state": 65535}
    assert one(prototypes(row, memory=memory)).name == (
        "Travel prototype is being made for too long"
    )

"""NetServer's processes that fell silent, and what took the place of one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syseventd import Snapshot
from syseventd_superoffice.access import Listing
from syseventd_superoffice.installation.server_processes import read_processes

NOW = 1_790_000_000.0

MINUTE = 60.0

DAY = 86400.0


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


def test_a_heart_that_stopped_says_on_which_machine(one: Any) -> None:
    """The event began with the last heartbeat, and names machine, port and process."""
    event = one(processes(process()))
    assert (event.kind, event.key) == ("server-process-stopped", "server-process-stopped:1")
    assert event.name == "NetServer process on WEB01 stopped"
    assert event.activated_at == event.heartbeat == NOW - 10 * MINUTE
    assert dict(event.details) == {"Machine": "WEB01", "Port": "49152", "Process": "70247"}


def test_an_old_row_is_a_leftover() -> None:
    """A row that nobody removed for days is no news."""
    assert processes(process(silent_for=3 * DAY)) == Snapshot()


def test_a_process_that_was_started_again_has_not_stopped(keys: Any) -> None:
    """A recycled pool leaves its row behind; its successor on the same machine is there."""
    successor = process(2, 0, registered=NOW - 9 * MINUTE)
    assert keys(processes(process(1), successor)) == set()
    assert keys(processes(process(1), successor | {"machine": "web01"})) == set()


def test_a_successor_may_start_while_the_old_one_ends(keys: Any) -> None:
    """IIS starts the new process before it stops the old one."""
    assert keys(processes(process(1), process(2, 0, registered=NOW - 11 * MINUTE))) == set()


@pytest.mark.parametrize(
    "changes",
    [{"machine": "WEB02"}, {"registered": NOW - DAY}, {"registered": None}],
    ids=["another machine", "was there before", "nobody knows since when"],
)
def test_another_process_is_no_successor(keys: Any, changes: dict[str, object]) -> None:
    """Only what was started there, and afterwards, takes its place."""
    other = process(2, 0, registered=NOW - MINUTE) | changes
    assert keys(processes(process(1), other)) == {"server-process-stopped:1"}


def test_one_successor_replaces_one_process() -> None:
    """Of two that fell silent, one is missing."""
    successor = process(3, 0, registered=NOW - 9 * MINUTE)
    rows = (process(1, 10 * MINUTE), process(2, 11 * MINUTE), successor)
    assert len(processes(*rows).observations) == 1


def test_a_bad_row_hides_no_good_one(keys: Any) -> None:
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


def test_only_what_is_needed_to_know_it(one: Any) -> None:
    """A row with nothing but its identifier and its heartbeat is an event."""
    row = {"uniqueIdentifier": "guid", "updated": NOW - 10 * MINUTE}
    event = one(processes(row))
    assert event.name == "NetServer process on an unnamed machine stopped"
    assert event.details == ()


def test_a_list_that_was_cut_ends_nothing() -> None:
    """There may be more than was seen."""
    assert processes(process(), complete=False).hides("server-process-stopped:9")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_hostile_process_hides_no_good_one(keys: Any, spoilt: Any, data: Any) -> None:
    """Whatever its row holds, it is read or named, and the good one beside it is told."""
    bad = data.draw(spoilt(process()))
    snapshot = processes(bad, process(9999, machine="DB01", registered=None))
    assert "server-process-stopped:9999" in keys(snapshot)
    assert all(len(o.key) <= 512 and len(o.message) <= 4096 for o in snapshot.observations)

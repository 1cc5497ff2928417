"""Whatever a row of an installation's machinery holds, it hides no good one."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syseventd import Observation, Snapshot
from syseventd_superoffice.access import Listing
from syseventd_superoffice.installation.prototypes import read_prototypes
from syseventd_superoffice.installation.schedules import read_schedules
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


HOUR = 3600.0


def prototype(state: object = 65535, number: object = 4, **changes: object) -> dict[str, Any]:
    return {"travelgenerateddatabase_id": number, "state": state, "area_id": 3} | changes


def prototypes(
    *rows: object, now: float = NOW, memory: Any = None, complete: bool = True
) -> Snapshot:
    listing = Listing(rows, complete=complete)
    return asyncio.run(read_prototypes(listing, now, 4 * HOUR, memory or {}))


def schedule(number: int = 5, **changes: object) -> dict[str, Any]:
    row = {
        "id": number,
        "name": "Nightly clean-up",
        "disabled": 0,
        "last_execution": NOW - 600,
        "execution_time": 20,
        "last_error": None,
        "error_message": None,
        "retries": 0,
    }
    return row | changes


def schedules(*rows: object, complete: bool = True) -> Snapshot:
    return asyncio.run(read_schedules(Listing(rows, complete=complete)))


FAILED = {"last_error": NOW - 600, "error_message": "Mailbox is full"}

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)

MACHINERY = ("server-process-stopped", "prototype-slow", "schedule-failing")

ROWS = [process(), prototype(), schedule(**FAILED)]


def spoilt(row: dict[str, Any]) -> st.SearchStrategy[Any]:
    """The row with some of its fields changed to anything."""
    changes = st.dictionaries(st.sampled_from(sorted(row)), ANYTHING, min_size=1, max_size=4)
    return changes.map(lambda changed: row | changed)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(ANYTHING, *(spoilt(row) for row in ROWS)))
def test_hostile_rows_hide_no_good_ones(bad: Any) -> None:
    """Whatever a row holds, it is read or named, and the good one beside it is told."""
    good = 9_999
    memory = {"prototypes": f'{{"prototype-slow:{good}": 0}}'}
    told = (
        processes(bad, process(good, machine="DB01", registered=None)),
        prototypes(bad, prototype(number=good), memory=memory),
        schedules(bad, schedule(good, **FAILED)),
    )
    for snapshot, kind in zip(told, MACHINERY, strict=True):
        assert f"{kind}:{good}" in keys(snapshot)
        assert all(len(o.key) <= 512 and len(o.message) <= 4096 for o in snapshot.observations)

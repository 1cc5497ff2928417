"""Travel's prototypes that are being made for too long."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syseventd import Snapshot
from syseventd_superoffice.access import Listing
from syseventd_superoffice.installation.prototypes import read_prototypes

NOW = 1_790_000_000.0

HOUR = 3600.0


def prototype(state: object = 65535, number: object = 4, **changes: object) -> dict[str, Any]:
    return {"travelgenerateddatabase_id": number, "state": state, "area_id": 3} | changes


def prototypes(
    *rows: object, now: float = NOW, memory: Any = None, complete: bool = True
) -> Snapshot:
    listing = Listing(rows, complete=complete)
    return asyncio.run(read_prototypes(listing, now, 4 * HOUR, memory or {}))


@pytest.mark.parametrize("state", [65535, -1, "65535"])
def test_a_prototype_that_is_made_for_too_long(one: Any, state: object) -> None:
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


def test_a_prototype_that_can_not_be_read_is_remembered(one: Any) -> None:
    """Since when it is made stays known, and its event does not end."""
    first = prototypes(prototype())
    bad = prototypes(prototype("?"), now=NOW + HOUR, memory=first.memory)
    assert bad.hides("prototype-slow:4")
    assert not bad.hides("prototype-slow:5")
    assert one(prototypes(prototype(), now=NOW + 5 * HOUR, memory=bad.memory)).activated_at == NOW


@pytest.mark.parametrize("row", [None, prototype(number=None), prototype(number={})])
def test_a_prototype_that_does_not_say_which_it_is(keys: Any, row: object) -> None:
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


def test_an_area_that_nobody_names(one: Any) -> None:
    """The event does without."""
    memory = {"prototypes": '{"prototype-slow:4": 0}'}
    row = {"id": 4, "state": 65535}
    assert one(prototypes(row, memory=memory)).name == (
        "Travel prototype is being made for too long"
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_hostile_prototype_hides_no_good_one(keys: Any, spoilt: Any, data: Any) -> None:
    """Whatever its row holds, it is read or named, and the good one beside it is told."""
    bad = data.draw(spoilt(prototype()))
    snapshot = prototypes(
        bad, prototype(number=9999), memory={"prototypes": '{"prototype-slow:9999": 0}'}
    )
    assert "prototype-slow:9999" in keys(snapshot)
    assert all(len(o.key) <= 512 and len(o.message) <= 4096 for o in snapshot.observations)

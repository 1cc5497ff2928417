"""Every object of the model comes back from the store as it went in."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from syseventd.model import (
    EARLIEST,
    LATEST,
    NEVER,
    Advance,
    EndReason,
    Event,
    Expiry,
    Known,
    Observation,
    SourceId,
    Step,
    Transition,
)
from syseventd.store import engines, migrate, open_store, queries, rows

SOURCE = SourceId("crm", "imports")

any_text = st.text(st.characters(exclude_categories=()))  # half surrogate pairs too
plain_text = st.text()
moments = st.floats(EARLIEST, LATEST) | st.integers(int(EARLIEST), int(LATEST))
maybe = st.none() | moments
observations = st.builds(
    Observation,
    key=any_text.filter(bool),
    kind=any_text,
    name=any_text,
    status=any_text,
    message=any_text,
    scope=any_text,
    activated_at=maybe,
    activated_by=any_text,
    expected_end=maybe,
    progress=st.none() | st.floats(0, 1),
    heartbeat=maybe,
)
values = any_text | st.none() | st.floats(allow_nan=False) | st.integers() | st.booleans()
changes = st.dictionaries(any_text, st.tuples(values, values))
expiries = st.builds(
    Expiry,
    kind=plain_text.filter(lambda text: "\\" not in text),
    name=plain_text,
    at=moments | st.just(NEVER),
    not_before=maybe,
    subject=plain_text,
    issuer=plain_text,
    serial=plain_text,
)
numbers = st.integers(1, 2**63 - 1)


@pytest.fixture(scope="module")
def database() -> Iterator[Connection]:
    engine = engines.writer(engines.parse_url("sqlite://"))
    with engine.connect() as connection:
        with connection.begin():
            migrate.bring_to_head(connection, "memory")
        yield connection
    engine.dispose()


def put_and_get(database: Connection, advance: Advance) -> tuple[list[Any], list[Any], list[Any]]:
    """The events, transitions and expiries that are there after `advance` alone."""
    with database.begin() as transaction:
        queries.record(database, [advance])
        wanted = {"after": -1, "at_most": 100}
        found = (
            [rows.event_of(row) for row in database.execute(queries.events("all", {}, None))],
            [
                rows.transition_of(row)
                for row in database.execute(queries.TRANSITIONS_AFTER, wanted)
            ],
            [rows.expiry_of(row) for row in database.execute(queries.EXPIRIES)],
        )
        transaction.rollback()
    return found


@given(observations, numbers, st.floats(EARLIEST, LATEST), changes)
def test_an_open_event_and_its_transition_come_back(
    database: Connection,
    observation: Observation,
    number: int,
    at: float,
    changed: dict[str, tuple[object, object]],
) -> None:
    """Any text, half surrogate pairs and NUL included; any time; any change."""
    event = Event(number, SOURCE, observation, at)
    step = Transition(number, Step.STARTED, at, event, changed)
    assert put_and_get(database, Advance(Known(SOURCE), (step,)))[:2] == ([event], [step])


@given(observations, st.floats(EARLIEST, LATEST), st.sampled_from(EndReason))
def test_an_ended_event_comes_back(
    database: Connection, observation: Observation, at: float, reason: EndReason
) -> None:
    """With when it ended, and why; its start still shows it open."""
    begun = Event(1, SOURCE, observation, at)
    ended = replace(begun, ended_at=at, end_reason=reason)
    steps = (Transition(1, Step.STARTED, at, begun), Transition(2, Step.ENDED, at, ended))
    assert put_and_get(database, Advance(Known(SOURCE), steps))[:2] == ([ended], list(steps))


@given(st.lists(expiries, unique_by=lambda expiry: (expiry.kind, expiry.name)))
def test_expiries_come_back(database: Connection, held: list[Expiry]) -> None:
    """What never expires, too."""
    advance = Advance(Known(SOURCE, expiries=tuple(held)), renewed=True)
    assert set(put_and_get(database, advance)[2]) == set(held)


@settings(max_examples=20)
@given(st.lists(observations, max_size=400, unique_by=lambda o: o.identity))
def test_any_number_of_rows_comes_back(database: Connection, many: list[Observation]) -> None:
    """However they fall into statements of many rows."""
    ids = count(1)
    events = [Event(next(ids), SOURCE, observation, 5.0) for observation in many]
    steps = tuple(Transition(event.id, Step.STARTED, 5.0, event) for event in events)
    found, _, _ = put_and_get(database, Advance(Known(SOURCE), steps))
    assert found == events[::-1]


@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 255, 256, 257, 599])
def test_rows_fall_into_statements_of_several_sizes(database: Connection, size: int) -> None:
    """None is left out at the seams, none is written twice."""
    events = [Event(n, SOURCE, Observation(str(n), "k", "n"), 5.0) for n in range(1, size + 1)]
    steps = tuple(Transition(event.id, Step.STARTED, 5.0, event) for event in events)
    found, _, _ = put_and_get(database, Advance(Known(SOURCE), steps))
    assert found == events[::-1]


def test_half_a_surrogate_pair_in_an_expiry_is_replaced(database: Connection) -> None:
    """No database takes it as it is; two that differ stay two."""
    held = (Expiry("licence", "a\ud800", 1.0), Expiry("licence", "a\udfff", 1.0))
    found = put_and_get(database, Advance(Known(SOURCE, expiries=held), renewed=True))[2]
    assert [expiry.name for expiry in found] == ["a\\ud800", "a\\udfff"]


@pytest.mark.parametrize("odd", [math.inf, -math.inf, 10**40, "\ud800", object])
def test_odd_values_of_changes_are_kept_or_shown_as_text(database: Connection, odd: object) -> None:
    """A later kind of step may record what today's does not."""
    event = Event(1, SOURCE, Observation("a", "k", "n"), 5.0)
    step = Transition(1, Step.CHANGED, 5.0, event, {"what": (None, odd)})
    ((found,)) = put_and_get(database, Advance(Known(SOURCE), (step,)))[1]
    assert found.changes == {"what": (None, str(odd) if odd is object else odd)}


def test_what_is_stored_by_one_store_is_known_to_the_next(url: str) -> None:
    """Keys that no column takes are the same after a restart, so their events go on."""
    observation = Observation("key \udc80", "k", "n", message="\x00 ☃ \ud83d")
    event = Event(1, SOURCE, observation, 5.0)
    known = Known(SOURCE, {observation.identity: event})

    async def body() -> dict[SourceId, Known]:
        store = await open_store(url)
        await store.commit(Advance(known, (Transition(1, Step.STARTED, 5.0, event),)))
        await store.close()
        again = await open_store(url)
        found = await again.known()
        await again.close()
        return found

    assert asyncio.run(body()) == {SOURCE: known}

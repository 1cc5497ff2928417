"""Choosing, sorting and paging the rows of the archive of system events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd_superoffice.simulator.archives import (
    BATCH_TASKS,
    EVENT_COLUMNS,
    ROWS,
    SYSTEM_EVENTS,
)
from syseventd_superoffice.simulator.clock import Clock
from syseventd_superoffice.simulator.dates import Dates
from syseventd_superoffice.simulator.errors import RequestError
from syseventd_superoffice.simulator.reading import Reading
from syseventd_superoffice.simulator.rest import ZONES
from syseventd_superoffice.simulator.story import state_at
from syseventd_superoffice.simulator.world import SystemEvent

READING = Reading("en", Dates(UTC), Clock(epoch=1e9, held=True), UTC)
EVENTS = state_at(140).events
ARCHIVES = [*(archive for archive, _ in ROWS.values()), ZONES]

parse_query = SYSTEM_EVENTS.parse


def page(
    events: Iterable[SystemEvent], query: Any, reading: Reading
) -> tuple[list[dict[str, Any]], bool]:
    found = SYSTEM_EVENTS.page(events, query, reading)
    return found.rows, found.more


def ids(parameters: Mapping[str, str]) -> list[int]:
    rows, _ = page(EVENTS, parse_query({"$select": "SystemEvent_id", **parameters}), READING)
    return [row["SystemEvent_id"] for row in rows]


def test_there_is_something_to_page_through() -> None:
    """The moment that these tests look at has five events."""
    assert len(EVENTS) == 5


def test_select_chooses_the_columns() -> None:
    """A row has its key, its entity, and the chosen columns alone, in their order."""
    query = parse_query({"$select": "eventname, registered_associate_id/assocName"})
    rows, _ = page(EVENTS, query, READING)
    names = ["PrimaryKey", "EntityName", "eventname", "registered_associate_id/assocName"]
    assert [list(row) for row in rows] == [names] * len(EVENTS)


def test_every_column_can_be_chosen() -> None:
    """All columns that the vendor documents have a value, or null."""
    columns = SYSTEM_EVENTS.columns
    rows, _ = page(EVENTS, parse_query({"$select": ",".join(columns)}), READING)
    assert set(rows[0]) == {"PrimaryKey", "EntityName", *columns}


def test_without_select_come_the_events_own_columns() -> None:
    """A request that chooses nothing sees the event, and not all about its person."""
    rows, _ = page(EVENTS, parse_query({}), READING)
    assert set(rows[0]) == {"PrimaryKey", "EntityName", *EVENT_COLUMNS}


def test_a_primary_key_is_text() -> None:
    """The key is a text, and the id a number, as in the vendor's samples."""
    rows, _ = page(EVENTS, parse_query({}), READING)
    assert all(row["PrimaryKey"] == str(row["SystemEvent_id"]) for row in rows)
    assert all(isinstance(row["SystemEvent_id"], int) for row in rows)


def test_rows_are_sorted_by_the_first_term_first() -> None:
    """Later terms decide only among equals; each has its own direction."""
    query = parse_query(
        {"$select": "scope,SystemEvent_id", "$orderBy": "scope,SystemEvent_id desc"}
    )
    rows, _ = page(EVENTS, query, READING)
    pairs = [(row["scope"], -row["SystemEvent_id"]) for row in rows]
    assert pairs == sorted(pairs)
    assert len({scope for scope, _ in pairs}) == 3


def test_rows_can_be_sorted_by_what_is_not_shown() -> None:
    """A column that sorts need not be chosen."""
    assert ids({"$orderby": "registered DESC , SystemEvent_id desc"}) == sorted(
        (event.id for event in EVENTS), reverse=True
    )


@given(st.integers(0, 7), st.integers(0, 7))
def test_a_page_is_a_slice(top: int, skip: int) -> None:
    """`$top` and `$skip` cut the sorted rows, and it is told whether more lie behind."""
    everything = ids({"$orderBy": "SystemEvent_id"})
    query = parse_query({"$orderBy": "SystemEvent_id", "$top": str(top), "$skip": str(skip)})
    rows, more = page(EVENTS, query, READING)
    assert [row["SystemEvent_id"] for row in rows] == everything[skip : skip + top]
    assert more == (top > 0 and skip + top < len(everything))


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"$select": "eventname,colour"}, "colour"),
        ({"$orderBy": "colour"}, "colour"),
        ({"$orderBy": "eventname sideways"}, "sideways"),
        ({"$orderBy": "registered_associate_id/portraitThumbnail"}, "can't be sorted by"),
        ({"$top": "-1"}, r"\$top"),
        ({"$top": "ten"}, r"\$top"),
        ({"$skip": ""}, r"\$skip"),
        ({"$skip": "9" * 5000}, r"\$skip"),
        ({"$top": "2147483648"}, r"\$top"),
    ],
)
def test_a_wrong_parameter_is_the_requests_fault(parameters: dict[str, str], problem: str) -> None:
    """What is wrong is refused, and named."""
    with pytest.raises(RequestError, match=problem) as caught:
        parse_query(parameters)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "parameters", [{"$filter": "scope eq 1"}, {"$mode": "Full"}, {"$format": "xml"}]
)
def test_what_is_not_played_is_said_to_be(parameters: dict[str, str]) -> None:
    """The simulator does not answer as if it had understood."""
    with pytest.raises(RequestError, match="does not play") as caught:
        parse_query(parameters)
    assert caught.value.status == 501


def test_what_is_done_anyway_may_be_asked_for() -> None:
    """Slim rows in JSON are what there is; other people's parameters are ignored."""
    asked = {"$mode": "Slim", "$format": "json", "$output": "Logical", "nocache": "1"}
    assert parse_query(asked) == parse_query({})


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda archive: archive.name)
def test_an_archive_is_sound(archive: Any) -> None:
    """What is shown, and what can't be sorted by, are columns that there are."""
    assert set(archive.columns) >= {*archive.shown, *archive.not_sortable}


def test_the_columns_of_batch_tasks_are_the_documented_ones() -> None:
    """All of them, and no other."""
    assert sorted(BATCH_TASKS.columns, key=str.lower) == [
        *("DbTag", "DefinitionDescription", "DefinitionId", "DefinitionName"),
        *("DefinitionTimeOut", "Description", "DetailsRecord", "DetailsTable", "LastStarted"),
        *("ProgressDescription", "ProgressPercent", "registeredBy", "registeredDate"),
        *("Request", "Response", "StartCount", "State", "updatedBy", "updatedDate"),
    ]

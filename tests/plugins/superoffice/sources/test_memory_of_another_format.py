"""Memory that another version wrote, or nobody of us, keeps no source from looking."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import syseventd_superoffice
from syseventd import ProbeEnded, Target
from syseventd.interface import SourceType
from syseventd_superoffice import cancellations, news, saint_memory, task_endings, unreadable
from syseventd_superoffice.imports import LAST_FAILED, WAITING_SINCE
from syseventd_superoffice.installation import changes, prototypes
from syseventd_superoffice.licences import memory as licences_memory
from syseventd_superoffice.licences import server
from syseventd_superoffice.metered.months import Month
from syseventd_superoffice.metered.tallies import Tally

AT = "2026-08-01T14:00:00+00:00"

ANSWERS: dict[str, Any] = {
    "system_events": [{"PrimaryKey": 1, "eventkey": "kSEPublishContact", "scope": 2}],
    "system_messages": [],
    "batch_tasks": [
        {"PrimaryKey": 7, "State": "New", "registeredDate": AT},
        {"PrimaryKey": 8, "State": "Failed", "registeredDate": AT},
    ],
    "saint_configurations": [
        {"OwnerTable": 5, "GenerationStart": AT, "GenerationEnd": None, "RowsGenerated": 1}
    ],
    "status_monitors": [],
    "freetext_status": {"FreeTextEnabled": True, "LastGenerated": AT},
    "usage": {"storage": 1, "mailings": 2, "logins": 3, "chats": 4, "forms": 5},
    "tenant": {"IsRunning": True, "State": "Running", "Endpoint": "https://example.com"},
    "licences": [],
    "versions": {},
    "database": {},
    "prototypes": [],
    "schedules": [],
    "server_processes": [],
}

NAMES = (
    cancellations.MEMORY,
    news.MEMORY,
    saint_memory.NAME,
    task_endings.MEMORY,
    unreadable.MEMORY,
    LAST_FAILED,
    WAITING_SINCE,
    changes.SATELLITES,
    prototypes.MEMORY,
    licences_memory.MEMORY,
    server.MEMORY,
    "tally:mailings",
    "tally:chats",
    "endpoint",
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=7)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        | st.fixed_dictionaries(
            {}, optional=dict.fromkeys(("highest", "pending", "took", "dirty", "run"), inner)
        )
    ),
    max_leaves=12,
)
memories = st.dictionaries(
    st.sampled_from(NAMES) | st.text(max_size=9),
    st.text(max_size=40) | st.floats().map(repr) | json_values.map(json.dumps),
    max_size=6,
)


def sources() -> list[Any]:
    return [pytest.param(s, id=s.name) for s in syseventd_superoffice.source_types()]


def probe(installation: Any, source_type: SourceType, *memories: dict[str, str]) -> int:
    """Probes that recall these, and how many they were.

    A source may say that nothing is there; it may not break.
    """
    installation.answers(**ANSWERS)
    target = Target("crm", "superoffice", None)
    source: Any = source_type.create(target, installation.connection, source_type.settings())
    for memory in memories:
        source.recall(memory)
        try:
            asyncio.run(source.probe())
        except ProbeEnded as ended:
            assert type(ended) in told_without_memory(installation, source_type)  # noqa: PT017
    return len(memories)


def told_without_memory(installation: Any, source_type: SourceType) -> list[type[ProbeEnded]]:
    """How a probe ends where nothing is remembered."""
    target = Target("crm", "superoffice", None)
    source: Any = source_type.create(target, installation.connection, source_type.settings())
    source.recall({})
    try:
        asyncio.run(source.probe())
    except ProbeEnded as ended:
        return [type(ended)]
    return []


@pytest.mark.parametrize("source_type", sources())
@given(memory=memories)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
def test_no_memory_keeps_a_source_from_looking(
    installation: Any, source_type: SourceType, memory: dict[str, str]
) -> None:
    """Any texts by any names: what can't be read counts as nothing remembered."""
    assert probe(installation, source_type, memory) == 1, "it looked"


@pytest.mark.parametrize("source_type", sources())
@pytest.mark.parametrize(
    "text",
    [
        '[["a","b"]]',
        '{"highest":1}',
        '{"run":["a"]}',
        '{"run":["a","b",["c"]]}',
        '{"took":{"counters contact":[1e300,[1e300,1e300,1e300]]}}',
        '{"dirty":{"counters contact":"NaN"}}',
        '[["database","k","udef-rebuild","n",1e300,1e300]]',
        "nan",
        "inf",
        "-1e300",
        "[" * 100_000,
    ],
    ids=range(11),
)
def test_no_text_by_a_name_that_is_known_breaks_a_source(
    installation: Any, source_type: SourceType, text: str
) -> None:
    """Formats that were or may be, times that are none, what is nested without end."""
    assert probe(installation, source_type, dict.fromkeys(NAMES, text)) == 1


def test_an_event_that_an_earlier_version_followed_is_followed() -> None:
    """It did not remember the number of the row."""
    [followed] = cancellations.recalled(
        {cancellations.MEMORY: '[["database", "k", "udef-rebuild", "n", 1.0, null]]'}
    )
    assert followed == cancellations.Followed("database", "k", "udef-rebuild", "n", 1.0)


def test_a_regeneration_that_an_earlier_version_remembered_goes_on() -> None:
    """It did not remember since when nothing is seen of it."""
    run = saint_memory.recalled({saint_memory.NAME: '{"run": ["saint:x:1", 1.0, ["x"]]}'}).run
    assert run == saint_memory.Run("saint:x:1", 1.0, ("x",))


@pytest.mark.parametrize(
    "changed",
    [{"counted": "x"}, {"surely_for": None}, {"lost": float("inf")}, {"new": 1}, {"shown": []}],
    ids=str,
)
def test_a_tally_that_can_not_be_read_is_begun_anew(changed: dict[str, object]) -> None:
    """It is of this month, and one of its numbers is none."""
    month = Month("2026-08", 1000.0, 9000.0)
    kept = Tally("2026-08", 2000.0, 5, 5)
    written = json.loads(kept.written)
    assert Tally.read(json.dumps(written), month, 5000.0) == kept
    assert Tally.read(json.dumps(written | changed), month, 5000.0) == Tally("2026-08", 1000.0)

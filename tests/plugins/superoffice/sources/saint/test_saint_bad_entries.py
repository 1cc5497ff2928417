"""Whatever an entry of SAINT holds, it is named and hides no good one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syseventd import Malformed
from syseventd_superoffice.access import Document
from syseventd_superoffice.saint import GAUGES, KINDS

HOUR = 3600.0

NIGHT = 1_790_000_000.0
"""When the regeneration of the story began: 2026-09-21 14:13:20 UTC."""

DONE = (NIGHT, NIGHT + 300)
"""A regeneration that took five minutes."""

BAD = [
    7,
    None,
    "text",
    {},
    {"OwnerTable": 5, "Enabled": True},
]

BAD_FIELDS: list[dict[str, object]] = [
    {"OwnerTable": None},
    {"OwnerTable": "five"},
    {"GenerationStart": "yesterday"},
    {"GenerationEnd": {}},
]


@pytest.mark.parametrize("bad", [*BAD, *BAD_FIELDS], ids=str)
def test_a_bad_entry_hides_no_good_one_and_ends_nothing(
    counters: Any, watched: Any, bad: object
) -> None:
    """It is named; what it may be about is not said to have ended."""
    bad = counters(5, *DONE) | bad if bad in BAD_FIELDS else bad
    watched.probe((counters(5, NIGHT, None), counters(6, *DONE)))
    snapshot = watched.probe((bad, counters(6, *DONE)))
    assert [m.part for m in snapshot.measurements] == ["counters person"] * 2
    assert [p.where for p in snapshot.problems] == ["SAINT counters, entry 1"]
    assert {
        "saint-stale:counters",
        "saint-never:counters",
        "saint:counters-contact:1790000000",
    } <= snapshot.unseen


def test_a_bad_entry_does_not_keep_what_ended(counters: Any, watched: Any) -> None:
    """Where all that ran is seen to have ended, the regeneration is over."""
    watched.probe((7, counters(5, NIGHT, None)))
    snapshot = watched.probe((7, counters(5, *DONE)))
    assert snapshot.observations == ()
    assert not {name for name in snapshot.unseen if name.startswith("saint:")}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"StatusMonitorId": None}, "has no StatusMonitorId"),
        ({"StatusMonitorId": "x"}, 'StatusMonitorId "x" is not a whole number'),
        ({"LastGenerated": "?"}, 'LastGenerated "?" is not a date'),
    ],
)
def test_a_bad_status_monitor_is_named(
    monitor: Any, watched: Any, changes: dict[str, object], reason: str
) -> None:
    """Its place in the list, the field, and what is wrong with it."""
    snapshot = watched.probe((), (monitor(8, *DONE), monitor(7, *DONE) | changes))
    assert [str(p) for p in snapshot.problems] == [f"SAINT status monitors, entry 2: {reason}"]


def test_a_status_monitor_without_its_dates_is_named(monitor: Any, watched: Any) -> None:
    """Nobody could tell whether it is being worked out."""
    snapshot = watched.probe((), (monitor(8, *DONE), {"StatusMonitorId": 7}))
    assert [str(p) for p in snapshot.problems] == [
        "SAINT status monitors, entry 2: has no LastGenerated"
    ]


def test_a_bad_field_leaves_its_part(counters: Any, watched: Any) -> None:
    """A count that can't be read is missing; the dates beside it hold."""
    snapshot = watched.probe((counters(5, *DONE, RowsGenerated=-1, Enabled="maybe"),))
    [measured] = snapshot.measurements
    assert measured.part == "counters contact"
    assert {p.reason for p in snapshot.problems} == {
        "RowsGenerated -1 is less than nothing",
        'Enabled "maybe" is neither true nor false',
    }


def test_what_is_listed_twice_is_one(counters: Any, watched: Any) -> None:
    """The first counts, and the second is named."""
    snapshot = watched.probe((counters(5, *DONE), counters("5", NIGHT, None)))
    assert snapshot.observations == ()
    [problem] = snapshot.problems
    assert problem.reason == "counters contact is listed twice; took the first"


def test_the_same_again_is_no_problem(monitor: Any, watched: Any) -> None:
    """An installation may answer with all status monitors, whichever type was asked for."""
    types = ("contact", "person", "project")
    snapshot = watched.probe((), tuple(monitor(7, *DONE, Type=name) for name in types))
    assert snapshot.problems == ()
    assert len(snapshot.measurements) == 3


@pytest.mark.parametrize("reply", [{}, "text", None, [7], [{}, None]])
def test_a_reply_of_another_shape_is_malformed(watched: Any, reply: object) -> None:
    """No list, or nothing in it that can be read."""
    with pytest.raises(Malformed):
        watched.probe(Document(reply, "Saint/GetSaintConfigurations"))


def test_more_entries_than_any_installation_has_are_malformed(counters: Any, watched: Any) -> None:
    """An endless list is not read to its end."""
    endless = [counters(5, 0, 0)] * 1001
    with pytest.raises(Malformed):
        watched.probe(Document(endless, "Saint/GetSaintConfigurations"))


FIELDS = (
    *("OwnerTable", "Enabled", "Period1", "GenerationStart", "GenerationEnd", "RowsGenerated"),
    *("StatusMonitorId", "Name", "IsVisual", "Deleted", "NeedsUpdate", "NumMatches"),
    *("NumNeedUpdate", "LastGenerated"),
)

DATES = ("2026-09-21T14:13:20+00:00", "2026-09-21T14:13:29+00:00")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
)

entries = st.lists(
    st.dictionaries(
        st.sampled_from(FIELDS),
        json_values | st.sampled_from([5, 6, *DATES, True, "0001-01-01"]),
    )
    | json_values,
    max_size=6,
)


@given(st.lists(st.tuples(entries, entries), min_size=1, max_size=3))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50
)
def test_no_reply_brings_another_outcome(
    watched: Any, story: list[tuple[list[object], list[object]]]
) -> None:
    """Whatever comes, again and again, is a snapshot, or malformed by name."""
    watched.memory = {}
    for of_counters, monitors in story:
        watched.now += 30 * HOUR
        try:
            snapshot = watched.probe(of_counters, monitors)
        except Malformed:
            continue
        known = {"saint-rebuild", *(kind.name for kind in KINDS)}
        assert {o.kind for o in snapshot.observations} <= known
        assert {m.name for m in snapshot.measurements} <= {gauge.name for gauge in GAUGES}

"""The words refuse what makes no sense, and know what follows from what they hold."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd.model import (
    EARLIEST,
    FAILURES,
    LATEST,
    NEVER,
    NO_FACTS,
    EndReason,
    Event,
    EventKey,
    Expiry,
    Observation,
    Outcome,
    Problem,
    Snapshot,
    SourceId,
)

IMPORT = Observation("17", "import", "Import 17", scope="db1")
EVENT = Event(1, SourceId("crm", "imports"), IMPORT, started_at=100.0)


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.NOT_AVAILABLE, Outcome.PAUSED])
def test_an_answer_is_no_failure(outcome: Outcome) -> None:
    """A source that lacks something, or asks to be left alone for now, did not fail."""
    assert not outcome.failed


def test_all_other_outcomes_are_failures() -> None:
    """What the contract counts by reason, and nothing else."""
    assert {str(outcome) for outcome in Outcome if outcome.failed} == {
        "timeout",
        "unreachable",
        "unauthorized",
        "throttled",
        "malformed",
        "error",
    }
    assert {outcome for outcome in Outcome if outcome.failed} == FAILURES


def test_a_source_reads_as_people_write_it() -> None:
    """Target and source, as on the command line."""
    assert str(SourceId("crm", "imports")) == "crm/imports"


def test_scope_and_key_identify_an_observation() -> None:
    """The same key in another scope is another event."""
    assert IMPORT.identity == EventKey("db1", "17")
    assert replace(IMPORT, scope="db2").identity != IMPORT.identity


def test_an_observation_needs_a_key() -> None:
    """Without one nothing tells it apart; the error says of which kind it is."""
    with pytest.raises(ValueError, match="an observation of kind 'import' has no key"):
        Observation("", "import", "Import")


@pytest.mark.parametrize("progress", [-0.01, 1.01, 45, math.nan, math.inf])
def test_progress_is_a_share(progress: float) -> None:
    """Per cent, and what is no number, are refused with the key."""
    with pytest.raises(ValueError, match=r"17: progress .* is not a share from 0 to 1"):
        Observation("17", "import", "Import", progress=progress)


@pytest.mark.parametrize("progress", [None, 0, 0.5, 1])
def test_a_share_is_progress(progress: float | None) -> None:
    """Both ends are shares, and it may be unknown."""
    assert Observation("17", "import", "Import", progress=progress).progress == progress


@pytest.mark.parametrize("name", ["activated_at", "expected_end", "heartbeat"])
@given(value=st.floats())
def test_each_time_of_an_observation_can_be_shown_as_a_date(name: str, value: float) -> None:
    """A time is taken exactly if it lies within the range of dates; the error names the field."""
    if EARLIEST <= value <= LATEST:
        assert getattr(Observation("17", "import", "Import", **{name: value}), name) == value
    else:
        with pytest.raises(ValueError, match=f"17: {name} is .*, which is no time"):
            Observation("17", "import", "Import", **{name: value})


@pytest.mark.parametrize("value", [math.nan, -math.inf, LATEST * 1.01, EARLIEST * 1.01])
def test_an_expiry_is_a_date(value: float) -> None:
    """What is no date is refused with the expiry's name."""
    with pytest.raises(ValueError, match=r"Sales: at is .*, which is no time"):
        Expiry("licence", "Sales", value)


def test_an_expiry_may_be_never() -> None:
    """Never is a date like any other, but nothing begins never."""
    assert Expiry("licence", "Sales", NEVER).at == math.inf
    with pytest.raises(ValueError, match="Sales: not_before is inf"):
        Expiry("licence", "Sales", NEVER, not_before=NEVER)


def test_a_problem_reads_as_place_and_reason() -> None:
    """As it stands in the log and on the page."""
    assert str(Problem("/etc/x.pem", "it is empty")) == "/etc/x.pem: it is empty"


def test_a_snapshot_without_facts_has_a_mapping_that_nobody_can_fill() -> None:
    """All empty snapshots share it."""
    assert Snapshot().facts is NO_FACTS
    with pytest.raises(TypeError):
        Snapshot().facts["version"] = "10"  # type: ignore[index]


@pytest.mark.parametrize(
    ("snapshot", "name", "hidden"),
    [
        (Snapshot(), "a", False),
        (Snapshot(complete=False), "a", True),
        (Snapshot(unseen=frozenset({"a"})), "a", True),
        (Snapshot(unseen=frozenset({"a"})), "ab", False),
        (Snapshot(unseen_under=("/etc/ssl/",)), "/etc/ssl/x.pem", True),
        (Snapshot(unseen_under=("/etc/ssl/",)), "/etc/sslx.pem", False),
        (Snapshot(unseen_under=("/a/", "/b/")), "/b/c/d", True),
    ],
)
def test_a_snapshot_hides_what_it_could_not_look_at(
    snapshot: Snapshot, name: str, hidden: bool
) -> None:
    """All of it if it is incomplete, else what it names, and what lies under what it names."""
    assert snapshot.hides(name) is hidden


def test_an_event_is_active_until_it_has_an_end() -> None:
    """An end at the epoch is an end too."""
    assert EVENT.state == "active"
    assert replace(EVENT, ended_at=0.0, end_reason=EndReason.GONE).state == "ended"


def test_an_event_began_when_its_source_says() -> None:
    """Else when we first saw it; a start at the epoch is a start."""
    assert EVENT.began_at == 100.0
    assert replace(EVENT, observation=replace(IMPORT, activated_at=0.0)).began_at == 0.0


@pytest.mark.parametrize("word", [IMPORT, EVENT, Snapshot(), Expiry("licence", "Sales", 1.0)])
def test_words_are_immutable(word: object) -> None:
    """Readers share them without locks."""
    field = next(iter(word.__dataclass_fields__))  # type: ignore[attr-defined]
    with pytest.raises(FrozenInstanceError):
        setattr(word, field, None)


@pytest.mark.parametrize("mark", ["628", "task:", ":628", ""])
def test_a_mark_names_its_witness_and_something_of_its_own(mark: str) -> None:
    """Two systems number alike: what is no mark would join what is not the same."""
    with pytest.raises(ValueError, match="is no mark; write `witness:name`"):
        replace(IMPORT, marks=frozenset({"task:1", mark}))


def test_a_mark_may_hold_further_colons() -> None:
    """The witness ends at the first."""
    assert replace(IMPORT, marks=frozenset({"task:db:1"})).marks == {"task:db:1"}

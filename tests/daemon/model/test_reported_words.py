"""What a source reports refuses what makes no sense, and says what is wrong with it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd.model import EARLIEST, LATEST, NEVER, EventKey, Expiry, Observation, Problem

IMPORT = Observation("17", "import", "Import 17", scope="db1")


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


@pytest.mark.parametrize("mark", ["628", "task:", ":628", ""])
def test_a_mark_names_its_witness_and_something_of_its_own(mark: str) -> None:
    """Two systems number alike: what is no mark would join what is not the same."""
    with pytest.raises(ValueError, match="is no mark; write `witness:name`"):
        replace(IMPORT, marks=frozenset({"task:1", mark}))


def test_a_mark_may_hold_further_colons() -> None:
    """The witness ends at the first."""
    assert replace(IMPORT, marks=frozenset({"task:db:1"})).marks == {"task:db:1"}


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

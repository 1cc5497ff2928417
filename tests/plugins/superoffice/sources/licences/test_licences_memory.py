"""What is remembered of licences comes back as it was, and what nobody wrote does no harm."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd import NEVER, Snapshot
from syseventd_superoffice.licences.memory import MOST_MODULES, Held, Memory, recalled

NAMES = st.text(max_size=5)
TIMES = st.floats(-1e9, 1e10) | st.just(NEVER)
HELD = st.builds(
    Held,
    NAMES,
    st.dictionaries(NAMES, TIMES),
    st.dictionaries(NAMES, st.floats(-1, 1e7)),
    st.none() | st.dictionaries(NAMES, st.none() | st.integers(0, 2**62)),
    st.just(frozenset()),
    st.frozensets(NAMES),
)


@given(st.builds(Memory, st.dictionaries(NAMES, HELD), NAMES, st.none() | TIMES))
def test_what_was_written_is_recalled(memory: Memory) -> None:
    """All of it, whatever the names are."""
    assert recalled(memory.written()) == memory


@given(st.text() | st.recursive(st.none() | st.integers(), st.lists).map(json.dumps))
def test_any_text_can_be_recalled(text: str) -> None:
    """What isn't ours counts as nothing."""
    assert recalled({"licences": text}) == Memory()


@pytest.mark.parametrize(
    "field", [{"modules": {"m": "x"}}, {"dates": {"d": "x"}}, {"seats": 7}, {"owner": None}]
)
def test_a_part_that_is_not_ours(field: dict[str, Any]) -> None:
    """Half a memory is none, except for what can be taken for a text."""
    written = Memory({"a": Held("A")}).written()["licences"]
    whole = json.loads(written)
    whole["owners"]["a"] |= field
    kept = recalled({"licences": json.dumps(whole)})
    assert kept == Memory() or kept.owners["a"].owner == "None"


def test_no_memory_at_all() -> None:
    """As at the very first probe."""
    assert recalled({}) == Memory()


def test_more_modules_than_any_installation_has_are_not_remembered() -> None:
    """Those of the owners that fit are."""
    few, many = {"m": 1}, {f"m{n}": n for n in range(MOST_MODULES)}
    memory = Memory({"a": Held("A", modules=few), "b": Held("B", modules=many)})
    kept = recalled(memory.written()).owners
    assert (kept["a"].modules, kept["b"].modules) == (few, None)


def test_a_memory_of_nobodys_leaves_the_source_working(watch: Any, entry: Any) -> None:
    """The probe is as the first one of all."""
    from dataclasses import replace

    odd = {"licences": "{", "licence-server": "{", "news": "{"}
    watch.known = replace(watch.known, memory=odd)
    seen: Snapshot = watch.probe("2026-11-01", entry())
    assert seen.expiries
    assert seen.memory is not None
    assert seen.memory.keys() == {"licences", "licence-server"}


def test_while_nothing_changes_the_memory_stays_the_same(watch: Any, entry: Any) -> None:
    """So that nothing is written to the store."""
    licence = entry()
    first = watch.probe("2026-11-01T12:00:00", licence).memory
    assert watch.probe("2026-11-01T13:00:00", licence).memory == first

"""The fields that few snapshots use: each of its type and in its bounds, or the fault names it."""

from __future__ import annotations

import math
from typing import Any

import pytest

from syseventd.model import (
    Ending,
    EndReason,
    Measurement,
    Meter,
    Observation,
    Outcome,
    Snapshot,
)
from syseventd.probing.answers import returned
from syseventd.probing.checking import LARGE, LARGEST_MEMORY, fault_of, is_large
from syseventd.probing.fields import LONGEST_LABEL, MOST_MARKS


class Unshowable:
    """A value that not even its fault can show."""

    def __repr__(self) -> str:
        raise RuntimeError


def seen(**fields: Any) -> Observation:
    """An observation with one field as a careless plugin would set it."""
    observation = Observation("7", "job", "n")
    for name, value in fields.items():
        object.__setattr__(observation, name, value)
    return observation


def measured(*values: Any) -> Snapshot:
    return Snapshot(measurements=(Measurement(*values),))


def ended(*values: Any) -> Snapshot:
    return Snapshot(endings=(Ending(*values),))


SOUND = {
    "stalled": Snapshot((seen(stalled=True),)),
    "details": Snapshot((seen(details=(("Rows", "7"), ("Rows", ""))),)),
    "marks": Snapshot((seen(marks=frozenset(f"task:{n}" for n in range(MOST_MARKS))),)),
    "long mark": Snapshot((seen(marks=frozenset({"t:" + "x" * (LONGEST_LABEL - 2)})),)),
    "measurement": measured("words", 10**15, "p" * LONGEST_LABEL),
    "negative": measured("words", -0.5),
    "memory": Snapshot(memory={"a": "1", "b": "x" * (LARGEST_MEMORY - 3)}),
    "no memory": Snapshot(memory={}),
    "estimated": Snapshot(meters=(Meter("m", 1.0, estimated=True),)),
    **{
        reason.value: ended(seen(), reason, True)
        for reason in (EndReason.GONE, EndReason.SUCCEEDED, EndReason.FAILED, EndReason.RENEWED)
    },
}


@pytest.mark.parametrize("name", SOUND)
def test_what_is_right_passes_as_it_is(name: str) -> None:
    """Nothing is cut either: it is the same snapshot."""
    assert returned(SOUND[name]).snapshot is SOUND[name]


WRONG: dict[str, tuple[Snapshot, str]] = {
    "stalled": (Snapshot((seen(stalled="no"),)), "the stalled of Observation(key='7'"),
    "stalled 1": (Snapshot((seen(stalled=1),)), "the stalled of"),
    "details list": (Snapshot((seen(details=[]),)), "the details of"),
    "details None": (Snapshot((seen(details=None),)), "the details of"),
    "detail": (Snapshot((seen(details=("ab",)),)), "the details of"),
    "detail of three": (Snapshot((seen(details=(("a", "b", "c"),)),)), "the details of"),
    "detail of a number": (Snapshot((seen(details=(("Rows", 7),)),)), "the details of"),
    "marks set": (Snapshot((seen(marks=set()),)), "the marks of"),
    "marks None": (Snapshot((seen(marks=None),)), "the marks of"),
    "mark": (Snapshot((seen(marks=frozenset({7})),)), "the marks of"),
    "many marks": (
        Snapshot((seen(marks=frozenset(f"t:{n}" for n in range(MOST_MARKS + 1))),)),
        "the marks of",
    ),
    "long mark": (Snapshot((seen(marks=frozenset({"t:" + "x" * 511})),)), "one of the marks of"),
    "unshowable": (Snapshot((seen(stalled=Unshowable()),)), "the stalled of an Observation"),
    "measurements": (Snapshot(measurements=[]), "the snapshot's measurements is a list"),  # type: ignore[arg-type]
    "measurement": (Snapshot(measurements=(1,)), "the snapshot's measurements holds a int"),  # type: ignore[arg-type]
    "name": (measured(None, 1.0), "the name of Measurement("),
    "part": (measured("words", 1.0, None), "the part of Measurement("),
    "long part": (measured("words", 1.0, "p" * 513), "the part of Measurement("),
    "text": (measured("words", "7"), "a time or number of Measurement("),
    "bool": (measured("words", True), "a time or number of Measurement("),
    "none": (measured("words", None), "a time or number of Measurement("),
    "nan": (measured("words", math.nan), "a time or number of Measurement("),
    "never": (measured("words", math.inf), "a time or number of Measurement("),
    "huge": (measured("words", 10**400), "a time or number of"),
    "endings": (Snapshot(endings=[]), "the snapshot's endings is a list, not a tuple"),  # type: ignore[arg-type]
    "ending": (Snapshot(endings=(seen(),)), "the snapshot's endings holds a Observation"),  # type: ignore[arg-type]
    "observation": (ended(None, EndReason.GONE), "the observation of an Ending is a NoneType"),
    "its field": (ended(seen(name=3), EndReason.GONE), "the name of Observation("),
    "its marks": (ended(seen(marks={"t:1"}), EndReason.GONE), "the marks of Observation("),
    "reason": (ended(seen(), "succeeded"), "the reason of Ending("),
    "no reason": (ended(seen(), []), "the reason of Ending("),
    "replaced": (ended(seen(), EndReason.REPLACED), "the reason of Ending("),
    "merged": (ended(seen(), EndReason.MERGED), "the reason of Ending("),
    "unwatched": (ended(seen(), EndReason.UNWATCHED), "the reason of Ending("),
    "fresh": (ended(seen(), EndReason.GONE, "yes"), "the fresh of Ending("),
    "memory": (Snapshot(memory=[]), "the snapshot's memory is a list, not a mapping"),  # type: ignore[arg-type]
    "memory of bytes": (Snapshot(memory={"a": b"1"}), "the snapshot's memory holds a str for a"),  # type: ignore[dict-item]
    "memory by number": (Snapshot(memory={1: "a"}), "the snapshot's memory holds a int for a"),  # type: ignore[dict-item]
    "large memory": (
        Snapshot(memory={"a": "x" * LARGEST_MEMORY}),
        "the snapshot's memory has 262145 bytes; 262144 are the most",
    ),
    "large letters": (Snapshot(memory={"å": "Å" * 140_000}), "the snapshot's memory has 280002"),
    "half a pair": (Snapshot(memory={"\ud800": "\ud800" * 90_000}), "the snapshot's memory has"),
    "estimated": (
        Snapshot(meters=(Meter("mails", 1.0, estimated="yes"),)),  # type: ignore[arg-type]
        "the snapshot's meter mails has 'yes' for estimated",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_the_sources_error_and_named(name: str) -> None:
    """Such a snapshot never reaches store and board, and its author finds the field."""
    snapshot, told = WRONG[name]
    answer = returned(snapshot)
    assert (answer.outcome, answer.snapshot) == (Outcome.ERROR, None)
    assert answer.reason.startswith(told)


def test_the_reasons_that_a_source_may_give_are_told() -> None:
    """Those that are left to it."""
    told = fault_of(ended(seen(), EndReason.MERGED))
    assert told.endswith("it may be one of GONE, SUCCEEDED, FAILED, RENEWED")


def test_endings_and_measurements_are_work_too() -> None:
    """A snapshot with very many of them is checked while others go on."""
    assert is_large(Snapshot(endings=(Ending(seen(), EndReason.GONE),) * (LARGE + 1)))
    assert is_large(Snapshot(measurements=(Measurement("words", 1.0),) * (LARGE + 1)))

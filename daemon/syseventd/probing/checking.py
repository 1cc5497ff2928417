"""Whether what a source returned is a Snapshot, down to the types of all that it holds."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from syseventd.model import (
    Ending,
    Expiry,
    Measurement,
    Meter,
    Observation,
    Problem,
    Seats,
    Snapshot,
)
from syseventd.probing.fields import fault_of_fields, is_number

LARGE = 2000
"""Items of a snapshot that are checked while others wait: some 10 ms of work."""
LARGEST_MEMORY = 262144
"""Bytes of all that a source wants to be told again: it is stored with each change."""

_PARTS = (
    ("observations", Observation),
    ("expiries", Expiry),
    ("seats", Seats),
    ("meters", Meter),
    ("measurements", Measurement),
    ("endings", Ending),
    ("problems", Problem),
)


def fault_of(value: object) -> str:
    """What is wrong with `value` as the answer of a source; "" where it is a sound Snapshot."""
    if not isinstance(value, Snapshot):
        return _no_snapshot(value)
    for name, member in _PARTS:
        part = getattr(value, name)
        if part:
            fault = _fault_of_part(name, part, member)
            if fault:
                return fault
        elif type(part) is not tuple:
            return f"the snapshot's {name} is a {type(part).__name__}, not a tuple"
    return _fault_of_numbers(value) or fault_of_fields(value) or _fault_of_rest(value)


def is_large(value: object) -> bool:
    """Whether checking `value` takes so long that others should not have to wait for it."""
    if not isinstance(value, Snapshot):
        return False
    parts = (getattr(value, name) for name, _ in _PARTS)
    return sum(len(part) for part in parts if type(part) is tuple) > LARGE


def _fault_of_numbers(snapshot: Snapshot) -> str:
    """What is wrong with a measurement: these become samples, which are numbers."""
    for seats in snapshot.seats:
        if not (isinstance(seats.owner, str) and isinstance(seats.licence, str)):
            return f"the snapshot's seats are of {seats.owner!r} {seats.licence!r}; both are text"
        if not (is_number(seats.used, True) and is_number(seats.limit, True)):
            return f"the snapshot's seats of {seats.licence} are {seats.used!r} of {seats.limit!r}"
    for meter in snapshot.meters:
        if not isinstance(meter.name, str):
            return f"the snapshot's meter is called {meter.name!r}, which is no text"
        if not (is_number(meter.used, False) and is_number(meter.threshold, True)):
            return f"the snapshot's meter {meter.name} is {meter.used!r} of {meter.threshold!r}"
        if not isinstance(meter.estimated, bool):
            return f"the snapshot's meter {meter.name} has {meter.estimated!r} for estimated"
    return ""


def _fault_of_part(name: str, part: object, member: type) -> str:
    if not isinstance(part, tuple):
        return f"the snapshot's {name} is a {type(part).__name__}, not a tuple"
    for item in part:
        if not isinstance(item, member):
            found = type(item).__name__
            return f"the snapshot's {name} holds a {found}, which is no {member.__name__}"
    return ""


def _fault_of_rest(snapshot: Snapshot) -> str:
    if not isinstance(snapshot.facts, Mapping):
        return f"the snapshot's facts is a {type(snapshot.facts).__name__}, not a mapping"
    for key, text in snapshot.facts.items():
        if not (isinstance(key, str) and isinstance(text, str)):
            return f"the snapshot's fact {key!r} is {text!r}; both must be text"
    return _fault_of_memory(snapshot.memory) or _fault_of_claims(snapshot)


def _fault_of_memory(memory: object) -> str:
    """What is wrong with what a source wants to be told again: nothing of that can be cut."""
    if memory is None:
        return ""
    if not isinstance(memory, Mapping):
        return f"the snapshot's memory is a {type(memory).__name__}, not a mapping"
    size = 0
    for key, text in memory.items():
        if not (isinstance(key, str) and isinstance(text, str)):
            found = f"a {type(key).__name__} for a {type(text).__name__}"
            return f"the snapshot's memory holds {found}; both must be text"
        size += len((key + text).encode("utf-8", "surrogatepass"))
    if size > LARGEST_MEMORY:
        return f"the snapshot's memory has {size} bytes; {LARGEST_MEMORY} are the most"
    return ""


def _fault_of_claims(snapshot: Snapshot) -> str:
    if not isinstance(snapshot.unseen, frozenset):
        return f"the snapshot's unseen is a {type(snapshot.unseen).__name__}, not a frozenset"
    for name in snapshot.unseen:
        if not isinstance(name, str):
            return f"the snapshot's unseen holds {name!r}; keys and names are text"
    under = snapshot.unseen_under
    if not isinstance(under, tuple):
        return f"the snapshot's unseen_under is a {type(under).__name__}, not a tuple"
    for beginning in under:
        # An empty one would hide everything for ever: nothing would ever end.
        if not (isinstance(beginning, str) and beginning):
            return f"the snapshot's unseen_under holds {beginning!r}; write the beginning of names"
    again = snapshot.ask_again
    if not is_number(again, True):
        return f"the snapshot's ask_again is {again!r}, which is no number of seconds"
    return ""


def _no_snapshot(value: object) -> str:
    if inspect.iscoroutine(value):
        value.close()  # else Python complains that nobody awaited it
        return "probe() returned a coroutine, not a Snapshot; write it as `async def probe`"
    return f"probe() returned {_with_article(type(value).__name__)}, not a Snapshot"


def _with_article(name: str) -> str:
    if name == "NoneType":
        return "None"
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"

"""Whether what a source returned is a Snapshot, down to the types and lengths of what it holds."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any, TypeVar

from syseventd.model import Expiry, Meter, Observation, Problem, Seats, Snapshot
from syseventd.probing.fields import LONGEST_LABEL, fault_of_fields, is_number

Item = TypeVar("Item", Observation, Expiry, Seats, Meter, Problem)

LONGEST_TEXT = 4096
"""Characters of a text that is shown and stored: a message, a reason."""
LONGEST_FACT = 1024
MOST_FACTS = 100
LARGE = 2000
"""Items of a snapshot that are checked while others wait: some 10 ms of work."""
TOLD_CUTS = 20
"""How many cut texts a snapshot's problems name; the rest is one number."""

_SHORT = LONGEST_LABEL
_OBSERVATION = {"name": _SHORT, "status": _SHORT, "message": LONGEST_TEXT, "activated_by": _SHORT}
_EXPIRY = {"subject": _SHORT, "issuer": _SHORT, "serial": _SHORT}
_SEATS = {"licence": _SHORT, "title": _SHORT}
_METER = {"name": _SHORT, "title": _SHORT}
_PROBLEM = {"where": _SHORT, "reason": LONGEST_TEXT}

_PARTS = (
    ("observations", Observation),
    ("expiries", Expiry),
    ("seats", Seats),
    ("meters", Meter),
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


def bounded(snapshot: Snapshot) -> Snapshot:
    """A sound snapshot with each overlong text cut, and told among its problems.

    The very same snapshot where nothing is too long, which readers may rely on: what they made of
    it still holds.
    """
    cuts: list[Problem] = []
    parts: dict[str, Any] = {
        "observations": _cut_items(snapshot.observations, _OBSERVATION, "key", cuts),
        "expiries": _cut_items(snapshot.expiries, _EXPIRY, "name", cuts),
        "seats": _cut_items(snapshot.seats, _SEATS, "licence", cuts),
        "meters": _cut_items(snapshot.meters, _METER, "name", cuts),
        "problems": _cut_items(snapshot.problems, _PROBLEM, "where", cuts),
        "facts": _cut_facts(snapshot.facts, cuts),
    }
    if not cuts:
        return snapshot
    told, rest = cuts[:TOLD_CUTS], len(cuts) - TOLD_CUTS
    if rest > 0:
        told.append(Problem("snapshot", f"{rest} more texts are too long and were cut"))
    parts["problems"] += tuple(told)
    return replace(snapshot, **parts)


def _cut_items(
    items: tuple[Item, ...], limits: dict[str, int], called: str, cuts: list[Problem]
) -> tuple[Item, ...]:
    """The items, with a Problem in `cuts` for each text over its limit; `called` is their name."""
    texts_of = attrgetter(*limits)
    kept: list[Item] | None = None
    for place, item in enumerate(items):
        if sum(map(len, texts_of(item))) <= _SHORT:  # the quick way past nearly all
            continue
        changes: dict[str, Any] = {}
        for name, text in zip(limits, texts_of(item), strict=True):
            if len(text) > limits[name]:
                changes[name] = _cut(text, limits[name])
                cuts.append(_told(getattr(item, called), name, text, limits[name]))
        if changes:
            kept = list(items) if kept is None else kept
            kept[place] = replace(item, **changes)
    return items if kept is None else tuple(kept)


def _cut_facts(facts: Mapping[str, str], cuts: list[Problem]) -> Mapping[str, str]:
    before = len(cuts)
    kept: dict[str, str] = {}
    for key, text in facts.items():
        if len(kept) == MOST_FACTS:
            reason = f"are {len(facts)}; {MOST_FACTS} are kept"
            cuts.append(Problem("facts", reason))
            break
        for name, value, limit in (("name", key, _SHORT), ("text", text, LONGEST_FACT)):
            if len(value) > limit:
                cuts.append(_told(f"the fact {key}", name, value, limit))
        kept[_cut(key, _SHORT)] = _cut(text, LONGEST_FACT)
    return facts if len(cuts) == before else kept


def _told(where: str, name: str, text: str, limit: int) -> Problem:
    reason = f"its {name} has {len(text)} characters and was cut to {limit}"
    return Problem(_cut(where, _SHORT), reason)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


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
    return _fault_of_claims(snapshot)


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

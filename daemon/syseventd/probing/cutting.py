"""Cuts a sound snapshot to what can be stored and shown: its texts and pictures; tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any, TypeVar

from syseventd.model import Ending, Expiry, Meter, Observation, Problem, Seats, Snapshot
from syseventd.probing.fields import LONGEST_LABEL
from syseventd.probing.pictures import sound_pictures

Item = TypeVar("Item", Observation, Expiry, Seats, Meter, Problem)

LONGEST_TEXT = 4096
"""Characters of a text that is shown and stored: a message, a reason."""
LONGEST_FACT = LONGEST_DETAIL = 1024
MOST_FACTS = 100
MOST_DETAILS = 30
TOLD_CUTS = 20
"""How many cut texts a snapshot's problems name; the rest is one number."""

_SHORT = LONGEST_LABEL
_OBSERVATION = {
    "name": _SHORT,
    "status": _SHORT,
    "message": LONGEST_TEXT,
    "activated_by": _SHORT,
    "portrait": _SHORT,
}
_EXPIRY = {"subject": _SHORT, "issuer": _SHORT, "serial": _SHORT}
_SEATS = {"licence": _SHORT, "title": _SHORT}
_METER = {"name": _SHORT, "title": _SHORT}
_PROBLEM = {"where": _SHORT, "reason": LONGEST_TEXT}
_details_of = attrgetter("details")


def bounded(snapshot: Snapshot) -> Snapshot:
    """A sound snapshot with each overlong text cut, and told among its problems.

    Pictures that can't be shown are left out, and told as well. The very same snapshot where
    there is nothing to cut, which readers may rely on: what they made of it still holds.
    """
    cuts: list[Problem] = []
    parts: dict[str, Any] = {
        "observations": _cut_observations(snapshot.observations, cuts),
        "endings": _cut_endings(snapshot.endings, cuts),
        "expiries": _cut_items(snapshot.expiries, _EXPIRY, "name", cuts),
        "seats": _cut_items(snapshot.seats, _SEATS, "licence", cuts),
        "meters": _cut_items(snapshot.meters, _METER, "name", cuts),
        "problems": _cut_items(snapshot.problems, _PROBLEM, "where", cuts),
        "facts": _cut_facts(snapshot.facts, cuts),
    }
    pictures, left_out = sound_pictures(snapshot.pictures)
    if not cuts and not left_out:
        return snapshot
    told, rest = cuts[:TOLD_CUTS], len(cuts) - TOLD_CUTS
    if rest > 0:
        told.append(Problem("snapshot", f"{rest} more texts are too long and were cut"))
    parts["problems"] += (*told, *left_out)
    parts["pictures"] = pictures
    return replace(snapshot, **parts)


def _cut_observations(
    observations: tuple[Observation, ...], cuts: list[Problem]
) -> tuple[Observation, ...]:
    cut = _cut_items(observations, _OBSERVATION, "key", cuts)
    if not any(map(_details_of, cut)):
        return cut
    before = len(cuts)
    kept = tuple(_with_cut_details(o, cuts) if o.details else o for o in cut)
    return cut if len(cuts) == before else kept


def _cut_endings(endings: tuple[Ending, ...], cuts: list[Problem]) -> tuple[Ending, ...]:
    before = len(cuts)
    kept = _cut_observations(tuple(ending.observation for ending in endings), cuts)
    if len(cuts) == before:
        return endings
    return tuple(replace(e, observation=o) for e, o in zip(endings, kept, strict=True))


def _with_cut_details(observation: Observation, cuts: list[Problem]) -> Observation:
    """The observation with as many details, and as long ones, as may be."""
    before = len(cuts)
    kept: list[tuple[str, str]] = []
    for heading, text in observation.details[:MOST_DETAILS]:
        shown = _cut(heading, _SHORT)
        if shown is not heading:
            cuts.append(_told(observation.key, "detail's heading", heading, _SHORT))
        if len(text) > LONGEST_DETAIL:
            cuts.append(_told(observation.key, f"detail {shown}", text, LONGEST_DETAIL))
        kept.append((shown, _cut(text, LONGEST_DETAIL)))
    if (count := len(observation.details)) > MOST_DETAILS:
        reason = f"its details are {count}; {MOST_DETAILS} are kept"
        cuts.append(Problem(_cut(observation.key, _SHORT), reason))
    return observation if len(cuts) == before else replace(observation, details=tuple(kept))


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

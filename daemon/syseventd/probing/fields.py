"""Whether the fields of what a snapshot holds are of the types and lengths that they must be."""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import attrgetter

from syseventd.model import EndReason, Expiry, Measurement, Observation, Snapshot

LONGEST_LABEL = 512
"""Characters of a text that becomes a metric label by which things are told apart."""
MOST_MARKS = 20
"""Marks of one observation."""

TOLD_ENDS = frozenset({EndReason.SUCCEEDED, EndReason.FAILED, EndReason.RENEWED, EndReason.GONE})
"""How a source may say that an event ended; the other ends are the daemon's to tell."""


def is_number(value: object, may_lack: bool) -> bool:
    """Whether `value` is a finite number that a float can hold, or None where that may be."""
    if value is None:
        return may_lack
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def fault_of_fields(snapshot: Snapshot) -> str:
    """The first wrong field of an item of `snapshot`, in words; "" where there is none."""
    return (
        _fault_of_observations(snapshot.observations)
        or _fault_of_endings(snapshot)
        or _fault(snapshot.expiries, _EXPIRY, ("kind", "name"))
        or _fault(snapshot.seats, _SEATS, ("owner", "licence"))
        or _fault(snapshot.meters, _METER, ("name",))
        or _fault(snapshot.measurements, _MEASUREMENT, ("name", "part"))
        or _fault(snapshot.problems, _PROBLEM, ())
    )


_Fields = tuple[tuple[str, ...], Callable[[object], tuple[object, ...]], Callable[[object], bool]]


def _fields(*texts: str, numbers: Callable[[object], bool] = lambda item: True) -> _Fields:
    return texts, attrgetter(*texts), numbers


def _numbers_of_observation(item: object) -> bool:
    assert isinstance(item, Observation)  # noqa: S101 - the type checker's
    return (
        is_number(item.activated_at, True)
        and is_number(item.expected_end, True)
        and is_number(item.progress, True)
        and is_number(item.heartbeat, True)
    )


def _numbers_of_expiry(item: object) -> bool:
    assert isinstance(item, Expiry)  # noqa: S101 - the type checker's
    never = type(item.at) is float and item.at == math.inf
    return (never or is_number(item.at, False)) and is_number(item.not_before, True)


def _numbers_of_measurement(item: object) -> bool:
    assert isinstance(item, Measurement)  # noqa: S101 - the type checker's
    return is_number(item.value, False)


_OBSERVATION = _fields(
    "key", "kind", "name", "status", "message", "scope", "activated_by", "portrait",
    numbers=_numbers_of_observation,
)  # fmt: skip
_EXPIRY = _fields("kind", "name", "subject", "issuer", "serial", numbers=_numbers_of_expiry)
_SEATS = _fields("owner", "licence", "title")
_METER = _fields("name", "title")
_MEASUREMENT = _fields("name", "part", numbers=_numbers_of_measurement)
_PROBLEM = _fields("where", "reason")


def _fault(items: tuple[object, ...], fields: _Fields, labels: tuple[str, ...]) -> str:
    names, texts_of, numbers_hold = fields
    for item in items:
        for name, text in zip(names, texts_of(item), strict=True):
            if type(text) is not str and not isinstance(text, str):
                return f"the {name} of {_shown(item)} is a {type(text).__name__}, not text"
            if len(text) > LONGEST_LABEL and name in labels:
                return (
                    f"the {name} of {_shown(item)} has {len(text)} characters; "
                    f"{LONGEST_LABEL} are the most"
                )
        if not numbers_hold(item):
            return f"a time or number of {_shown(item)} is no finite number"
    return ""


def _fault_of_observations(observations: tuple[Observation, ...]) -> str:
    fault = _fault(observations, _OBSERVATION, ("key", "kind", "scope"))
    return fault or next(filter(None, map(_fault_of_more, observations)), "")


def _fault_of_more(item: Observation) -> str:
    """What is wrong with the fields that few observations have."""
    plain = item.stalled is False and type(item.details) is tuple and type(item.marks) is frozenset
    if plain and not item.details and not item.marks:
        return ""  # the quick way past nearly all
    if not isinstance(item.stalled, bool):
        return f"the stalled of {_shown(item)} is a {type(item.stalled).__name__}, not a bool"
    if not isinstance(item.details, tuple):
        return f"the details of {_shown(item)} is a {type(item.details).__name__}, not a tuple"
    for detail in item.details:
        if not (isinstance(detail, tuple) and len(detail) == 2 and all(map(_is_text, detail))):
            return f"the details of {_shown(item)} hold {_shown(detail)}, which is no pair of texts"
    return _fault_of_marks(item)


def _fault_of_marks(item: Observation) -> str:
    """What is wrong with the names by which an event is found: those can't be cut."""
    if not isinstance(item.marks, frozenset):
        return f"the marks of {_shown(item)} is a {type(item.marks).__name__}, not a frozenset"
    if len(item.marks) > MOST_MARKS:
        return f"the marks of {_shown(item)} are {len(item.marks)}; {MOST_MARKS} are the most"
    for mark in item.marks:
        if not isinstance(mark, str):
            return f"the marks of {_shown(item)} hold a {type(mark).__name__}, not text"
        if len(mark) > LONGEST_LABEL:
            return (
                f"one of the marks of {_shown(item)} has {len(mark)} characters; "
                f"{LONGEST_LABEL} are the most"
            )
    return ""


def _fault_of_endings(snapshot: Snapshot) -> str:
    for ending in snapshot.endings:
        if not isinstance(ending.observation, Observation):
            found = type(ending.observation).__name__
            return f"the observation of an Ending is a {found}, not an Observation"
        reason = ending.reason
        if not (isinstance(reason, EndReason) and reason in TOLD_ENDS):
            names = ", ".join(end.name for end in EndReason if end in TOLD_ENDS)
            return f"the reason of {_shown(ending)} is {_shown(reason)}; it may be one of {names}"
        if not isinstance(ending.fresh, bool):
            return f"the fresh of {_shown(ending)} is a {type(ending.fresh).__name__}, not a bool"
    return _fault_of_observations(tuple(ending.observation for ending in snapshot.endings))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _shown(item: object) -> str:
    try:
        return repr(item)[:200]
    except Exception:  # a plugin's __repr__, or a number too long to be written
        return f"an {type(item).__name__}"

"""Whether the fields of what a snapshot holds are of the types and lengths that they must be."""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import attrgetter

from syseventd.model import Expiry, Observation, Snapshot

LONGEST_LABEL = 512
"""Characters of a text that becomes a metric label by which things are told apart."""


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
        _fault(snapshot.observations, _OBSERVATION, ("key", "kind", "scope"))
        or _fault(snapshot.expiries, _EXPIRY, ("kind", "name"))
        or _fault(snapshot.seats, _SEATS, ("owner", "licence"))
        or _fault(snapshot.meters, _METER, ("name",))
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


_OBSERVATION = _fields(
    "key", "kind", "name", "status", "message", "scope", "activated_by",
    numbers=_numbers_of_observation,
)  # fmt: skip
_EXPIRY = _fields("kind", "name", "subject", "issuer", "serial", numbers=_numbers_of_expiry)
_SEATS = _fields("owner", "licence", "title")
_METER = _fields("name", "title")
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


def _shown(item: object) -> str:
    try:
        return repr(item)[:200]
    except Exception:  # a plugin's __repr__, or a number too long to be written
        return f"an {type(item).__name__}"

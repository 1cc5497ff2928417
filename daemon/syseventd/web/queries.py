"""Reads the API's query strings. What can't be understood is refused in words, never ignored."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import get_args

from aiohttp import web
from multidict import MultiMapping

from syseventd.model import EARLIEST, LATEST, Timestamp
from syseventd.store import State
from syseventd.web.encoding import clean_text
from syseventd.web.summaries import did_you_mean

MOST = 1000
"""How many events one reply holds at most."""

USUAL = 100

_LARGEST_ID = 2**63 - 1
_LOST_PLUS = re.compile(r"(T.*) (\d\d:?\d\d)$")
"""A time whose offset was not percent-encoded: a `+` in a query string means a space."""


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which events are asked for. `before` is the id that the last page ended with."""

    state: State = "all"
    target: str | None = None
    source: str | None = None
    kind: str | None = None
    since: Timestamp | None = None
    limit: int = USUAL
    before: int | None = None


def read_event_query(query: MultiMapping[str]) -> EventQuery:
    """Raises HTTPBadRequest that names the parameter and says what it may be."""
    refuse_unknown(query, _READERS)
    given = {name: _read(name, query[name]) for name in query}
    if "cursor" in given:
        given["before"] = given.pop("cursor")
    return EventQuery(**given)  # type: ignore[arg-type]


def refuse_unknown(query: MultiMapping[str], known: Iterable[str] = ()) -> None:
    """Raises HTTPBadRequest for a parameter that means nothing here, or is given twice."""
    names = list(known)
    for name in query:
        if name not in names:
            raise _bad(f'"{name}" is no parameter here; {did_you_mean(name, names)}')
        if len(query.getall(name)) > 1:
            raise _bad(f"{name}: is given more than once")


def read_event_id(text: str) -> int | None:
    """The id in a path, or None where it can't be one."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else 0
    return number if 0 < number <= _LARGEST_ID else None


def _read(name: str, text: str) -> object:
    try:
        return _READERS[name](text)
    except ValueError as error:
        raise _bad(f'{name}: "{text}" {error}') from None


def _bad(problem: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=clean_text(problem))


def _state(text: str) -> str:
    if text not in get_args(State):
        raise ValueError("is not a state; write active, ended or all")
    return text


def _name(text: str) -> str:
    if not text:
        raise ValueError("is empty; leave it out to get all")
    return text


def _limit(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MOST:
        return int(text)
    raise ValueError(f"is not a whole number from 1 to {MOST}")


def _cursor(text: str) -> int:
    if (number := read_event_id(text)) is None:
        raise ValueError("is not a cursor; pass on what an earlier reply gave as next")
    return number


def _since(text: str) -> Timestamp:
    """Unix seconds, or ISO 8601; without an offset it is taken as UTC."""
    try:
        at = float(text)
    except ValueError:
        at = _iso(_LOST_PLUS.sub(r"\1+\2", text))
    if not EARLIEST <= at <= LATEST:
        at = math.nan
    if math.isnan(at):
        raise ValueError("is not a time; write 2026-11-24T06:31:27Z or Unix seconds")
    return at


def _iso(text: str) -> float:
    try:
        when = datetime.fromisoformat(text)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return math.nan


_READERS: dict[str, Callable[[str], object]] = {
    "state": _state,
    "target": _name,
    "source": _name,
    "kind": _name,
    "since": _since,
    "limit": _limit,
    "cursor": _cursor,
}

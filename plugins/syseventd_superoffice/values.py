"""Reads single values of replies: tolerant where the meaning is clear, exact in its complaints."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeGuard, TypeVar

from syseventd import Problem, Timestamp

T = TypeVar("T")

LONGEST_SHOWN = 60
LONGEST_VALUE = 64
"""Characters of a text that may be a date, a number or a word. The patterns stay fast so."""

LONGEST_TEXT = 256
LONGEST_MESSAGE = 4_000
LONGEST_KEY = 200
"""In characters. What is longer is no name, and would fill the store and every page."""

MOST_FIELDS = 256
"""Fields of one object. The largest that is described has some fifty."""

MOST_PROBLEMS = 100
"""Problems that one snapshot names; beyond, it says how many more there are."""

FIRST_YEAR = 1900
LAST_YEAR = 9000
"""Years outside stand for "no date": .NET writes 0001 and 9999, old databases 1760."""

_DATE = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?)?"
    r"\s*(Z|z|[+-]\d\d(?::?\d\d)?)?"
)
_WHOLE = re.compile(r"\s*[+-]?\d{1,18}\s*")
_WORDS = {"true": True, "false": False, "1": True, "0": False, "": False}


def shown(value: object) -> str:
    """A value as a message shows it: as JSON writes it, and short. It may be a book long."""
    if isinstance(value, str):
        value = value[:LONGEST_SHOWN]
    elif isinstance(value, list | Mapping) and value:
        return "[…]" if isinstance(value, list) else "{…}"
    try:
        written = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        written = type(value).__name__
    return written if len(written) <= LONGEST_SHOWN else f"{written[: LONGEST_SHOWN - 1]}…"


def read_time(value: object) -> Timestamp | None:
    """A date → Unix seconds, or None where none is set. Raises ValueError.

    Dates without a zone are UTC, because that is what the client asks for. Numbers are Unix
    seconds, as old databases keep them.
    """
    if value is None or value == "":
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_number(value)
    match = _DATE.fullmatch(value.strip()) if _is_short(value) else None
    if match is None:
        raise ValueError(f"{shown(value)} is not a date")
    year, month, day, clock, fraction, zone = match.groups()
    if not FIRST_YEAR <= int(year) < LAST_YEAR:
        return None
    # fromisoformat() drops what is finer than microseconds, but needs three digits or more.
    fraction = f".{fraction[:6]:0<6}" if fraction else ""
    zone = "+00:00" if zone in (None, "Z", "z") else zone
    try:
        read = datetime.fromisoformat(f"{year}-{month}-{day}T{clock or '00:00'}{fraction}{zone}")
    except ValueError:
        raise ValueError(f"{shown(value)} is not a date") from None
    return read.timestamp()


_EARLIEST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp()
_LATEST = datetime(LAST_YEAR, 1, 1, tzinfo=UTC).timestamp()
_FIRST_OF_ALL = datetime.min.replace(tzinfo=UTC).timestamp()
_LAST_OF_ALL = datetime.max.replace(tzinfo=UTC).timestamp()


def _from_number(value: float) -> Timestamp | None:
    # Beyond are milliseconds and the like: read as "no date", a licence would never expire.
    if not _FIRST_OF_ALL <= value <= _LAST_OF_ALL:
        raise ValueError(f"{shown(value)} is not a date")
    # Zero is how an old database writes "no date", not New Year 1970.
    return float(value) if value and _EARLIEST <= value < _LATEST else None


def read_text(value: object) -> str:
    """A text; "" where there is none. Raises ValueError."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise ValueError(f"{shown(value)} is not a text")


def read_name(value: object) -> str:
    """A text of one line's length, cut where it is longer. Raises ValueError."""
    return as_known(_cut(read_text(value), LONGEST_TEXT))


@functools.lru_cache(maxsize=4096)
def as_known(name: str) -> str:
    """The name as it was read before: a thousand installations call their things the same.

    Not interned: from Python 3.12 on that could last for ever.
    """
    return name


@functools.lru_cache(maxsize=4096)
def known_marks(marks: frozenset[str]) -> frozenset[str]:
    """The same set as before: one of a single mark takes 216 bytes, and numbers are alike."""
    return marks


@functools.lru_cache(maxsize=256)
def _as_told(message: str) -> str:
    """The message as it was read before: what the vendor tells all its customers, each has."""
    return message


def read_message(value: object) -> str:
    """A text that people wrote, cut where it is very long. Raises ValueError."""
    return _as_told(_cut(read_text(value), LONGEST_MESSAGE))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def short_key(key: str) -> str:
    """A key that is not too long. One that is cut ends with a hash of all of it: still unique."""
    if len(key) <= LONGEST_KEY:
        return as_known(key)
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{key[: LONGEST_KEY - 13]}~{digest}"


def read_whole(value: object) -> int | None:
    """A whole number, also as text; None where there is none. Raises ValueError.

    What needs more than 64 bits is refused: nothing is counted that far, and no store keeps it.
    """
    if value is None or value == "":
        return None
    number = None
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    if (isinstance(value, float) and value.is_integer()) or (
        _is_short(value) and _WHOLE.fullmatch(value)
    ):
        number = int(value)
    if number is None:
        raise ValueError(f"{shown(value)} is not a whole number")
    if abs(number) >= 2**63:
        raise ValueError(f"{shown(value)} is too large a number")
    return number


def read_count(value: object) -> int | None:
    """A whole number that is not below zero; None where there is none. Raises ValueError."""
    count = read_whole(value)
    if count is not None and count < 0:
        raise ValueError(f"{count} is less than nothing")
    return count


def read_flag(value: object) -> bool:
    """Yes or no; no where nothing is said. Raises ValueError."""
    if value is None:
        return False
    if isinstance(value, bool | int) or _is_short(value):
        word = str(value).strip().lower()
        if word in _WORDS:
            return _WORDS[word]
    raise ValueError(f"{shown(value)} is neither true nor false")


def read_optional_flag(value: object) -> bool | None:
    """Yes or no; None where nothing is said. Raises ValueError."""
    return None if value is None else read_flag(value)


def _is_short(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) <= LONGEST_VALUE


def is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether a value has named fields, and no more than anybody means."""
    return isinstance(value, Mapping) and len(value) <= MOST_FIELDS


def why_no_object(value: object) -> str:
    """What is wrong with a value that is_object() refuses."""
    return f"has more than {MOST_FIELDS} fields" if isinstance(value, Mapping) else "is no object"


def field(fields: Mapping[str, Any], name: str) -> Any:
    """One field, whatever the case of its name; None where there is none."""
    if name in fields:
        return fields[name]
    lowered = name.lower()
    return next((value for key, value in fields.items() if key.lower() == lowered), None)


class Problems(list[Problem]):
    """Complaints of one snapshot: the first hundred in words, the others as a number."""

    def __init__(self, first: Iterable[Problem] = ()) -> None:
        super().__init__()
        self._more = 0
        for problem in first:
            self.append(problem)

    def append(self, problem: Problem) -> None:
        if len(self) < MOST_PROBLEMS:
            super().append(problem)
        else:
            self._more += 1

    def told(self) -> tuple[Problem, ...]:
        """What the snapshot says of them."""
        if not self._more:
            return tuple(self)
        return (*self, Problem("other problems", f"and {self._more} more"))


class Fields:
    """The fields of one object in a reply. What can't be read is noted, and does not stop us.

    Names compare case-insensitively. `problems` is the list that every complaint goes to.
    """

    def __init__(self, where: str, fields: Mapping[str, object], problems: list[Problem]) -> None:
        self.where = where
        self._fields = {name.lower(): value for name, value in fields.items()}
        self._problems = problems

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._fields

    def need(self, name: str, read: Callable[[object], T]) -> T:
        """The field as `read` reads it. Raises ValueError that names the field."""
        try:
            return read(self._fields.get(name.lower()))
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None

    def read(self, name: str, read: Callable[[object], T], default: T) -> T:
        """The field as `read` reads it; else `default`, and a note of what is wrong."""
        try:
            return self.need(name, read)
        except ValueError as error:
            self.note(str(error))
            return default

    def note(self, reason: str) -> None:
        """Says that something here is wrong."""
        self._problems.append(Problem(self.where, reason))

"""Values as nobody should send them, and replies made from the vendor's description with some."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

DEEPEST = 6

TEXTS = (
    "",
    " ",
    "0",
    "-1",
    "true",
    "null",
    "x" * 300,
    "y" * 5_000,
    "<script>alert(1)</script>",
    "{{ 7 * 7 }} %s {0} ${x}",
    "'; DROP TABLE systemevent; --",
    "\x00\x1b[31m\x07",
    "\ud800",
    "\u202eabc",
    "Åsa 今夜 🛠",
    "line\nline\r\n\tline",
    "kSEFreetextRebuild",
    "Import",
    "SUPEROFFICE",
)
DATES = (
    "0001-01-01T00:00:00",
    "0001-01-01T00:00:00Z",
    "1760-01-01T00:00:00",
    "9999-12-31T23:59:59.9999999",
    "2026-02-23T09:52:01.9342965Z",
    "2026-11-24T10:00:00",
    "2026-11-24T10:00:00+01:00",
    "2026-13-45T99:99:99",
    "2026-11-24",
    "2026-11-24T10:00:00+99:99",
    "soon",
)
NUMBERS = (0, 1, -1, 2, 3, 4, 5, 65535, 99999, 2**31, 2**63, -(2**70), 0.5, -0.0, 1e300, 1e-300)
HOSTILE: tuple[Any, ...] = (None, True, False, [], {}, [[]], [None], {"a": {"b": []}}, *NUMBERS)


class Maker:
    """Makes replies from definitions of the vendor's description, some of them spoiled.

    `spoil` is the share of the values, fields and containers that are not as described.
    """

    def __init__(self, rng: Random, definitions: Mapping[str, Any], spoil: float) -> None:
        self._rng = rng
        self._definitions = {name.rpartition(".")[2]: d for name, d in definitions.items()}
        self.spoil = spoil

    def of(self, definition: str, depth: int = 0) -> Any:
        """An object as a definition has it, more or less."""
        return self._object(self._definitions[definition].get("properties", {}), depth)

    def several(self, make: Callable[[], Any]) -> list[Any]:
        """A few, some of them twice."""
        made = [make() for _ in range(self._rng.choice((0, 1, 1, 2, 3, 5)))]
        if made and self._is_spoiled():
            made.append(self._rng.choice(made))
        return made

    def row(self, columns: Sequence[str]) -> Any:
        """A row of an archive: numbers, dates and texts by the sound of their columns."""
        return self._object({name: _column(name) for name in ("PrimaryKey", *columns)}, 0)

    def near(self, whole: Mapping[str, Any]) -> Any:
        """An object like this one, more or less."""
        return self._made_of(
            {name: lambda value=value: self._near(value) for name, value in whole.items()}
        )

    def spoiled(self, value: Any) -> Any:
        """The value, or now and then something else in its place."""
        return self.anything() if self._rng.random() < self.spoil / 4 else value

    def anything(self) -> Any:
        """Any value at all."""
        kind = self._rng.randrange(5)
        if kind == 0:
            return self._rng.choice(TEXTS)
        if kind == 1:
            return self._rng.choice(DATES)
        return self._rng.choice(HOSTILE)

    def _object(self, properties: Mapping[str, Any], depth: int) -> Any:
        return self._made_of(
            {
                name: lambda name=name, schema=schema: self._value(name, schema, depth)
                for name, schema in properties.items()
            }
        )

    def _made_of(self, fields: Mapping[str, Callable[[], Any]]) -> Any:
        """An object with these fields, some of them missing or by another name."""
        made: dict[str, Any] = {}
        for name, make in fields.items():
            if self._is_spoiled() and self._rng.random() < 0.4:
                continue
            if self._is_spoiled() and self._rng.random() < 0.2:
                name = self._rng.choice((name.lower(), name.upper(), f"{name} "))
            made[name] = make()
        return self.spoiled(made)

    def _near(self, value: Any) -> Any:
        return self.anything() if self._is_spoiled() else value

    def _value(self, name: str, schema: Mapping[str, Any], depth: int) -> Any:
        if self._is_spoiled():
            return self.anything()
        if "$ref" in schema:
            return None if depth > DEEPEST else self._referred(schema["$ref"], depth)
        kind = schema.get("type")
        if "enum" in schema:
            return self._rng.choice(schema["enum"])
        if kind == "array":
            if depth > DEEPEST:
                return []
            return self.several(lambda: self._value(name, schema["items"], depth + 1))
        if kind == "object":
            return {}
        return self._scalar(name, kind, schema.get("format"))

    def _referred(self, reference: str, depth: int) -> Any:
        return self.of(reference.rpartition(".")[2], depth + 1)

    def _scalar(self, name: str, kind: object, form: object) -> Any:
        if kind == "boolean":
            return self._rng.random() < 0.5
        if kind in ("integer", "number"):
            return self._rng.choice((0, 1, 2, 3, 5, 42, 100, 628, 1000))
        if form == "date-time":
            return self._rng.choice(DATES[:7])
        return self._rng.choice((name, f"{name}-{self._rng.randrange(5)}", *TEXTS[-3:]))

    def _is_spoiled(self) -> bool:
        return self._rng.random() < self.spoil


def _column(name: str) -> Mapping[str, str]:
    low = name.lower()
    if low in ("eta", "registered", "laststarted", "updated") or low.endswith(("date", "at")):
        return {"type": "string", "format": "date-time"}
    if low in ("scope", "owner", "state", "startcount", "progresspercent", "extrainfo"):
        return {"type": "integer"}
    return {"type": "integer"} if low.endswith(("_id", "id")) else {"type": "string"}


def broken_bytes(rng: Random, value: Any) -> bytes:
    """A reply as bytes, cut, flipped, repeated or padded."""
    raw = bytearray(json.dumps(value, ensure_ascii=True, default=str).encode())
    for _ in range(rng.randrange(4)):
        at = rng.randrange(len(raw) + 1)
        change = rng.randrange(4)
        if change == 0:
            del raw[at:]
        elif change == 1 and at < len(raw):
            raw[at] = rng.randrange(256)
        elif change == 2:
            raw[at:at] = raw[: rng.randrange(50)]
        else:
            raw[at:at] = rng.choice((b"[", b"{", b'"', b",", b"\xff", b"\x00", b"1e999"))
    return bytes(raw)

"""What to write where something is missing, in TOML, as a settings class tells it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from syseventd.settings import parse_duration

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
"""What TOML takes for a key without quotes."""


def in_toml(value: object) -> str:
    """A value on one line, as TOML has it: `"basic"`, `["/etc/ssl"]`, `{ user = "…" }`."""
    if isinstance(value, Mapping):
        pairs = (f"{in_toml_key(str(key))} = {in_toml(held)}" for key, held in value.items())
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(in_toml, value))}]"
    text = value if isinstance(value, str | bool | int | float) else str(value)
    return json.dumps(text, ensure_ascii=isinstance(text, str) and not text.isprintable())


def in_toml_key(key: str) -> str:
    """A key, in quotes where it needs them."""
    return key if _BARE_KEY.fullmatch(key) else in_toml(key)


def choices_of(field: FieldInfo) -> tuple[Any, ...]:
    """The few values that a field can have, where it can have only those."""
    return get_args(field.annotation) if get_origin(field.annotation) is Literal else ()


def example(field: FieldInfo) -> object:
    """What could stand in a field: its own example, or a table with the keys that it must have.

    None where nothing is known.
    """
    if field.examples:
        return field.examples[0]
    annotation = field.annotation
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return None
    needed = {key: f for key, f in annotation.model_fields.items() if f.is_required()}
    return {key: next(iter(choices_of(f)), None) or example(f) or "…" for key, f in needed.items()}


def usual_durations(field: FieldInfo) -> Iterator[float]:
    """Seconds that a setting of durations usually holds: its default's, else its example's."""
    given = field.default
    if not isinstance(given, int | float | list | tuple):
        given = next(iter(field.examples or ()), ())
    for each in given if isinstance(given, list | tuple) else (given,):
        if isinstance(each, int | float) and each > 0:
            yield float(each)
        elif isinstance(each, str):
            try:
                yield parse_duration(each)
            except ValueError:
                continue


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The settings classes that an annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from models_in(argument)

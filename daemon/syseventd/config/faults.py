"""Turns what pydantic finds wrong into words: the dotted place, what is wrong, what to write."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from syseventd.errors import Fault

_SECRETIVE = re.compile(r"pass|secret|token|key|credential|auth", re.IGNORECASE)


_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
"""What TOML takes for a key without quotes."""

_WORDS = {
    "bool_type": "should be true or false, without quotes",
    "int_type": "should be a whole number, without quotes",
    "string_type": "should be text, in quotes",
    "tuple_type": "should be a list, in square brackets",
    "list_type": "should be a list, in square brackets",
    "dict_type": "should be a table",
    "model_type": "should be a table",
    "path_type": "should be a path, in quotes",
    "greater_than": "should be more than {gt:g}",
    "greater_than_equal": "should be at least {ge:g}",
    "less_than_equal": "should be at most {le:g}",
}
"""What to write, by pydantic's name for the error; its own words speak of Python's types."""


def join(place: str, *parts: str | int) -> str:
    """`targets.crm` and `paths`, 2 → `targets.crm.paths[2]`; a name with a space is quoted."""
    for part in parts:
        if isinstance(part, int):
            place = f"{place}[{part}]"
        else:
            key = part if _BARE_KEY.fullmatch(part) else _quoted(part)
            place = f"{place}.{key}" if place else key
    return place


def _quoted(text: str) -> str:
    """Text in quotes on one line, as TOML would have it."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def from_pydantic(
    error: ValidationError, place: str, model: type[BaseModel], also_known: Iterable[str] = ()
) -> Iterator[Fault]:
    """One Fault for each error, below `place`. `also_known` are keys beside the model's own."""
    for detail in error.errors(include_url=False):
        parts, holder = _follow(model, detail["loc"])
        if detail["type"].startswith("union_tag_"):
            parts = (*parts, str(detail.get("ctx", {}).get("discriminator", "")).strip("'"))
        known = also_known if holder is model else ()
        yield Fault(join(place, *parts), _in_words(detail, holder, known))


def unknown_key(key: str, known: Iterable[str]) -> str:
    """The words for a key that nobody reads, with the nearest that somebody does."""
    names = sorted(known)
    nearest = get_close_matches(key, names, 1)
    if nearest:
        return f'is no known key; the nearest is "{nearest[0]}"'
    return f"is no known key; there are {', '.join(names)}" if names else "is no known key"


def unknown_name(what: str, name: str, known: Iterable[str]) -> str:
    """The words for a name that nothing bears, with the nearest that something does."""
    names = sorted(known)
    nearest = get_close_matches(name, names, 1)
    hint = f'the nearest is "{nearest[0]}"' if nearest else f"there are: {', '.join(names)}"
    return f"{_quoted(name)} is no {what}; {hint if names else 'no plugin offers one'}"


def _in_words(
    detail: ErrorDetails, holder: type[BaseModel] | None, also_known: Iterable[str]
) -> str:
    """What is wrong. `holder` is the settings class to which the last part of the place belongs."""
    kind, context = detail["type"], detail.get("ctx", {})
    fields = holder.model_fields if holder is not None else {}
    if kind in ("missing", "union_tag_not_found"):
        field = fields.get(str(detail["loc"][-1])) if kind == "missing" else None
        return "is missing" + (f": {field.description}" if field and field.description else "")
    if kind == "extra_forbidden":
        return unknown_key(str(detail["loc"][-1]), {*fields, *also_known})
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error", detail["msg"]))
    if kind in ("literal_error", "enum", "union_tag_invalid"):
        expected = context.get("expected", context.get("expected_tags", ""))
        return f"{_shown(detail)}is not one of: {str(expected).replace(chr(39), chr(34))}"
    if kind in _WORDS:
        return _shown(detail) + _WORDS[kind].format(**context)
    return _shown(detail) + detail["msg"].removeprefix("Input ")


def _shown(detail: ErrorDetails) -> str:
    """The value that is wrong, unless it could be a secret in the wrong place."""
    value = detail["input"]
    if any(isinstance(p, str) and _SECRETIVE.search(p) for p in detail["loc"]):
        return ""
    if isinstance(value, bool):
        return f"{str(value).lower()} "
    if isinstance(value, int | float):
        return f"{value} "
    if isinstance(value, str) and len(value) <= 60 and detail["type"] in ("literal_error", "enum"):
        return f'"{value}" '
    return ""


def _follow(
    model: type[BaseModel], parts: tuple[str | int, ...]
) -> tuple[tuple[str | int, ...], type[BaseModel] | None]:
    """The place as the user wrote it, and the settings class that holds its last part.

    pydantic also names which member of a union it tried: that is no part of the place.
    """
    real: list[str | int] = []
    holder: type[BaseModel] | None = model
    inner: type[BaseModel] | None = model
    members: dict[str, type[BaseModel]] = {}
    for part in parts:
        if part in members:
            inner, members = members[str(part)], {}
            continue
        real.append(part)
        if isinstance(part, str):
            holder = inner
            field = holder.model_fields.get(part) if holder is not None else None
            inner, members = _inside(field) if field is not None else (None, {})
    return tuple(real), holder


def _inside(field: FieldInfo) -> tuple[type[BaseModel] | None, dict[str, type[BaseModel]]]:
    """The settings class that a field holds; where it may be one of several, each by its tag."""
    models = list(_models(field.annotation))
    if not isinstance(field.discriminator, str):
        return (models[0] if len(models) == 1 else None), {}
    tag = field.discriminator
    return None, {
        str(value): model
        for model in models
        for value in getattr(model.model_fields[tag].annotation, "__args__", ())
    }


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _models(argument)

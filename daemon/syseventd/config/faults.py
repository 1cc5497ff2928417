"""Turns what pydantic finds wrong into words: the dotted place, what is wrong, what to write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from syseventd.errors import Fault

_SECRETIVE = re.compile(r"pass|secret|token|key|credential|auth", re.IGNORECASE)


def join(place: str, *parts: str | int) -> str:
    """`targets.crm` and `paths`, 2 → `targets.crm.paths[2]`."""
    for part in parts:
        if isinstance(part, int):
            place = f"{place}[{part}]"
        else:
            place = f"{place}.{part}" if place else part
    return place


def from_pydantic(
    error: ValidationError, place: str, model: type[BaseModel], also_known: Iterable[str] = ()
) -> Iterator[Fault]:
    """One Fault for each error, below `place`. `also_known` are keys beside the model's own."""
    for detail in error.errors(include_url=False):
        where = join(place, *_real_parts(detail))
        yield Fault(where, _in_words(detail, model, also_known))


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
    return f'"{name}" is no {what}; {hint}' if names else f'"{name}" is no {what}'


def _real_parts(detail: ErrorDetails) -> tuple[str | int, ...]:
    """The place as the user wrote it, without the names that pydantic gives to union members."""
    parts = detail["loc"]
    if detail["type"] in ("union_tag_not_found", "union_tag_invalid"):
        discriminator = str(detail.get("ctx", {}).get("discriminator", "")).strip("'")
        return (*parts, discriminator) if discriminator else parts
    return parts


def _in_words(detail: ErrorDetails, model: type[BaseModel], also_known: Iterable[str]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        return "is missing" + _described(model, detail["loc"])
    if kind == "extra_forbidden":
        keys = _keys_at(model, detail["loc"][:-1])
        if len(detail["loc"]) == 1:
            keys = {*keys, *also_known}
        return unknown_key(str(detail["loc"][-1]), keys)
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error", detail["msg"]))
    if kind in ("literal_error", "enum", "union_tag_invalid"):
        expected = context.get("expected", context.get("expected_tags", ""))
        return f"{_shown(detail)}is not one of: {str(expected).replace(chr(39), chr(34))}"
    words = detail["msg"].removeprefix("Input ").replace("dictionary", "table")
    words = words.replace("valid string", "text").replace("a text", "text")
    return f"{_shown(detail)}{words}"


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


def _described(model: type[BaseModel], parts: tuple[str | int, ...]) -> str:
    holder = _model_at(model, parts[:-1])
    field = holder.model_fields.get(str(parts[-1])) if holder else None
    return f": {field.description}" if field and field.description else ""


def _keys_at(model: type[BaseModel], parts: tuple[str | int, ...]) -> set[str]:
    holder = _model_at(model, parts)
    return set(holder.model_fields) if holder else set()


def _model_at(model: type[BaseModel], parts: tuple[str | int, ...]) -> type[BaseModel] | None:
    """The settings class that a place inside `model` holds, if it is one."""
    current: type[BaseModel] = model
    for part in parts:
        field = current.model_fields.get(str(part))
        inner = _inner_model(field.annotation) if field else None
        if inner is None:
            return None
        current = inner
    return current


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if (inner := _inner_model(argument)) is not None:
            return inner
    return None

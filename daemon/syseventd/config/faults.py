"""Turns what pydantic finds wrong into words: the dotted place, what is wrong, what to write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from syseventd.config.examples import (
    choices_of,
    example,
    in_toml,
    in_toml_key,
    models_in,
    usual_durations,
)
from syseventd.errors import Fault
from syseventd.settings import NotADuration

_SECRETIVE = re.compile(r"pass|secret|token|key|credential|auth", re.IGNORECASE)

_WORDS = {
    "bool_type": "should be true or false, without quotes",
    "int_type": "should be a whole number, without quotes",
    "float_type": "should be a number, without quotes",
    "string_type": "should be text, in quotes",
    "tuple_type": "should be a list, in square brackets",
    "list_type": "should be a list, in square brackets",
    "dict_type": "should be a table",
    "model_type": "should be a table",
    "model_attributes_type": "should be a table",
    "path_type": "should be a path, in quotes",
    "greater_than": "should be more than {gt:g}",
    "greater_than_equal": "should be at least {ge:g}",
    "less_than": "should be less than {lt:g}",
    "less_than_equal": "should be at most {le:g}",
}
"""What to write, by pydantic's name for the error; its own words speak of Python's types."""


def join(place: str, *parts: str | int) -> str:
    """`targets.crm` and `paths`, 2 → `targets.crm.paths[2]`; a name with a space is quoted."""
    for part in parts:
        if isinstance(part, int):
            place = f"{place}[{part}]"
        else:
            key = in_toml_key(part)
            place = f"{place}.{key}" if place else key
    return place


def from_pydantic(
    error: ValidationError,
    place: str,
    model: type[BaseModel],
    also_known: Iterable[str] = (),
    known_values: Mapping[str, Iterable[str]] = MappingProxyType({}),
) -> Iterator[Fault]:
    """One Fault for each error, below `place`.

    `also_known` are keys beside the model's own; `known_values` what some of its keys can say.
    """
    for detail in error.errors(include_url=False):
        parts, holder = _follow(model, detail["loc"])
        known, values = (also_known, known_values) if holder is model else ((), {})
        if detail["type"].startswith("union_tag_"):
            words = _of_union(detail, holder)
            parts = (*parts, _tag_of(detail))
        elif detail["type"] == "missing":
            words = _missing(str(detail["loc"][-1]), holder, values)
        else:
            words = _in_words(detail, holder, known)
        yield Fault(join(place, *parts), words)


def unknown_key(key: str, known: Iterable[str]) -> str:
    """The words for a key that nobody reads, with the nearest that somebody does."""
    names = sorted(known)
    secrets = {name.removesuffix("_file"): name for name in names if _names_secret_file(name)}
    nearest = get_close_matches(key, [*secrets, *names], 1)
    if nearest and nearest[0] in secrets and nearest[0] not in names:
        what, name = nearest[0], secrets[nearest[0]]
        hint = f'write {name} = "…", which names its file'
        return f"is no known key: a {what} never stands here; {hint}"
    if nearest:
        return f'is no known key; the nearest is "{nearest[0]}"'
    return f"is no known key; there are {', '.join(names)}" if names else "is no known key"


def _names_secret_file(key: str) -> bool:
    return key.endswith("_file") and _SECRETIVE.search(key) is not None


def unknown_name(what: str, name: str, known: Iterable[str]) -> str:
    """The words for a name that nothing bears, with the nearest that something does."""
    names = sorted(known)
    nearest = get_close_matches(name, names, 1)
    hint = f'the nearest is "{nearest[0]}"' if nearest else f"there are: {', '.join(names)}"
    return f"{in_toml(name)} is no {what}; {hint if names else 'no plugin offers one'}"


def not_offered(what: str, name: str, known: Iterable[str], refused: Iterable[str]) -> str:
    """The words for a name that a refused plugin may have offered, or that is only misspelt."""
    nearest = get_close_matches(name, sorted(known), 1)
    hint = f'; the nearest is "{nearest[0]}"' if nearest else ""
    return f"nothing offers the {what} {in_toml(name)}{hint}; refused plugins: {'; '.join(refused)}"


def _in_words(
    detail: ErrorDetails, holder: type[BaseModel] | None, also_known: Iterable[str]
) -> str:
    """What is wrong. `holder` is the settings class to which the last part of the place belongs."""
    kind, context = detail["type"], detail.get("ctx", {})
    fields = holder.model_fields if holder is not None else {}
    if kind == "extra_forbidden":
        return unknown_key(str(detail["loc"][-1]), {*fields, *also_known})
    if kind in ("value_error", "assertion_error"):
        error = context.get("error", detail["msg"])
        field = fields.get(next((p for p in reversed(detail["loc"]) if isinstance(p, str)), ""))
        if isinstance(error, NotADuration) and field is not None:
            return error.advising(usual_durations(field))
        return str(error)
    if kind in ("literal_error", "enum"):
        return _not_one_of(detail["input"], str(context.get("expected", "")), detail["loc"])
    if kind in _WORDS:
        return _shown(detail) + _WORDS[kind].format(**context)
    return _shown(detail) + detail["msg"].removeprefix("Input ")


def _missing(
    key: str, holder: type[BaseModel] | None, known_values: Mapping[str, Iterable[str]]
) -> str:
    """The words for a key that must be there: what it means, and what to write."""
    field = holder.model_fields.get(key) if holder is not None else None
    meaning = f": {field.description}" if field and field.description else ""
    choices = sorted(known_values.get(key, ())) or (choices_of(field) if field is not None else ())
    if choices:
        return f"is missing{meaning}; write {in_toml_key(key)} = {_either(choices)}"
    shown = example(field) if field is not None else None
    hint = f"; write for example {in_toml_key(key)} = {in_toml(shown)}" if shown else ""
    return f"is missing{meaning}{hint}"


def _either(values: Iterable[object]) -> str:
    """`"a"`, `"a" or "b"`, `"a", "b" or "c"`."""
    *others, last = map(in_toml, values)
    return f"{', '.join(others)} or {last}" if others else last


def _of_union(detail: ErrorDetails, holder: type[BaseModel] | None) -> str:
    """The words for a table of several possible kinds whose own kind isn't said, or unknown."""
    context, tag = detail.get("ctx", {}), _tag_of(detail)
    if detail["type"] == "union_tag_invalid":
        expected = str(context.get("expected_tags", ""))
        return _not_one_of(context.get("tag"), expected, (*detail["loc"], tag))
    field = holder.model_fields.get(str(detail["loc"][-1])) if holder is not None else None
    kinds = _inside(field)[1] if field is not None else {}
    return "is missing" + (f"; write {in_toml_key(tag)} = {_either(kinds)}" if kinds else "")


def _tag_of(detail: ErrorDetails) -> str:
    """The key that tells a table's kind."""
    return str(detail.get("ctx", {}).get("discriminator", "")).strip("'")


def _not_one_of(value: object, expected: str, loc: tuple[int | str, ...]) -> str:
    """`expected` is pydantic's list of what can be written, in single quotes."""
    known = re.findall("'([^']*)'", expected)
    shown = ""
    if isinstance(value, str) and len(value) <= 60:
        # Where secrets stand, someone may have put one: only what is nearly right is none.
        shown = (
            f'"{value}" '
            if not _is_secretive(loc) or get_close_matches(value, known, 1, 0.75)
            else ""
        )
    if len(known) == 1:
        return f'{shown}is not known here; write "{known[0]}"'
    return f"{shown}is not one of: {expected.replace(chr(39), chr(34))}"


def _is_secretive(loc: Iterable[int | str]) -> bool:
    """Whether there is or could be a secret near this place."""
    return any(isinstance(part, str) and _SECRETIVE.search(part) for part in loc)


def _shown(detail: ErrorDetails) -> str:
    """The value that is wrong, unless it could be a secret in the wrong place."""
    value = detail["input"]
    if _is_secretive(detail["loc"]):
        return ""
    if isinstance(value, bool):
        return f"{str(value).lower()} "
    if isinstance(value, int | float):
        return f"{value} "
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
    is_named = False
    for part in parts:
        if part in members:
            inner, members = members[str(part)], {}
            continue
        real.append(part)
        if is_named:  # a name that the user gave to a table, which no class knows
            holder, is_named = None, False
        elif isinstance(part, str):
            holder = inner
            field = holder.model_fields.get(part) if holder is not None else None
            inner, members = _inside(field) if field is not None else (None, {})
            is_named = field is not None and _holds_names(field)
    return tuple(real), holder


def _holds_names(field: FieldInfo) -> bool:
    """Whether a field holds tables by names that the user gives."""
    origin = get_origin(field.annotation)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _inside(field: FieldInfo) -> tuple[type[BaseModel] | None, dict[str, type[BaseModel]]]:
    """The settings class that a field holds; where it may be one of several, each by its tag."""
    models = list(models_in(field.annotation))
    if not isinstance(field.discriminator, str):
        return (models[0] if len(models) == 1 else None), {}
    tag = field.discriminator
    return None, {
        str(value): model
        for model in models
        for value in getattr(model.model_fields[tag].annotation, "__args__", ())
    }

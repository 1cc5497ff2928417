"""The configuration as JSON Schema, the plugins' settings included: for editors."""

from __future__ import annotations

from typing import Any

from syseventd.config.load import Offered
from syseventd.config.schema import (
    DaemonSettings,
    DefaultSettings,
    SinkBlock,
    TargetBlock,
    WebSettings,
)
from syseventd.settings import Settings, format_duration


def json_schema(offered: Offered) -> dict[str, Any]:
    """A JSON Schema (2020-12) of `syseventd.toml`."""
    definitions: dict[str, Any] = {}
    targets = []
    for name, kind in offered.target_types.items():
        sources = {n: _schema(s.settings, definitions) for n, s in offered.sources_of(name).items()}
        block = _merged(kind.settings, TargetBlock, name, definitions)
        block["properties"]["sources"] = _table(sources)
        targets.append(block)
    sinks = [
        _merged(kind.settings, SinkBlock, name, definitions)
        for name, kind in offered.sink_types.items()
    ]
    sections = {
        "daemon": _schema(DaemonSettings, definitions),
        "web": _schema(WebSettings, definitions),
        "defaults": _schema(DefaultSettings, definitions),
        "targets": _blocks(targets),
        "sinks": _blocks(sinks),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "syseventd.toml",
        **_table(sections),
        "$defs": definitions,
    }


def _table(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _blocks(kinds: list[dict[str, Any]]) -> dict[str, Any]:
    """Named blocks, each of one of these kinds; none may stand where there is no kind."""
    return {"type": "object", "additionalProperties": {"oneOf": kinds} if kinds else False}


def _schema(model: type[Settings], definitions: dict[str, Any]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template="#/$defs/{model}")
    definitions.update(schema.pop("$defs", {}))
    for part in (schema, *definitions.values()):
        for written in part.get("properties", {}).values():
            default = written.get("default")
            # A text with a number for its default is a duration: what we read is seconds.
            if written.get("type") == "string" and isinstance(default, float):
                written["default"] = format_duration(default)
    return schema


def _merged(
    own: type[Settings], core: type[Settings], name: str, definitions: dict[str, Any]
) -> dict[str, Any]:
    """A block's schema: the core's keys and its type's."""
    block, base = _schema(own, definitions), _schema(core, definitions)
    block["properties"] = {**base["properties"], **block.get("properties", {})}
    block["properties"]["type"] = {"const": name, "description": "the kind of it"}
    block["required"] = sorted({"type", *block.get("required", ())})
    return block

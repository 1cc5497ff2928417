"""Bytes that every reader can parse: strict JSON, and UTF-8 without lone surrogates."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from aiohttp import web

from syseventd.threads import in_thread


def clean_text(text: str) -> str:
    """The text with lone surrogates, which UTF-8 can't hold, replaced by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _strict(value: object) -> object:
    """The value without what strict JSON lacks: NaN and infinities become null."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {clean_text(str(key)): _strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(item) for item in value]
    return value


def to_json(value: object) -> bytes:
    """Strict JSON (RFC 8259) in UTF-8."""
    return json.dumps(_strict(value), allow_nan=False, ensure_ascii=False).encode()


def json_response(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """A reply in strict JSON."""
    return _reply(to_json(value), status, headers)


async def long_json_response(value: object) -> web.Response:
    """The same for what may be long: encoded in a thread, so that nobody waits meanwhile."""
    return _reply(await in_thread("encode", to_json, value))


def _reply(
    body: bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.Response(
        body=body,
        status=status,
        headers=headers,
        content_type="application/json",
        charset="utf-8",
    )

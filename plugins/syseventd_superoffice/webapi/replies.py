"""Replies as bytes: how they are read within bounds, unpacked, and decoded."""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

import aiohttp
from pydantic import TypeAdapter, ValidationError
from yarl import URL

from syseventd import Malformed

T = TypeVar("T")

LIMIT = 4 * 1024 * 1024
"""The longest reply that is read, in bytes, before and after unpacking."""

MOST_VALUES = 100_000
"""Commas and brackets in a reply: about as many values as it holds, told before it is decoded.

Even in a thread, decoding keeps the event loop waiting from beginning to end. Within these two
limits that takes no more than some 20 ms.
"""

MOST_AT_ONCE = 256 * 1024
"""Bytes that are decoded on the event loop; a longer reply goes to a thread."""

SIMULATED = "Syseventd-Simulated"
"""The header by which our own simulator says what it is. No real installation sends it."""

_GZIP = 16 + zlib.MAX_WBITS
_BOM = b"\xef\xbb\xbf"


class Reply(NamedTuple):
    """A body as it came over the wire, and by whom. Equal replies decode to equal values."""

    raw: bytes
    encoding: str
    simulated: bool = False

    def digest(self) -> bytes:
        """What tells it from any other reply."""
        about = f"{self.encoding}\n{self.simulated}\n".encode()
        return hashlib.blake2b(about + self.raw, digest_size=16).digest()


async def receive(response: aiohttp.ClientResponse) -> Reply:
    """The whole body. Raises Malformed once it is longer than the limit, aiohttp's own errors."""
    chunk = await response.content.readany()
    if response.content.at_eof():
        return _reply(chunk, response)
    body = bytearray(chunk)
    while chunk:
        chunk = await response.content.readany()
        body += chunk
        if len(body) > LIMIT:
            raise _too_long(place(response.url))
    return _reply(bytes(body), response)


def _reply(body: bytes, response: aiohttp.ClientResponse) -> Reply:
    headers = response.headers
    return Reply(body, headers.get("Content-Encoding", ""), SIMULATED in headers)


def place(url: URL) -> str:
    """An address for messages: without its query, which says nothing to people."""
    return str(url.with_query(None))


def unpack(reply: Reply, where: str) -> bytes:
    """The body as it was before it was packed. Raises Malformed."""
    encoding = reply.encoding.strip().lower()
    if encoding in ("", "identity"):
        body = reply.raw
    elif encoding in ("gzip", "x-gzip"):
        body = _gunzip(reply.raw, where)
    else:
        raise Malformed(where, "it is packed in a way that was not asked for; only gzip is read")
    return body.removeprefix(_BOM)


def _gunzip(raw: bytes, where: str) -> bytes:
    unpacker = zlib.decompressobj(_GZIP)
    try:
        body = unpacker.decompress(raw, LIMIT + 1)
    except zlib.error:
        raise Malformed(where, "it says that it is gzip, and is not") from None
    if len(body) > LIMIT:
        raise _too_long(where)
    if not unpacker.eof:
        raise Malformed(where, "the reply was cut off: its gzip has no end")
    return body


class Decoded(NamedTuple, Generic[T]):
    """What a reply said, how many bytes it has unpacked, and how many commas and brackets."""

    value: T
    size: int
    values: int


async def decode(reply: Reply, shape: TypeAdapter[T], where: str) -> Decoded[T]:
    """The body as `shape` describes it. Raises Malformed that names the field at fault."""
    body = await _aside(len(reply.raw), lambda: unpack(reply, where))
    values = sum(body.count(mark) for mark in (b",", b"[", b"{"))
    if values > MOST_VALUES:
        raise Malformed(where, f"the reply holds more than {MOST_VALUES:,} values")
    value = await _aside(len(body), lambda: _decode(body, shape, where))
    return Decoded(value, len(body), values)


async def _aside(size: int, work: Callable[[], T]) -> T:
    """Does the work, in a thread if it is so much that others would wait."""
    return work() if size <= MOST_AT_ONCE else await asyncio.to_thread(work)


def _decode(body: bytes, shape: TypeAdapter[T], where: str) -> T:
    try:
        return shape.validate_json(body)
    except ValidationError as error:
        reason = _first_fault(error, body)
    raise Malformed(where, reason)


def _first_fault(error: ValidationError, body: bytes) -> str:
    if not body.strip():
        return "the reply is empty"
    if body.lstrip().startswith(b"<"):
        return "it is a web page instead of JSON; does SuperOffice itself answer at that address?"
    fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ""
    for step in fault["loc"]:
        place += f"[{step}]" if isinstance(step, int) else f".{step}" if place else step
    return f"{place}: {fault['msg']}" if place else fault["msg"]


def _too_long(where: str) -> Malformed:
    return Malformed(where, f"the reply is longer than {LIMIT // (1024 * 1024)} MiB")

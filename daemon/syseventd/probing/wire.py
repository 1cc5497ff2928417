"""How the daemon and a source's process talk: pickles, each after its length, over a socket."""

from __future__ import annotations

import copyreg
import io
import pickle
import struct
from types import MappingProxyType
from typing import Any

LENGTH = struct.Struct(">Q")


def _view(mapping: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(mapping)


def _reduce_view(view: MappingProxyType[Any, Any]) -> tuple[Any, tuple[dict[Any, Any]]]:
    return _view, (dict(view),)


_TABLE = copyreg.dispatch_table | {MappingProxyType: _reduce_view}
"""Snapshots hold read-only views of mappings, which Python does not pickle by itself."""


def pack(value: object) -> bytes:
    """`value` as a framed message. Raises whatever its pickling raises."""
    buffer = io.BytesIO()
    buffer.write(bytes(LENGTH.size))
    pickler = pickle.Pickler(buffer, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = _TABLE
    pickler.dump(value)
    message = buffer.getbuffer()
    LENGTH.pack_into(message, 0, len(message) - LENGTH.size)
    return bytes(message)


def unpack(payload: bytes) -> Any:
    """The value in a message's payload. Raises whatever its unpickling raises."""
    # It comes from a plugin that could as well run in this very process.
    return pickle.loads(payload)  # noqa: S301

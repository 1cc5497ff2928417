"""What parent and child say over a pipe: messages, each with its length in four bytes before it."""

from __future__ import annotations

import struct
from typing import IO

OPENED = b"opened"
REFUSED = b"refused"
UNSUPPORTED = b"unsupported"
"""What an answer begins with."""

_LENGTH = struct.Struct("!I")


def send(stream: IO[bytes], payload: bytes) -> None:
    """Writes one message. Raises OSError where nobody reads any more."""
    stream.write(_LENGTH.pack(len(payload)))
    stream.write(payload)
    stream.flush()


def receive(stream: IO[bytes], most: int) -> bytes:
    """The next message. Raises EOFError if there is none, ValueError if it is over `most` bytes."""
    (length,) = _LENGTH.unpack(_read(stream, _LENGTH.size))
    if length > most:
        raise ValueError(f"a message of {length} bytes")
    return _read(stream, length)


def _read(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data

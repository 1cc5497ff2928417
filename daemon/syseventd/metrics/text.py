"""The two texts that Prometheus reads: their headings, lines and numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from enum import Enum

BYTES_A_PIECE = 262144

ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
"""How both texts write what a label's value may hold."""
_HELP_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n"})


class Format(Enum):
    """The two texts that Prometheus reads, each with its content type."""

    TEXT = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def header(name: str, kind: str, text: str, form: Format) -> bytes:
    """The HELP and TYPE lines. OpenMetrics names a counter without its `_total`."""
    if form is Format.TEXT and kind == "counter":
        name += "_total"
    told = text.translate(_HELP_ESCAPES if form is Format.TEXT else ESCAPES)
    return encode(f"# HELP {name} {told}\n# TYPE {name} {kind}\n")


def sample_line(template: str, values: tuple[str, ...], number: float) -> str:
    """A template filled with the values of labels, and with the sample's."""
    text = "".join(values)
    if '"' in text or "\\" in text or "\n" in text:  # much quicker than a pattern
        values = tuple(value.translate(ESCAPES) for value in values)
    return template % (*values, number_text(number))


def number_text(value: float) -> str:
    """A sample's value as both formats read it. A number beyond all floats is infinite."""
    if type(value) is float and value - value == 0.0:  # finite, as nearly all are
        return repr(value)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf if value > 0 else -math.inf
    if math.isfinite(number):
        return repr(number)
    return "NaN" if math.isnan(number) else "+Inf" if number > 0 else "-Inf"


def encode(text: str) -> bytes:
    """The text in UTF-8; half a surrogate pair as the store writes it."""
    # Two texts that differ stay two series.
    return text.encode("utf-8", "backslashreplace")


def in_pieces(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Small blocks together; an empty one is passed on, since it marks a place to pause."""
    waiting: list[bytes] = []
    size = 0
    for block in blocks:
        if not block:
            yield b""
            continue
        waiting.append(block)
        size += len(block)
        if size >= BYTES_A_PIECE:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)

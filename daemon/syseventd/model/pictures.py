"""A picture that a source reports, and what one must be to be shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

LARGEST_PICTURE = 65536
"""Bytes of one picture."""

LONGEST_SIDE = 1024
"""Pixels. A few bytes may unpack to a picture that fills a browser's memory."""

_PICTURE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
_PNG = re.compile(rb"\x89PNG\r\n\x1a\n\0\0\0\rIHDR(.{4})(.{4})", re.DOTALL)
"""The signature, and a header that begins with width and height (RFC 2083)."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A small picture in PNG that pages show, such as a portrait.

    `name` is what observations call it by: letters, digits, `.`, `_` and `-`. One that has a
    `fault` can be made, and is never shown.
    """

    name: str
    content: bytes = field(repr=False)

    @property
    def fault(self) -> str:
        """Why it can't be shown: its name, or no PNG, or too large; "" where it can."""
        name, content = self.name, self.content
        if not (isinstance(name, str) and _PICTURE_NAME.fullmatch(name)):
            return "its name is not 1 to 64 letters, digits, dots, dashes and underscores"
        if type(content) is not bytes:
            return f"its content is a {type(content).__name__}, not bytes"
        if len(content) > LARGEST_PICTURE:
            return f"it has {len(content)} bytes; {LARGEST_PICTURE} are the most"
        header = _PNG.match(content)
        if header is None:
            return "it is no PNG"
        width, height = int.from_bytes(header[1]), int.from_bytes(header[2])
        if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE):
            return f"it is {width} by {height} pixels; {LONGEST_SIDE} are the most"
        return ""

"""Where a long word of someone else's may break: a narrow table can't hold a whole path."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_WORD = re.compile(r"(\S{15,})")
"""What is long enough to break; shorter words stay whole."""

_SEAM = re.compile(
    r"(?<=\w[/\\_@,:=])(?=\w)"
    r"|(?<=\w\.)(?=\w{5,}|\w+\.)"  # not before the ending of a file's name
    r"|(?<=[a-zß-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])"
)
"""After what joins the parts of paths and addresses, and between camel-case words."""

_SOLID = re.compile(r"([^\s-]{16,})")
"""What has no seam and would widen its column beyond its worth."""


def breakable(text: str) -> Markup:
    """The text, escaped: long words may break at their seams, and anywhere where they have none."""
    # Of what a pattern with a group splits, every second part is what it matched.
    return Markup("").join(
        _at_seams(part) if number % 2 else escape(part)
        for number, part in enumerate(_WORD.split(text))
    )


def _at_seams(word: str) -> Markup:
    return Markup("<wbr>").join(_solid_marked(piece) for piece in _SEAM.split(word))


def _solid_marked(piece: str) -> Markup:
    return Markup("").join(
        Markup('<span class="long">{}</span>').format(part) if number % 2 else escape(part)
        for number, part in enumerate(_SOLID.split(piece))
    )

"""What is said of the limit of a plan: how many of how many, and the installation's own words."""

from __future__ import annotations

import re

_GROUPING = re.compile(r"(?<=\d)[,.' \u00a0\u202f](?=\d{3}(?!\d))")
_NUMBER = re.compile(r"\d{1,18}")
_LONGEST = 500
"""Characters of a text in which the numbers are looked for."""


def limit_in_words(active: int | None, maximum: int | None, told: str) -> str:
    """`"97 of 100"`, `"97 of 100 active projects"`, `"97 of 100: nearly all"`; "" for no limit.

    `told` are the installation's words. Where both numbers stand in them, nothing is added.
    """
    if active is None or not maximum:
        return told
    numbers = set(map(int, _NUMBER.findall(_GROUPING.sub("", told[:_LONGEST]))))
    if {active, maximum} <= numbers:
        return told
    counts = f"{active:,} of {maximum:,}"
    return f"{counts}: {told}" if told else counts

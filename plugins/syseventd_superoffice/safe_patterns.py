"""Which regular expressions come to an end soon, whatever text they are looked for in. Pure.

Nothing can stop one that is looking: the whole service waits for it. So what a configuration
holds is judged by how many ways there are to try it, before it is used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MANY = 128
"""Ways to try a repeat without an end: half the letters of the longest text, on the average."""

MOST_STEPS = 2**20
"""Ways to try a pattern, times its length. At worst that is half a second for a text."""

_TOKEN = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?[aiLmsux-]+|\(\?#|\(\??|\{\d*,?\d*\}|.", re.DOTALL
)
"""What a regular expression is made of: escapes, classes of characters, openings, counts, and all
others, of which each is one character.
"""


@dataclass(slots=True)
class _Group:
    """A group, as far as it was read: the ways to try it, before and since the last `|`."""

    others: int = 0
    ways: int = 1

    @property
    def all_ways(self) -> int:
        return self.others + self.ways


def check_pattern(value: str) -> str:
    """The pattern. Raises ValueError where it is none, or may take too long to find nothing."""
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"is no regular expression: {error}") from None
    tokens = _TOKEN.findall(value)
    if _ways(tokens) * len(tokens) > MOST_STEPS:
        raise ValueError(
            "may take for ever to find nothing: too much in it can be tried in too many ways; "
            'write at most two repeats such as ".*", few "?", and several short lines in the '
            "place of a long one"
        )
    return value


def _ways(tokens: list[str]) -> int:
    """How many ways there are to try a pattern at one place of a text. Raises ValueError.

    Those of what follows one another are multiplied, those of alternatives added. A repeated
    group that can itself be tried in several ways is refused: there are as many as there are to
    share out a text among the repeats, twice as many with each letter.
    """
    groups, repeated = [_Group()], 1
    for sign in tokens:
        before, repeated = repeated, 1
        if sign.startswith("("):
            _check_opening(sign)
            groups.append(_Group())
        elif sign == ")":
            repeated = groups.pop().all_ways
            groups[-1].ways *= repeated
        elif sign == "|":
            groups[-1].others, groups[-1].ways = groups[-1].all_ways, 1
        elif sign == "?":
            groups[-1].ways *= 2
        elif sign in ("*", "+") or (sign.startswith("{") and len(sign) > 1):
            if before > 1:
                raise ValueError(
                    "repeats a group that holds a repeat or a choice, which may take for ever to "
                    'find nothing; write "a+" for "(a+)+", and "(a|b)" for "(a|b)+"'
                )
            groups[-1].ways *= _times(sign)
    return groups[0].all_ways


def _check_opening(sign: str) -> None:
    if sign == "(?#" or "x" in sign:
        raise ValueError(
            'holds a comment, or "(?x)", which allows them; write it without comments and spaces '
            "that mean nothing"
        )


def _times(sign: str) -> int:
    """How many counts a repeat may end with."""
    least, comma, most = sign.strip("{}").partition(",")
    if sign in ("*", "+") or (comma and not most):
        return MANY
    return min(int(most) - int(least or 0) + 1, MANY) if comma else 1

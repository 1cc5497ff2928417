"""How the commands write what they print: on one line, and in the singular where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from syseventd.errors import NoSuchSource

NAMED = 10
"""How many names of what there is are told."""


def printable(text: str) -> str:
    """Text of a stranger on one line, so that it can't take over a terminal or a table."""
    return "".join(c if c.isprintable() else " " for c in text)


def counted(number: int, one: str, many: str) -> str:
    """`1 source`, `2 sources`."""
    return f"{number} {one if number == 1 else many}"


def no_target(name: str, known: Sequence[str]) -> NoSuchSource:
    """The error for a target that there is not."""
    return NoSuchSource(f'target "{printable(name)}"', names(known, name))


def names(known: Sequence[str], wrong: str) -> str:
    """What there is, and what was meant by a name that is wrong: the end of NoSuchSource."""
    more = f" and {len(known) - NAMED} more" if len(known) > NAMED else ""
    nearest = get_close_matches(wrong, known, 1)
    meant = f'; did you mean "{nearest[0]}"?' if nearest else ""
    return f"{', '.join(known[:NAMED]) or 'none'}{more}{meant}"

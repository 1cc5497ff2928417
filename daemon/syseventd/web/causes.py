"""Why several sources can't be asked, each cause told once, whatever address each had asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")

_ADDRESS = r"(?<![\w+.:-])(?:\w[\w+.-]*://\S+|\[?[\w.:-]+\]?:\d{1,5}\b)"
_LEADING_ADDRESS = re.compile(rf"{_ADDRESS}:?\s+(?=\S)")
_HOST = re.compile(r"\w[\w+.-]*://[^\s/]+")
_MOMENT = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z| UTC|[+-]\d\d:\d\d)?"
_ACCIDENT = re.compile(rf"{_MOMENT}|{_ADDRESS}")
"""What of a reason tells one source, or one moment, from another, and not the cause."""


def by_cause(items: Iterable[T], told: Callable[[T], tuple[str, str]]) -> list[tuple[str, list[T]]]:
    """The items by their cause, the commonest first, each cause with its reason in words.

    `told` gives an item's outcome and reason. Reasons that differ only in addresses and times
    are one cause; its words are the first one's, but for an address at their beginning: of that
    only what all have in common is told, or its host.
    """
    causes: dict[tuple[str, str], list[tuple[str, T]]] = {}
    for item in items:
        outcome, reason = told(item)
        causes.setdefault((outcome, _ACCIDENT.sub("", reason)), []).append((reason, item))
    ranked = sorted(causes.values(), key=len, reverse=True)
    return [
        (_in_common([reason for reason, _ in cause]), [item for _, item in cause])
        for cause in ranked
    ]


def _in_common(reasons: Sequence[str]) -> str:
    first = reasons[0]
    addresses = {_matched(_LEADING_ADDRESS, reason) for reason in reasons}
    if len(addresses) == 1:
        return first
    hosts = {_matched(_HOST, address) for address in addresses}
    words = _LEADING_ADDRESS.sub("", first, count=1)
    return f"{hosts.pop()} {words}".lstrip() if len(hosts) == 1 else words


def _matched(pattern: re.Pattern[str], text: str) -> str:
    """What the text begins with, if it does so as the pattern says; else ""."""
    matched = pattern.match(text)
    return matched[0] if matched else ""

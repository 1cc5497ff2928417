"""Blots our secrets out of what strangers say, in every writing that they may repeat them in."""

from __future__ import annotations

import json
import re
from collections import deque
from urllib.parse import quote, quote_plus

MOST_PASSING = 12
"""Secrets that come and go, such as tickets, of which the newest are known."""

SHORTEST_PASSING, LONGEST_PASSING = 8, 40_000
"""Characters. What is shorter would blot out whole words; what is longer is no ticket or token."""


class Secrets:
    """What must not be shown: what is configured, and what was given for it lately."""

    def __init__(self, *lasting: str) -> None:
        self._lasting = [form for secret in lasting for form in _forms(secret)]
        self._passing: deque[frozenset[str]] = deque(maxlen=MOST_PASSING)
        self._forms: list[str] = []
        self._sort()

    def __repr__(self) -> str:
        return "Secrets(…)"

    def keep(self, secret: str) -> None:
        """One more that lasts."""
        self._lasting += _forms(secret)
        self._sort()

    def add(self, secret: str) -> None:
        """One more, which takes the place of the oldest of its kind. A stranger gave it to us."""
        if not SHORTEST_PASSING <= len(secret) <= LONGEST_PASSING:
            return
        forms = frozenset(_forms(secret))
        if forms not in self._passing:
            self._passing.append(forms)
            self._sort()

    def redact(self, text: str) -> str:
        """The text without any of them."""
        for form in self._forms:
            text = text.replace(form, "…")
        return text

    def _sort(self) -> None:
        # The longest first: what is left of a longer one would show the rest of it.
        forms = {*self._lasting, *(form for forms in self._passing for form in forms)} - {""}
        self._forms = sorted(forms, key=len, reverse=True)


def _forms(secret: str) -> set[str]:
    """A secret as it is, and as addresses, forms and JSON write it."""
    escaped = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    # .NET writes small letters.
    escaped |= {re.sub(r"%..", lambda found: found[0].lower(), text) for text in escaped}
    written = {json.dumps(secret, ensure_ascii=plain)[1:-1] for plain in (True, False)}
    return {secret} | escaped | written

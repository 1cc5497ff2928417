"""Blots our secrets out of what strangers say, in every writing that they may repeat them in."""

from __future__ import annotations

import base64
import html
import itertools
import json
import re
from urllib.parse import quote, quote_plus

MOST_PASSING = 12
"""Secrets that come and go, such as tickets, of which the newest are known."""

SHORTEST_PASSING, LONGEST_PASSING = 8, 32_000
"""Characters. What is shorter would blot out whole words; what is longer is no ticket or token."""

MOST_CHARACTERS = 32_000
"""Of all that come and go: to work out in how many ways they can be written takes up to some 1 ms
for a thousand, during which everything else waits."""


class Secrets:
    """What must not be shown: what is configured, and what was given for it lately.

    Kept as it is. In how many ways it can be written is worked out when there is something to
    redact: a failure's words are rare, and of a thousand targets each has some secrets.
    """

    def __init__(self, *lasting: str) -> None:
        self._lasting = lasting
        self._passing: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Secrets(…)"

    def keep(self, secret: str) -> None:
        """One more that lasts."""
        self._lasting = (*self._lasting, secret)

    def add(self, secret: str) -> None:
        """One more, which takes the place of the oldest of its kind. A stranger gave it to us."""
        if SHORTEST_PASSING <= len(secret) <= LONGEST_PASSING and secret not in self._passing:
            self._passing = _newest((*self._passing, secret))

    def redact(self, text: str) -> str:
        """The text without any of them."""
        forms = {form for secret in (*self._lasting, *self._passing) for form in _forms(secret)}
        # The longest first: what is left of a longer one would show the rest of it.
        for form in sorted(forms - {""}, key=len, reverse=True):
            text = text.replace(form, "…")
        return text


def _newest(secrets: tuple[str, ...]) -> tuple[str, ...]:
    """As many of those that were given last as are kept."""
    lengths = itertools.accumulate(len(secret) for secret in reversed(secrets))
    kept = sum(length <= MOST_CHARACTERS for length in lengths)
    return secrets[-min(kept, MOST_PASSING) :]


def _forms(secret: str) -> set[str]:
    """A secret as it is, and as addresses, forms and JSON write it."""
    escaped = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    # .NET writes small letters.
    escaped |= {re.sub(r"%..", lambda found: found[0].lower(), text) for text in escaped}
    written = {json.dumps(secret, ensure_ascii=plain)[1:-1] for plain in (True, False)}
    return {secret} | escaped | written | _html(secret) | _base64(secret)


_QUOTES = {'"': ("&quot;", "&#34;", "&#x22;"), "'": ("&#39;", "&#x27;", "&apos;")}


def _html(secret: str) -> set[str]:
    """As pages write it: with either quote escaped or not, and beyond ASCII by numbers or not."""
    forms = {html.escape(secret, quote=False)}
    for quote_mark, written in _QUOTES.items():
        forms |= {form.replace(quote_mark, name) for form in forms for name in written}
    # .NET numbers the letters of Latin-1, and leaves what is beyond.
    latin = {re.sub("[\xa0-\xff]", lambda found: f"&#{ord(found[0])};", form) for form in forms}
    numbered = {form.encode("ascii", "xmlcharrefreplace").decode("ascii") for form in forms}
    return forms | latin | numbered


def _base64(secret: str) -> set[str]:
    """As base64 of both alphabets; what pads it is no secret."""
    raw = secret.encode("utf-8", "surrogatepass")
    both = (base64.b64encode(raw), base64.urlsafe_b64encode(raw))
    return {text.decode("ascii").rstrip("=") for text in both}

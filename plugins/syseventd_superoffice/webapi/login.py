"""What the client needs of any way to log in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, eq=False)
class Credentials:
    """What one login brought: the headers that prove it, and where it says the tenant is."""

    headers: Mapping[str, str] = field(repr=False)
    endpoint: str = ""


NOBODY = Credentials({})
"""Of a request that needs no login."""


class Login(Protocol):
    """One way to log in, and what it brought."""

    user: str
    """Whom the installation knows us as, for messages; a name, or words in its place."""
    who: str
    """The same as the subject of a sentence: "the user monitor"."""
    has_password: bool
    """Whether a password is sent, so that wrong ones may lock the account out."""

    async def credentials(self) -> Credentials:
        """What each request carries. Logs in first where that is needed; raises ProbeEnded."""

    def reject(self, credentials: Credentials) -> bool:
        """Is told that they were refused. Returns whether another login may bring better ones."""

    def why_refused(self, schemes: frozenset[str]) -> str:
        """What is wrong, for people, where the server offers these ways, in small letters."""

    def redact(self, text: str) -> str:
        """The text of a stranger, without any secret of ours that it may repeat."""

"""How requests prove who asks. Today a name and password; a ticket would be a second `Login`."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote, quote_plus

from syseventd_superoffice.settings import BasicAuth


class Login(Protocol):
    """What the client needs of any way to log in."""

    @property
    def user(self) -> str:
        """Whom the installation knows us as, for messages."""

    @property
    def headers(self) -> Mapping[str, str]:
        """What each request carries."""

    def redact(self, text: str) -> str:
        """The text of a stranger, without any secret of ours that it may repeat."""


class BasicLogin:
    """HTTP Basic (RFC 7617), in UTF-8."""

    def __init__(self, auth: BasicAuth) -> None:
        password = auth.password.get_secret_value()
        token = base64.b64encode(f"{auth.user}:{password}".encode()).decode("ascii")
        self.user = auth.user
        self.headers: Mapping[str, str] = {"Authorization": f"Basic {token}"}
        forms = _forms(token) | _forms(password)
        # The longest first: what is left of a longer one would show the rest of it.
        self._secrets = sorted(forms, key=len, reverse=True)

    def redact(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text


def _forms(secret: str) -> set[str]:
    """A secret as it is, and as addresses, forms and JSON write it."""
    escaped = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    # .NET writes small letters.
    escaped |= {re.sub(r"%..", lambda found: found[0].lower(), text) for text in escaped}
    written = {json.dumps(secret, ensure_ascii=plain)[1:-1] for plain in (True, False)}
    return {secret} | escaped | written

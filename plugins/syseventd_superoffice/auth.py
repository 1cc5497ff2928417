"""How requests prove who asks. Today a name and password; a ticket would be a second `Login`."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Protocol

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
        self._secrets = (token, password)

    def redact(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text

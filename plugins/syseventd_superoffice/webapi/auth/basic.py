"""A name and a password with each request: HTTP Basic (RFC 7617), in UTF-8."""

from __future__ import annotations

import base64

from syseventd_superoffice.auth_settings import BasicAuth
from syseventd_superoffice.redaction import Secrets
from syseventd_superoffice.webapi.login import Credentials


class BasicLogin:
    """There is nothing to renew: a password is right or wrong."""

    def __init__(self, auth: BasicAuth) -> None:
        password = auth.password.get_secret_value()
        token = base64.b64encode(f"{auth.user}:{password}".encode()).decode("ascii")
        self.user = auth.user
        self.who = f"the user {auth.user}"
        self.has_password = True
        self.redact = Secrets(token, password).redact
        self._credentials = Credentials({"Authorization": f"Basic {token}"})

    async def credentials(self) -> Credentials:
        return self._credentials

    def reject(self, credentials: Credentials) -> bool:
        return False

    def why_refused(self, schemes: frozenset[str]) -> str:
        if schemes and "basic" not in schemes:
            listed = ", ".join(sorted(schemes))
            return f"it takes no name and password (Basic), only: {listed}"
        return f"{self.who} and the password that is configured are not accepted"

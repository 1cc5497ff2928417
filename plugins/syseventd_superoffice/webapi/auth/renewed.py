"""A login that ends and is renewed: by one of those who need it, for all of them."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from syseventd_superoffice.redaction import Secrets
from syseventd_superoffice.webapi.login import Credentials
from syseventd_superoffice.webapi.sharing import Shared


@dataclass(frozen=True, slots=True)
class Granted:
    """What a login brought, and for how many seconds it is good."""

    credentials: Credentials
    seconds: float = math.inf


class RenewedLogin:
    """Logs in with `grant` when that is needed, and keeps what that brings while it is good."""

    def __init__(
        self,
        who: str,
        secrets: Secrets,
        grant: Callable[[], Awaitable[Granted]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.user = self.who = who
        self.has_password = False
        self.redact = secrets.redact
        self._granted = Shared(grant, lambda granted: granted.seconds, clock)

    async def credentials(self) -> Credentials:
        return (await self._granted.get()).credentials

    def reject(self, credentials: Credentials) -> bool:
        last = self._granted.last
        # Another source has logged in meanwhile: there are better ones already.
        if last is None or last.credentials is not credentials:
            return True
        return self._granted.reject(last)

    def why_refused(self, schemes: frozenset[str]) -> str:
        return (
            f"{self.who} was logged in, and then not accepted; "
            "is the application still approved there?"
        )

"""A user's consent to an online application: a refresh token, good for access tokens (OAuth 2)."""

from __future__ import annotations

import re

from syseventd import Malformed
from syseventd_superoffice.auth_settings import BearerAuth
from syseventd_superoffice.values import field, read_whole
from syseventd_superoffice.webapi.auth.json_tokens import OBJECT
from syseventd_superoffice.webapi.auth.renewed import Granted
from syseventd_superoffice.webapi.login import Credentials
from syseventd_superoffice.webapi.login_host import LoginHost

PATH = "/login/common/oauth/tokens"

LIFETIME = 3600
"""Seconds for which an access token is good where its reply does not say."""

SHORTEST, LONGEST = 60, 86400
"""Bounds of what is believed of it: an hour is what is documented."""

BEFORE_ITS_END = 300.0
"""Seconds before its end at which it is renewed, and a tenth of its life at the most."""

_TOKEN = re.compile(r"[!-~]{1,16000}")
_TENANT = re.compile(r"\w{1,4}:([A-Za-z0-9]{1,60})\.")
"""How an access token begins: `8A:Cust12345.`"""


class Bearer:
    """Gets access tokens. The refresh token is documented to be good again and again."""

    def __init__(self, auth: BearerAuth, tenant: str, host: LoginHost) -> None:
        for secret in (auth.client_secret, auth.refresh_token):
            host.secrets.keep(secret.get_secret_value())
        self._auth = auth
        self._tenant = tenant
        self._host = host

    async def grant(self) -> Granted:
        """A new access token. Raises Unauthorized, Malformed, and what the host's failures mean."""
        form = {
            "grant_type": "refresh_token",
            "client_id": self._auth.client_id,
            "client_secret": self._auth.client_secret.get_secret_value(),
            "refresh_token": self._auth.refresh_token.get_secret_value(),
        }
        reply = await self._host.post_form(PATH, form, OBJECT)
        for name in ("access_token", "refresh_token", "id_token"):
            if isinstance(given := field(reply, name), str):
                self._host.secrets.add(given)
        token, kind = field(reply, "access_token"), field(reply, "token_type")
        where = self._host.where(PATH)
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise Malformed(where, "access_token is missing, or is no token")
        if kind is not None and str(kind)[:20].lower() != "bearer":
            raise Malformed(where, "token_type is not Bearer")
        named = _TENANT.match(token)
        if named and named[1].lower() != self._tenant.lower():
            other = self._host.secrets.redact(named[1])
            raise Malformed(where, f"its access token is for the tenant {other}")
        headers = {"Authorization": f"Bearer {token}"}
        return Granted(Credentials(headers), self._seconds(field(reply, "expires_in"), where))

    def _seconds(self, told: object, where: str) -> float:
        """For how long a token is used. Raises Malformed."""
        try:
            whole = read_whole(self._host.secrets.redact(told) if isinstance(told, str) else told)
        except ValueError as error:
            raise Malformed(where, f"expires_in {error}") from None
        lifetime = min(max(LIFETIME if whole is None else whole, SHORTEST), LONGEST)
        return lifetime - min(BEFORE_ITS_END, lifetime / 10)

"""An online application's own user: it signs its system token, and is given a ticket for it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from syseventd import Malformed, Unauthorized
from syseventd_superoffice.auth_settings import SystemUserAuth
from syseventd_superoffice.hosts import endpoint_of
from syseventd_superoffice.rsa_keys import read_private_key
from syseventd_superoffice.values import field
from syseventd_superoffice.webapi.auth.json_tokens import OBJECT, JsonTokens
from syseventd_superoffice.webapi.auth.renewed import Granted
from syseventd_superoffice.webapi.auth.ticket import ticket_headers
from syseventd_superoffice.webapi.login import Credentials
from syseventd_superoffice.webapi.login_host import LoginHost

PATH = "/Login/api/PartnerSystemUser/Authenticate"

CLAIM = "http://schemes.superoffice.net/identity/"
"""What the names of SuperOffice's own claims begin with."""

_TICKET = re.compile(r"[!-~]{1,4000}")


class SystemUser:
    """Gets tickets for an application's system user at one tenant.

    A ticket is good for six hours after each use, so for as long as sources are asked: there is
    no need for another one before it is refused.
    """

    def __init__(
        self, auth: SystemUserAuth, tenant: str, host: LoginHost, clock: Callable[[], float]
    ) -> None:
        for secret in (auth.system_token, auth.client_secret):
            host.secrets.keep(secret.get_secret_value())
        self._auth = auth
        self._tenant = tenant
        self._host = host
        self._clock = clock
        self._tokens = JsonTokens(host)

    async def grant(self) -> Granted:
        """A new ticket. Raises Unauthorized, Malformed, and what the login host's failures mean."""
        secret = self._auth.client_secret.get_secret_value()
        request = {
            "SignedSystemToken": self._signed_token(),
            "ApplicationToken": secret,
            "ContextIdentifier": self._tenant,
            "ReturnTokenType": "JWT",
        }
        where = self._host.where(PATH)
        reply = await self._host.post_json(PATH, request, OBJECT)
        token = field(reply, "Token")
        if field(reply, "IsSuccessful") is False or not isinstance(token, str) or not token:
            raise Unauthorized(where, self._words(reply))
        self._host.secrets.add(token)
        claims = await self._tokens.read(token, where)
        ticket = claims.get(f"{CLAIM}ticket")
        if not isinstance(ticket, str) or not _TICKET.fullmatch(ticket):
            raise Malformed(where, "its token brings no ticket")
        self._host.secrets.add(ticket)
        tenant = claims.get(f"{CLAIM}ctx")
        if not isinstance(tenant, str) or tenant.lower() != self._tenant.lower():
            raise Malformed(where, f"its token is for the tenant {self._host.shown(tenant)}")
        link = claims.get(f"{CLAIM}webapi_url")
        endpoint = endpoint_of(link, self._tenant, self._host.base) or ""
        return Granted(Credentials(ticket_headers(ticket, secret), endpoint))

    def _words(self, reply: Mapping[str, Any]) -> str:
        message = self._host.quote(field(reply, "ErrorMessage"))
        reason = f"it grants no ticket to the application's system user at {self._tenant}"
        return f"{reason}: {message}" if message else reason

    def _signed_token(self) -> str:
        """The system token, the time to the minute, and a signature of both."""
        key = read_private_key(self._auth.private_key.get_secret_value())
        minute = datetime.fromtimestamp(self._clock(), UTC).strftime("%Y%m%d%H%M")
        token = f"{self._auth.system_token.get_secret_value()}.{minute}"
        signed = f"{token}.{_sign(token, key)}"
        self._host.secrets.add(signed)
        return signed


def _sign(token: str, key: rsa.RSAPrivateKey) -> str:
    signature = key.sign(token.encode(), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode("ascii")

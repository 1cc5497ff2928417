"""The one coordinator of an installation: where it is, our login, and when to leave it alone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from yarl import URL

from syseventd import Malformed, Paused, ProbeEnded, Throttled, Unauthorized, Unreachable
from syseventd_superoffice.redaction import Secrets
from syseventd_superoffice.refused_login import (
    PASSWORD_PAUSES,
    PASSWORDS_AT_ONCE,
    TOKEN_PAUSES,
    LoginGuard,
    Turn,
)
from syseventd_superoffice.settings import SuperOfficeSettings
from syseventd_superoffice.webapi.auth import login_for
from syseventd_superoffice.webapi.endpoint import Endpoint, FixedEndpoint, Tenant
from syseventd_superoffice.webapi.failures import BUSY, Refusal, from_refusal, no_such_path
from syseventd_superoffice.webapi.login import NOBODY, Credentials, Login
from syseventd_superoffice.webapi.login_host import JSON, LoginHost
from syseventd_superoffice.webapi.quiet import Quiet
from syseventd_superoffice.webapi.replies import MOST_AT_ONCE, Reply, place, unpack
from syseventd_superoffice.webapi.sharing import MOMENT, Flights
from syseventd_superoffice.webapi.wire import NO_HEADERS, Wire


def connect(
    settings: SuperOfficeSettings,
    moment: float = MOMENT,
    clock: Callable[[], float] = time.time,
) -> Client:
    """What all questions to one installation share. Called on the event loop."""
    wire = Wire(settings.ca_file, settings.windows, clock)
    host = LoginHost(wire, settings.login_host, Secrets(), settings.issuer)
    endpoint: Endpoint
    if settings.tenant is not None:
        endpoint = Tenant(host, settings.tenant, clock)
    else:
        endpoint = FixedEndpoint(settings.url or "")
    return Client(wire, endpoint, login_for(settings, host, clock), settings.language, moment)


class Client:
    """One wire, one login and one pause for all sources of one target.

    Our login goes to the installation alone. Once it asks to be left alone for a while, no
    source asks it before that has passed. `flights` are the questions that are under way.
    """

    def __init__(
        self, wire: Wire, endpoint: Endpoint, login: Login, language: str, moment: float = MOMENT
    ) -> None:
        self.user = login.user
        self.endpoint = endpoint
        self.flights: Flights[Hashable, Any] = Flights(moment)
        self._wire = wire
        self._login = login
        self._guard = _guard(login)
        self._quiet = Quiet()
        self._headers = {"SO-Language": language, "SO-TimeZone": "UTC, includeTZOffset"}

    @property
    def base(self) -> str:
        """The installation's address, as far as it is known."""
        return self.endpoint.known

    async def aclose(self) -> None:
        """Leaves the pool of connections, which other targets may share."""
        await self._wire.aclose()

    def owns(self, url: URL) -> bool:
        """Whether an address is of this installation's API: only there may our login go.

        Other applications, and other tenants, may live on the same host.
        """
        base = URL(self.base)
        # Without regard to case, as IIS reads paths.
        path, own = url.path.lower(), f"{base.path.rstrip('/')}/api/".lower()
        return (
            url.absolute
            and url.origin() == base.origin()
            and url.user is None
            and url.password is None
            and path.startswith(own)
            and "\\" not in path
            and not {".", ".."} & set(path.split("/"))
        )

    async def ask(
        self,
        address: str | URL,
        method: str = "GET",
        body: bytes | None = None,
        with_login: bool = True,
    ) -> Reply:
        """The body of a successful reply. Raises errors that derive from ProbeEnded.

        `address` is a path of the WebAPI, or an address that `owns()` said yes to. `body` is
        JSON, sent with the agents' calls: they only read, although they are POST.

        A refused login is renewed once; a tenant that moved is looked for once. What is refused
        in the end is told to all who ask for a while, instead of being sent again.
        """
        if not with_login:
            return await self._ask(address, method, body, None)
        async with self._guard.use() as turn:
            return await self._ask(address, method, body, turn)

    async def _ask(
        self, address: str | URL, method: str, body: bytes | None, turn: Turn | None
    ) -> Reply:
        """The same. The login goes along where there is a `turn` to send it."""
        may_renew, may_move = turn is not None, isinstance(address, str)
        while True:
            base = await self.endpoint.find()
            self._keep_quiet(address)
            credentials = NOBODY
            if turn is not None:
                credentials = await self._login.credentials()
                await turn.take()
            base = base or credentials.endpoint
            url = self._url(base, address)
            answer = await self._exchange(url, credentials, method, body)
            if isinstance(answer, Reply):
                self._quiet.end()
                return answer
            if answer.status == 401 and may_renew and self._login.reject(credentials):
                may_renew = False
            elif answer.status == 421 and may_move and await self._moved(base, credentials):
                may_move = False
            elif answer.status == 404:
                known = await self._speaks_superoffice(base, credentials, turn)
                raise no_such_path(answer, base, known, self.endpoint.hint)
            else:
                if answer.status == 503:
                    await self._may_be_closed(base)
                raise self._refused(answer)

    async def _may_be_closed(self, base: str) -> None:
        """Raises Paused where it is known now that a tenant's maintenance has just begun."""
        try:
            await self.endpoint.is_elsewhere(base)
        except Paused:
            raise
        except ProbeEnded:
            return  # what the tenant itself answered says more

    async def _moved(self, base: str, credentials: Credentials) -> bool:
        """Whether the installation is known, or may be found, to be elsewhere than at `base`."""
        if await self.endpoint.is_elsewhere(base):
            return True
        if base != credentials.endpoint or await self.endpoint.find():
            return False
        # Only the login says where it is, so another one may say better.
        return self._login.reject(credentials)

    def _url(self, base: str, address: str | URL) -> URL:
        """Where a request goes. Raises Malformed while nobody says where the installation is."""
        if isinstance(address, URL):
            return address
        if not base:
            raise Malformed(self.base, "neither its state nor its login says where its API is")
        return URL(f"{base}{address}", encoded=True)

    async def _exchange(
        self, url: URL, credentials: Credentials, method: str = "GET", body: bytes | None = None
    ) -> Reply | Refusal:
        content = JSON if body is not None else NO_HEADERS
        headers = {**self._headers, **credentials.headers, **content}
        return await self._wire.exchange(url, method, headers, body)

    def _refused(self, refusal: Refusal) -> ProbeEnded:
        """What a refusal means. A pause that it asks for begins now."""
        if refusal.status == 421:
            reason = f"its tenant answers at another subdomain now; {self.endpoint.hint}"
            return Unreachable(place(refusal.url), reason)
        failure = from_refusal(refusal, self._login)
        if isinstance(failure, Throttled):
            failure.retry_after = self._quiet.begin(refusal.status, failure.retry_after)
        return self._wire.excused(failure, refusal.status)

    def _keep_quiet(self, address: str | URL) -> None:
        """Raises Throttled while a pause lasts; Paused if it began in a maintenance window."""
        try:
            self._quiet.keep(self._url(self.base, address))
        except Throttled as failure:
            raise self._wire.excused(failure, self._quiet.status) from None

    async def _speaks_superoffice(
        self, base: str, credentials: Credentials, turn: Turn | None
    ) -> bool:
        """Whether `/api` answers as a NetServer does; tells a wrong `url` from a lacking part.

        Raises Throttled, or Paused, where nobody can tell now, and Unauthorized where the login
        is not accepted. `/api` needs none: it goes along only where the server asks for it.
        """
        url = self._url(base, "/api")
        try:
            answer = await self._exchange(url, NOBODY)
            if turn is not None and isinstance(answer, Refusal) and answer.status == 401:
                await turn.take()
                answer = await self._exchange(url, credentials)
        except (Paused, Unauthorized):
            raise
        except ProbeEnded:
            return False
        if isinstance(answer, Reply):
            return _is_netserver(answer)
        if answer.status in BUSY or (turn is not None and answer.status == 401):
            raise self._refused(answer)
        return False


def _guard(login: Login) -> LoginGuard:
    """How carefully a login is sent: only passwords lock anybody out."""
    if login.has_password:
        return LoginGuard(PASSWORD_PAUSES, at_once=PASSWORDS_AT_ONCE)
    return LoginGuard(TOKEN_PAUSES)


def _is_netserver(reply: Reply) -> bool:
    """Whether what `/api` answers is a NetServer's list of names and versions."""
    try:
        body = unpack(reply, "")
        read = json.loads(body) if len(body) <= MOST_AT_ONCE else None
    except (ProbeEnded, ValueError, RecursionError):
        return False
    return isinstance(read, Mapping) and any(
        name.lower() == "v1" or name.lower().startswith("netserver") for name in read
    )

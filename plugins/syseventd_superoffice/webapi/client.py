"""The one coordinator of an installation: connections, login, and when to leave it alone."""

from __future__ import annotations

import asyncio
import functools
import json
import ssl
import time
from collections.abc import Mapping

import aiohttp
from yarl import URL

from syseventd import Malformed, ProbeEnded, Target, Throttled
from syseventd_superoffice.settings import SuperOfficeSettings
from syseventd_superoffice.webapi.auth import BasicLogin, Login
from syseventd_superoffice.webapi.failures import (
    BUSY,
    Refusal,
    from_error,
    from_refusal,
    no_such_path,
)
from syseventd_superoffice.webapi.replies import MOST_AT_ONCE, Reply, place, receive, unpack

MOST_CONNECTIONS = 8

IDLE_CONNECTION = 100.0
"""Seconds that an idle connection is kept: longer than an interval, less than IIS's 120."""

WORDS_OF_REFUSAL = 1.0
"""Seconds that the body of a refusal may take. Its status must not get lost at our deadline."""

_NO_DEADLINE = aiohttp.ClientTimeout(total=None, sock_connect=None)
"""Deadlines are the daemon's."""


def connect(target: Target) -> Client:
    """What the sources of one target share. Called on the event loop."""
    settings = target.settings
    assert isinstance(settings, SuperOfficeSettings)  # noqa: S101 — as our TargetType says
    return Client(settings, BasicLogin(settings.auth))


class Client:
    """One pool and one login for all sources of one target.

    Redirects are not followed, cookies are not kept, and requests go to the installation alone.
    Once it asks to be left alone for a while, no source asks it before that has passed.
    """

    def __init__(self, settings: SuperOfficeSettings, login: Login) -> None:
        self.base = settings.url
        self._login = login
        self._quiet_until = 0.0
        headers = {
            **login.headers,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": "syseventd",
            "SO-Language": settings.language,
            "SO-TimeZone": "UTC, includeTZOffset",
        }
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=_tls(settings.ca_file),
                limit=MOST_CONNECTIONS,
                keepalive_timeout=IDLE_CONNECTION,
            ),
            headers=headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=_NO_DEADLINE,
            auto_decompress=False,
        )

    async def aclose(self) -> None:
        """Closes the pool."""
        await self._session.close()

    def address(self, path: str, query: str = "") -> URL:
        """The address of a path of the WebAPI, made once and used often."""
        return URL(f"{self.base}{path}{'?' if query else ''}{query}", encoded=True)

    def owns(self, url: URL) -> bool:
        """Whether an address lies with this installation: only there may our login go."""
        return (
            url.absolute
            and url.origin() == URL(self.base).origin()
            and url.user is None
            and url.password is None
        )

    async def get(self, url: URL) -> Reply:
        """The body of a successful reply. Raises errors that derive from ProbeEnded."""
        self._keep_quiet(url)
        answer = await self._exchange(url)
        if isinstance(answer, Reply):
            return answer
        if answer.status == 404:
            known = await self._speaks_superoffice()
            raise no_such_path(answer, self.base, known)
        raise self._refused(answer)

    def _refused(self, refusal: Refusal) -> ProbeEnded:
        """What a refusal means. A pause that it asks for begins now."""
        failure = from_refusal(refusal, self._login)
        if isinstance(failure, Throttled) and failure.retry_after:
            self._quiet_until = time.monotonic() + failure.retry_after
        return failure

    async def _exchange(self, url: URL) -> Reply | Refusal:
        failure: ProbeEnded
        try:
            async with self._session.get(url, allow_redirects=False) as response:
                if response.status == 200:
                    return await receive(response)
                return await self._refusal(url, response)
        except (aiohttp.ClientError, OSError) as error:
            failure = from_error(error, url)
        # Outside of the `except`: aiohttp's error holds our headers, and must not hang on.
        raise failure

    async def _refusal(self, url: URL, response: aiohttp.ClientResponse) -> Refusal:
        """The reply with its body if that can be read soon: a status says enough without it."""
        try:
            async with asyncio.timeout(WORDS_OF_REFUSAL):
                body = unpack(await receive(response), "")
        except (aiohttp.ClientError, OSError, Malformed):
            body = b""
        return Refusal(url, response.status, response.headers, body)

    async def _speaks_superoffice(self) -> bool:
        """Whether `/api` answers as a NetServer does; tells a wrong `url` from a lacking part.

        Raises Throttled where nobody can tell now.
        """
        try:
            answer = await self._exchange(self.address("/api"))
        except ProbeEnded:
            return False
        if isinstance(answer, Refusal) and answer.status in BUSY:
            raise self._refused(answer)
        try:
            body = unpack(answer, "") if isinstance(answer, Reply) else b""
            read = json.loads(body) if len(body) <= MOST_AT_ONCE else None
        except (ProbeEnded, ValueError, RecursionError):
            return False
        return isinstance(read, Mapping) and any(
            name.lower() == "v1" or name.lower().startswith("netserver") for name in read
        )

    def _keep_quiet(self, url: URL) -> None:
        left = self._quiet_until - time.monotonic()
        if left > 0:
            raise Throttled(place(url), "it was asked for a pause, which still lasts", left)


@functools.lru_cache(maxsize=16)
def _tls(ca_pem: str | None) -> ssl.SSLContext:
    """Always verifying. Shared: a thousand installations need no thousand copies of the CAs."""
    context = ssl.create_default_context()
    if ca_pem is not None:
        context.load_verify_locations(cadata=ca_pem)
    return context

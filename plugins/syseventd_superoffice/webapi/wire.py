"""One pool of connections for one target: a request goes out, a bounded reply comes back."""

from __future__ import annotations

import asyncio
import functools
import ssl
import time
from collections.abc import Callable, Mapping, Sequence

import aiohttp
from yarl import URL

from syseventd import Malformed, Paused, ProbeEnded, Throttled
from syseventd_superoffice.settings import WindowName
from syseventd_superoffice.webapi.failures import Refusal, from_error, is_unconnected
from syseventd_superoffice.webapi.replies import Reply, receive, unpack
from syseventd_superoffice.webapi.windows import window_at

MOST_CONNECTIONS = 12
"""At a time, to one target: more than all sources ask that may be slow, so that no list has to
wait behind them. Of these connections one a host stays."""

LAST: Mapping[str, str] = {"Connection": "close"}
"""Goes with what is asked of a host while something else is: of the connections to it one stays.
Four idle ones for each of a thousand targets would take more memory than all that they say."""

IDLE_CONNECTION = 100.0
"""Seconds that an idle connection is kept: longer than an interval, less than IIS's 120."""

WORDS_OF_REFUSAL = 1.0
"""Seconds that the body of a refusal may take. Its status must not get lost at our deadline."""

_NO_DEADLINE = aiohttp.ClientTimeout(total=None, sock_connect=None)
"""Deadlines are the daemon's."""

NO_HEADERS: Mapping[str, str] = {}


class Wire:
    """The connections of one target, to its installation and to where it logs in.

    Redirects are not followed and cookies are not kept. Inside of one of the `windows`, not to be
    reached means to be paused.
    """

    def __init__(
        self,
        ca_pem: str | None = None,
        windows: Sequence[WindowName] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._windows = windows
        self._clock = clock
        self._asked: set[str] = set()
        """The hosts that are asked something whose connection stays."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=_tls(ca_pem), limit=MOST_CONNECTIONS, keepalive_timeout=IDLE_CONNECTION
            ),
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                "User-Agent": "syseventd",
            },
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=_NO_DEADLINE,
            auto_decompress=False,
        )

    async def aclose(self) -> None:
        """Closes the pool."""
        await self._session.close()

    async def exchange(
        self,
        url: URL,
        method: str = "GET",
        headers: Mapping[str, str] = NO_HEADERS,
        body: bytes | None = None,
        again: bool = True,
    ) -> Reply | Refusal:
        """A whole reply with HTTP 200, or whatever else was answered.

        `again` False: the host is asked so seldom that no connection to it is to stay.

        Raises Unreachable, Malformed, ProbeFailed, and Paused inside of a window.
        """
        host = url.authority
        stays = again and host not in self._asked
        if stays:
            self._asked.add(host)
        else:
            headers = {**headers, **LAST}
        try:
            return await self._request(url, method, headers, body)
        except (aiohttp.ClientError, OSError) as error:
            failure, unconnected = from_error(error, url), is_unconnected(error)
        finally:
            if stays:
                self._asked.discard(host)
        # Outside of the `except`: aiohttp's error holds our headers, and must not hang on.
        raise self._excused(failure) if unconnected else failure

    async def _request(
        self, url: URL, method: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply | Refusal:
        async with self._session.request(
            method, url, data=body, headers=headers, allow_redirects=False
        ) as response:
            if response.status == 200:
                return await receive(response)
            return await _refusal(url, response)

    def excused(self, failure: ProbeEnded, status: int) -> ProbeEnded:
        """What a busy server's failure means now: inside of a window, 503 is no failure."""
        return self._excused(failure) if status == 503 else failure

    def _excused(self, failure: ProbeEnded) -> ProbeEnded:
        name = window_at(self._windows, self._clock()) if self._windows else None
        if name is None:
            return failure
        later = failure.retry_after if isinstance(failure, Throttled) else None
        return Paused(f"in SuperOffice Online's {name} maintenance window; {failure}", later)


async def _refusal(url: URL, response: aiohttp.ClientResponse) -> Refusal:
    """The reply with its body if that can be read soon: a status says enough without it."""
    try:
        async with asyncio.timeout(WORDS_OF_REFUSAL):
            body = unpack(await receive(response), "")
    except (aiohttp.ClientError, OSError, Malformed):
        body = b""
    return Refusal(url, response.status, response.headers, body)


@functools.lru_cache(maxsize=16)
def _tls(ca_pem: str | None) -> ssl.SSLContext:
    """Always verifying. Shared: a thousand installations need no thousand copies of the CAs."""
    context = ssl.create_default_context()
    if ca_pem is not None:
        context.load_verify_locations(cadata=ca_pem)
    return context

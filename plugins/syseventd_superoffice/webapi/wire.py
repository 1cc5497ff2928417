"""The one way out of a target: a request goes out, a bounded reply comes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

import aiohttp
from yarl import URL

from syseventd import Malformed, Paused, ProbeEnded, Throttled
from syseventd_superoffice.settings import WindowName
from syseventd_superoffice.webapi.failures import Refusal, from_error, is_unconnected
from syseventd_superoffice.webapi.pool import Pool
from syseventd_superoffice.webapi.replies import Reply, receive, unpack
from syseventd_superoffice.webapi.windows import window_at

MOST_CONNECTIONS = 12
"""At a time, by one target: more than all sources ask that may be slow, so that no list has to
wait behind them. Of those to one host at most one stays."""

LAST: Mapping[str, str] = {"Connection": "close"}
"""Goes with what is asked of a host while something else is, so that its connection goes too.
Four idle ones for each of a thousand targets would take more memory than all that they say."""

WORDS_OF_REFUSAL = 1.0
"""Seconds that the body of a refusal may take. Its status must not get lost at our deadline."""

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
        self._places = asyncio.Semaphore(MOST_CONNECTIONS)
        self._pool = Pool.share(ca_pem, self)

    async def aclose(self) -> None:
        """Leaves the pool."""
        await self._pool.leave(self)

    async def exchange(
        self,
        url: URL,
        method: str = "GET",
        headers: Mapping[str, str] = NO_HEADERS,
        body: bytes | None = None,
    ) -> Reply | Refusal:
        """A whole reply with HTTP 200, or whatever else was answered.

        Raises Unreachable, Malformed, ProbeFailed, and Paused inside of a window.
        """
        host = url.authority
        stays = host not in self._asked and self._pool.begin(host)
        if stays:
            self._asked.add(host)
        else:
            headers = {**headers, **LAST}
        try:
            async with self._places:
                return await self._request(url, method, headers, body)
        except (aiohttp.ClientError, OSError) as error:
            failure, unconnected = from_error(error, url), is_unconnected(error)
        finally:
            if stays:
                self._asked.discard(host)
                self._pool.end(host)
        # Outside of the `except`: aiohttp's error holds our headers, and must not hang on.
        raise self._excused(failure) if unconnected else failure

    async def _request(
        self, url: URL, method: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply | Refusal:
        async with self._pool.session.request(
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

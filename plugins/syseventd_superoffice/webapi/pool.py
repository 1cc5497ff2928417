"""The connections of all targets that trust the same CAs: tenants by the hundred share a host."""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections import Counter
from typing import ClassVar
from weakref import WeakKeyDictionary

import aiohttp

from syseventd_superoffice.webapi.connector import CleanConnector

IDLE_CONNECTION = 100.0
"""Seconds that an idle connection is kept: longer than an interval, less than IIS's 120."""

MOST_STAYING = 24
"""Connections to one host that may stay when their request is done. An idle one with TLS takes
some 70 KiB, and 1,000 tenants with eight sources each keep about so many busy at a time."""

_NO_DEADLINE = aiohttp.ClientTimeout(total=None, sock_connect=None)
"""Deadlines are the daemon's."""


class Pool:
    """Connections that verify their servers in one way, opened by the first target that does.

    What a login is, each request brings along in its headers; none belongs to a connection, so
    any target's request may take any of them. Who shares it says when it leaves.
    """

    _open: ClassVar[WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str | None, Pool]]] = (
        WeakKeyDictionary()
    )

    def __init__(self, ca_pem: str | None) -> None:
        self._ca_pem = ca_pem
        self._users: set[object] = set()
        self._staying: Counter[str] = Counter()
        self.session = aiohttp.ClientSession(
            connector=CleanConnector(ssl=_tls(ca_pem), keepalive_timeout=IDLE_CONNECTION),
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                "User-Agent": "syseventd",
            },
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=_NO_DEADLINE,
            auto_decompress=False,
        )

    @classmethod
    def share(cls, ca_pem: str | None, user: object) -> Pool:
        """The running loop's pool for these CAs (PEM; None for the system's), for one more user."""
        pools = cls._open.setdefault(asyncio.get_running_loop(), {})
        pool = pools.get(ca_pem)
        if pool is None:
            pool = pools[ca_pem] = cls(ca_pem)
        pool._users.add(user)
        return pool

    async def leave(self, user: object) -> None:
        """Says that a user needs it no longer; the last one closes it."""
        self._users.discard(user)
        if not self._users and not self.session.closed:
            del self._open[asyncio.get_running_loop()][self._ca_pem]
            await self.session.close()

    def begin(self, host: str) -> bool:
        """Whether the connection of a request to `host` may stay; then `end()` must follow."""
        if self._staying[host] >= MOST_STAYING:
            return False
        self._staying[host] += 1
        return True

    def end(self, host: str) -> None:
        """A request whose connection may stay is done."""
        self._staying[host] -= 1
        if not self._staying[host]:
            del self._staying[host]


@functools.lru_cache(maxsize=16)
def _tls(ca_pem: str | None) -> ssl.SSLContext:
    """Always verifying. Shared: a thousand installations need no thousand copies of the CAs."""
    context = ssl.create_default_context()
    if ca_pem is not None:
        context.load_verify_locations(cadata=ca_pem)
    return context

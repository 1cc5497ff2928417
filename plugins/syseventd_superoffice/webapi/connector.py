"""Connections that are used again only if nobody spoke on them while they were idle."""

from __future__ import annotations

from ssl import SSLContext
from weakref import WeakSet

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.tracing import Trace


class CleanConnector(aiohttp.TCPConnector):
    """Closes an idle connection on which something came that nobody asked for.

    aiohttp looks at that when a connection is given back, and not when it is taken again: what
    came between, such as a second answer that was late, would be read as the answer to the next
    request, which may be another target's.
    """

    def __init__(self, *, ssl: SSLContext, keepalive_timeout: float) -> None:
        # How many a target may have is its own matter: none may take them all.
        super().__init__(ssl=ssl, limit=0, keepalive_timeout=keepalive_timeout)
        self._used: WeakSet[ResponseHandler] = WeakSet()

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """An idle connection that kept silent, or a new one. Raises what TCPConnector raises."""
        while True:
            connection = await super().connect(req, traces, timeout)
            protocol = connection.protocol
            assert protocol is not None  # noqa: S101 — only who gave it back has it no longer
            # A server that speaks first on a new one does so on each: that is for others to tell.
            if protocol not in self._used or not protocol.should_close:
                self._used.add(protocol)
                return connection
            connection.close()

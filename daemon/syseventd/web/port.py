"""Where the daemon listens: bound once, before the store is opened, and served to the end."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from typing import Any, cast

from aiohttp import web

from syseventd.errors import CannotListen

REPLY_GRACE = 1.0
"""Seconds that replies under way get when what is served changes or ends."""
BACKLOG = 128


class Port:
    """Listening sockets whose application can be exchanged: no connection is refused meanwhile."""

    def __init__(self, sockets: list[socket.socket]) -> None:
        host, port = sockets[0].getsockname()[:2]
        self.url = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
        """Where the pages are, with the port that was really taken. Ends in a slash."""
        self._sockets = sockets
        self._servers: list[asyncio.Server] = []
        self._runners: list[web.AppRunner] = []

    async def serve(self, app: web.Application) -> None:
        """Answer new connections by `app`. One that is open keeps the application that it has."""
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=REPLY_GRACE)
        await runner.setup()
        self._runners.append(runner)
        if not self._servers:
            await self._listen()

    async def close(self) -> None:
        """Listen no more, once the replies under way are done. Idempotent."""
        for server in self._servers:
            server.close()
        for sock in self._sockets:
            sock.close()
        await asyncio.gather(*(runner.cleanup() for runner in self._runners))

    async def _listen(self) -> None:
        create = asyncio.get_running_loop().create_server
        for sock in self._sockets:
            self._servers.append(await create(self._begin, sock=sock, backlog=BACKLOG))

    def _begin(self) -> asyncio.BaseProtocol:
        """Who speaks with a new connection."""
        return cast(web.Server, self._runners[-1].server)()


async def open_port(host: str, port: int) -> Port:
    """Binds `port` of every address of `host` that this machine has. Raises CannotListen."""
    sockets: list[socket.socket] = []
    try:
        for family, address in await _addresses(host, port):
            try:
                sockets.append(socket.create_server(address, family=family, backlog=BACKLOG))
            except OSError as error:
                # "localhost" has an IPv6 address also where IPv6 is switched off.
                if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                    raise
                absent = error
        if not sockets:
            raise absent
    except OSError as error:
        for sock in sockets:
            sock.close()
        shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        raise CannotListen(shown, _in_words(error)) from None
    return Port(sockets)


async def _addresses(host: str, port: int) -> list[tuple[int, tuple[Any, ...]]]:
    """Each address of `host`, with its family."""
    find = asyncio.get_running_loop().getaddrinfo
    found = await find(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((int(family), address) for family, _, _, _, address in found))


def _in_words(error: OSError) -> str:
    """The system's own words: Python's repeat the address. A name's failures have no number."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or str(error)

"""What the vendor calls slow, and what hangs, delays no list of the same installation."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from syseventd_superoffice.connection import Connection
from syseventd_superoffice.installation import InstallationSettings
from syseventd_superoffice.installation import create as create_installation
from syseventd_superoffice.licences import Licences
from syseventd_superoffice.system_events import SystemEvents
from syseventd_superoffice.webapi import WebApi
from syseventd_superoffice.webapi.client import Client

SLOW = ("/Agents/License/", "/Agents/Database/", "/User/currentPrincipal")

LICENCE = {"OwnerName": "SUPEROFFICE", "ExpiryDate": "2030-01-01T00:00:00"}
LEAST = 4
"""Different questions that hang before the list is asked for."""

QUICK: dict[str, Any] = {
    "SystemEvent": {"value": []},
    "License": [{"Current": LICENCE, "ExtendedModuleLicenses": []}],
    "api": {"v1": "x"},
}


def test_lists_do_not_wait_behind_the_licence_server(crm: Any) -> None:
    """While every slow question of two sources hangs, the events are read in time."""
    hanging, enough = set[str](), asyncio.Event()

    async def handler(request: web.Request) -> web.Response:
        if any(part in request.path for part in SLOW):
            hanging.add(request.path)
            if len(hanging) >= LEAST:
                enough.set()
            await asyncio.sleep(60.0)
        return web.json_response(QUICK.get(request.path.rpartition("/")[2], []))

    async def use(client: Client) -> None:
        connection = Connection(WebApi(client))
        settings = InstallationSettings()
        slow: list[Any] = [create_installation(None, connection, settings), Licences(connection)]  # type: ignore[arg-type]
        probes = [asyncio.ensure_future(source.probe()) for source in slow for _ in range(2)]
        try:
            async with asyncio.timeout(5.0):
                await enough.wait()
            async with asyncio.timeout(9.0):  # the list's own deadline is ten
                snapshot = await SystemEvents(connection).probe()
            assert (snapshot.observations, snapshot.complete) == ((), True)
            assert len(hanging) >= LEAST
        finally:
            for probe in probes:
                probe.cancel()
            await asyncio.wait(probes)

    crm.ask(handler, use)

"""Licences of an online tenant: where they come from."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from syseventd_superoffice.access import Document
from syseventd_superoffice.webapi import WebApi
from syseventd_superoffice.webapi.client import Client


def test_online_licences_come_from_the_agent(online: Any) -> None:
    """The resource is documented as onsite only, so nobody asks it in vain."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response([])

    async def use(client: Client) -> Document:
        return await WebApi(client).licences()

    online.on_api = answer
    online.ask(use, "ticket")
    asked = [path for path in online.paths if "License" in path]
    assert asked == ["/Cust12345/api/v1/Agents/License/GetLicenseForAllOwnersFromDB"]

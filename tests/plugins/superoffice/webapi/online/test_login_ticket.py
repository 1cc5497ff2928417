"""A ticket from elsewhere, onsite and online: sent as it is, and never renewed."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from syseventd import ProbeEnded, Unauthorized
from syseventd_superoffice.settings import SuperOfficeSettings
from syseventd_superoffice.webapi import WebApi
from syseventd_superoffice.webapi.client import Client, connect

EVENTS = "/Cust12345/api/v1/SystemEvent"


async def probe(client: Client) -> None:
    await WebApi(client).system_events()


def test_online_the_application_says_who_it_is(online: Any) -> None:
    """Ticket and client secret are sent as they are."""
    online.ask(probe, "ticket")
    [asked] = [request for request in online.requests if request.path == EVENTS]
    assert asked.headers["Authorization"] == "SOTicket 7T:canary-ticket-0"
    assert asked.headers["SO-AppToken"] == "canary-client-secret-4711"
    assert online.logins == 0


def test_onsite_a_ticket_is_enough(online: Any) -> None:
    """No application, and no login host, is needed there."""

    async def use(client: Client) -> None:
        auth = {"method": "ticket", "ticket_env": "CRM_TICKET"}
        block = {"url": f"{online.host}/SuperOffice", "auth": auth}
        onsite = connect(SuperOfficeSettings.model_validate(block))
        assert onsite.user == "the user of the ticket"
        try:
            await probe(onsite)
        finally:
            await onsite.aclose()

    online.ask(use)
    assert online.paths == ["/SuperOffice/api/v1/SystemEvent"]
    assert "SO-AppToken" not in online.requests[0].headers


def test_a_ticket_that_ended(online: Any) -> None:
    """It is said what to do, and nobody is asked again in vain."""
    online.good = "another"
    with pytest.raises(
        Unauthorized, match="the ticket that is configured is not accepted; it ends"
    ):
        online.ask(probe, "ticket")
    assert online.paths.count(EVENTS) == 1


def test_no_right_with_a_ticket(online: Any) -> None:
    """Nobody knows the user's name, and the sentence reads well without it."""

    async def forbid(request: web.Request) -> web.StreamResponse:
        return web.Response(status=403)

    online.on_api = forbid
    with pytest.raises(ProbeEnded, match="the user of the ticket has no right to read /Cust12345/"):
        online.ask(probe, "ticket")

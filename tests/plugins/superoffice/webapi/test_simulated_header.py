"""A reply that says that it is simulated makes the whole answer say so, and no other does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from aiohttp import web

from syseventd_superoffice.access import Document, Listing
from syseventd_superoffice.webapi import WebApi
from syseventd_superoffice.webapi.client import Client
from syseventd_superoffice.webapi.odata import ROWS_A_PAGE

LABEL = {"Syseventd-Simulated": "yes"}
BODIES = {
    "SystemEvent": {"odata.nextLink": None, "value": [{"eventkey": "k"}]},
    "License": [],
    "GetStepsInDatabase": [],
    "GetStepsFromNetServerCode": [],
}

Ask = Callable[[WebApi], Awaitable[Listing | Document]]


def facts(crm: Any, ask: Ask, *headers: dict[str, str]) -> list[Mapping[str, str]]:
    """The facts of as many answers; each reply has the next headers, and the same body."""
    left = iter(headers)

    async def handler(request: web.Request) -> web.Response:
        return web.json_response(BODIES[request.path.rpartition("/")[2]], headers=next(left, {}))

    async def use(client: Client) -> list[Mapping[str, str]]:
        asked = WebApi(client)
        return [(await ask(asked)).facts for _ in headers]

    return crm.ask(handler, use)  # type: ignore[no-any-return]


@pytest.mark.parametrize("ask", [WebApi.system_events, WebApi.licences])
def test_the_header_becomes_a_fact(crm: Any, ask: Ask) -> None:
    """It is believed of the reply that carries it, although the body stays the same."""
    assert facts(crm, ask, {}, LABEL, {}) == [{}, {"simulated": "yes"}, {}]


def test_an_answer_made_of_two_is_simulated_if_one_of_them_is(crm: Any) -> None:
    """Both lists of steps are one answer."""
    assert facts(crm, WebApi.upgrade_steps, LABEL, {})[0] == {"simulated": "yes"}


def test_one_page_of_a_list_is_enough(crm: Any) -> None:
    """A list is simulated if any of its pages is."""

    async def handler(request: web.Request) -> web.Response:
        later = "$skip" in request.query
        rows = [{"eventkey": f"k{n}"} for n in range(1 if later else ROWS_A_PAGE)]
        return web.json_response({"value": rows}, headers=LABEL if later else {})

    async def use(client: Client) -> Listing:
        return await WebApi(client).system_events()

    assert crm.ask(handler, use).facts == {"simulated": "yes"}

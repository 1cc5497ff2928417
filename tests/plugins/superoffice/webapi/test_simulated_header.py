"""A reply that says that it is simulated makes the whole snapshot say so, and no other does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from syseventd import Snapshot
from syseventd.interface import Source
from syseventd_superoffice.licences import Licences
from syseventd_superoffice.system_events import SystemEvents
from syseventd_superoffice.webapi.client import Client
from syseventd_superoffice.webapi.odata import ROWS_A_PAGE

LABEL = {"Syseventd-Simulated": "yes"}
LICENCE = {
    "Current": {"OwnerName": "A", "CompanyName": "Example AB", "ExpiryDate": "2027-03-27T00:00:00"}
}
BODIES = {
    "SystemEvent": {"odata.nextLink": None, "value": [{"eventkey": "k"}]},
    "License": [LICENCE],
}


def probes(
    crm: Any, source: Callable[[Client], Source], *headers: dict[str, str]
) -> list[Snapshot]:
    """One probe for each set of headers; the bodies are the same."""
    left = iter(headers)

    async def handler(request: web.Request) -> web.Response:
        return web.json_response(BODIES[request.path.rpartition("/")[2]], headers=next(left))

    async def use(client: Client) -> list[Snapshot]:
        asked = source(client)
        return [await asked.probe() for _ in headers]  # type: ignore[misc]

    return crm.ask(handler, use)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("source", "others"), [(SystemEvents, {}), (Licences, {"company": "Example AB"})]
)
def test_the_header_becomes_a_fact(crm: Any, source: Any, others: dict[str, str]) -> None:
    """It is believed of the reply that carries it, although the body stays the same."""
    before, between, after = probes(crm, source, {}, LABEL, {})
    assert between.facts == {"simulated": "yes", **others}
    assert before.facts == after.facts == others


def test_one_page_of_a_list_is_enough(crm: Any) -> None:
    """A list is simulated if any of its pages is."""

    async def handler(request: web.Request) -> web.Response:
        later = "$skip" in request.query
        rows = [{"eventkey": f"k{n}"} for n in range(1 if later else ROWS_A_PAGE)]
        return web.json_response({"value": rows}, headers=LABEL if later else {})

    async def use(client: Client) -> Snapshot:
        return await SystemEvents(client).probe()

    assert crm.ask(handler, use).facts == {"simulated": "yes"}

"""The source `licences` over HTTP: what it asks, and when its answers are no licences at all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web

from syseventd import Malformed, NotAvailable, Problem, Snapshot
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.licences import Licences
from syseventd_superoffice.licences.online import read_replacements
from syseventd_superoffice.licences.plan import read_plan
from syseventd_superoffice.licences.reading import MOST_MODULES, MOST_OWNERS
from syseventd_superoffice.licences.server import Answer, read_answer
from syseventd_superoffice.webapi import WebApi
from syseventd_superoffice.webapi.client import Client

NOW = 1793491200.0
"""2026-11-01"""


def entry(owner: str, *modules: object) -> dict[str, Any]:
    current = {"OwnerName": owner, "ExpiryDate": "2027-03-27T00:00:00"}
    return {"Current": current, "ExtendedModuleLicenses": list(modules)}


def probe(crm: Any, reply: object) -> Snapshot:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.json_response(reply)

    async def use(client: Client) -> Snapshot:
        return await Licences(Connection(WebApi(client)), clock=lambda: NOW).probe()

    return crm.ask(handler, use)  # type: ignore[no-any-return]


def test_all_owners_are_asked_for_at_once(crm: Any) -> None:
    """One request brings every owner's licence."""
    snapshot = probe(crm, [entry("SUPEROFFICE"), entry("ADDON")])
    assert {expiry.name for expiry in snapshot.expiries} == {"SUPEROFFICE", "ADDON"}
    assert [r.path.removeprefix("/api/v1/") for r in crm.requests] == [
        "License",
        "Agents/License/GetFencingInfo",
        "Agents/License/GetLicenseStatusFromLicenseServer",
    ]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ({"Current": {}}, "Input should be a valid array"),
        (None, "Input should be a valid array"),
        ([{}, 7], "no licence can be read; licence 1: has no Current"),
        ([{}] * (MOST_OWNERS + 1), "more than 200 owners"),
        ([entry("A", *[7] * (MOST_MODULES + 1))], "more than 2,000 modules"),
        ([entry("A", *[7] * MOST_MODULES)] * 11, "more than 20,000 modules"),
    ],
)
def test_what_holds_no_licence_is_malformed(crm: Any, reply: object, reason: str) -> None:
    """The source fails instead of seeming to work."""
    with pytest.raises(Malformed, match=reason):
        probe(crm, reply)


def test_random_answers_of_the_vendors_description(crm: Any, dynamic_prism: str) -> None:
    """The replacements, the plan's limit and the licence server's word are read, or it is said."""

    async def use(client: Client) -> None:
        access = WebApi(client)
        for _ in range(20):
            reply = await read_replacements(access, NotAvailable("onsite only"))
            assert reply.licences or reply.problems
            problems: list[Problem] = []
            plan = read_plan(await access.plan_limit(), problems)
            assert plan.readable or problems
            said = await access.licence_server_status("SUPEROFFICE")
            answer = read_answer(said, Answer(0.0), NOW, problems)
            assert answer.status or answer.failure

    asyncio.run(crm.visit(dynamic_prism, use))

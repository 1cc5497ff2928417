"""The sources against a mock that was made from the vendor's description: nobody here wrote it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from syseventd import NEVER, Malformed, Snapshot
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.licences import Licences, LicencesSettings
from syseventd_superoffice.system_events import SystemEvents
from syseventd_superoffice.webapi import WebApi
from syseventd_superoffice.webapi.client import Client

DATE = 1566656122.0
"""2019-08-24T14:15:22Z, the date in every sample of that mock."""


def test_fixed_licences(crm: Any, static_prism: str) -> None:
    """Dates, company and serial arrive; a number that is below zero is said to be wrong."""

    async def use(client: Client) -> Snapshot:
        settings = LicencesSettings(hidden=True)
        return await Licences(Connection(WebApi(client)), settings).probe()

    snapshot = asyncio.run(crm.visit(static_prism, use))
    kinds = ("licence", "grace", "maintenance", "admin_warning", "next_check")
    assert {(e.kind, e.name): e.at for e in snapshot.expiries} == {
        (kind, "string"): DATE for kind in kinds
    }
    facts = {"company": "string", "serial": "string", "licence data": "every owner, with seats"}
    assert snapshot.facts.items() >= facts.items()
    [seats] = snapshot.seats
    assert (seats.licence, seats.used, seats.limit) == ("string", None, None)
    assert "is less than nothing" in str(snapshot.problems)


def test_fixed_system_events(crm: Any, static_prism: str) -> None:
    """That mock's only row has none of the columns that were asked for, and that is said."""

    async def use(client: Client) -> Snapshot:
        return await SystemEvents(Connection(WebApi(client))).probe()

    with pytest.raises(Malformed, match="none of 1 rows can be read; row 1: has neither eventkey"):
        asyncio.run(crm.visit(static_prism, use))


def test_random_licences(crm: Any, dynamic_prism: str) -> None:
    """Random but valid replies are read, or it is said what is wrong with them."""

    async def use(client: Client) -> list[Snapshot]:
        return [await Licences(Connection(WebApi(client))).probe() for _ in range(25)]

    for snapshot in asyncio.run(crm.visit(dynamic_prism, use)):
        assert snapshot.expiries or snapshot.problems
        assert all(e.at == NEVER or e.name for e in snapshot.expiries)


def test_random_system_events(crm: Any, dynamic_prism: str) -> None:
    """A random word in place of a link makes a list incomplete, and nothing else breaks."""

    async def use(client: Client) -> list[Snapshot | Malformed]:
        source, seen = SystemEvents(Connection(WebApi(client))), list[Snapshot | Malformed]()
        for _ in range(25):
            try:
                seen.append(await source.probe())
            except Malformed as error:
                seen.append(error)
        return seen

    for result in asyncio.run(crm.visit(dynamic_prism, use)):
        if isinstance(result, Snapshot) and result.problems:
            assert not result.complete

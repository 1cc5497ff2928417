"""Which addresses our login goes to: those of the installation's API, none beside it."""

from __future__ import annotations

from typing import Any

import pytest
from yarl import URL

from syseventd_superoffice.webapi.client import Client


def owned(crm: Any, told: str, path: str) -> bool:
    """Whether an address is owned by an installation at `path`; HERE is where that is."""

    async def use(client: Client) -> bool:
        here = str(URL(client.base).origin())
        return client.owns(URL(told.replace("HERE", here), encoded=True))

    async def nothing(request: Any) -> Any:
        raise AssertionError("nobody asks anything")

    return crm.ask(nothing, use, path)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("told", "path"),
    [
        ("HERE/SuperOffice/api/v1/SystemEvent?$skip=2", "/SuperOffice"),
        ("HERE/superoffice/API/v1/SystemEvent", "/SuperOffice"),
        ("HERE/api/v1/SystemEvent", ""),
    ],
)
def test_links_of_our_api(crm: Any, told: str, path: str) -> None:
    """Below its path, in whatever case."""
    assert owned(crm, told, path)


@pytest.mark.parametrize(
    "told",
    [
        "HERE/other/app?x=1",
        "HERE/api/v1/SystemEvent",
        "HERE/SuperOffice",
        "HERE/SuperOffice/api",
        "HERE/SuperOffice/apiary/x",
        "HERE/SuperOffice2/api/v1/SystemEvent",
        "HERE/SuperOffice/api/../../other/app",
        "HERE/SuperOffice/api/%2e%2e/%2E%2e/other/app",
        "HERE/SuperOffice/api/..%2f..%2fother/app",
        "HERE/SuperOffice/api/..\\..\\other",
        "HERE/SuperOffice/api/..%5C..%5Cother",
        "http://evil.example/SuperOffice/api/v1/SystemEvent",
    ],
)
def test_links_beside_our_api(crm: Any, told: str) -> None:
    """Other applications on the same host, other tenants, and ways out of ours."""
    assert not owned(crm, told, "/SuperOffice")

"""A simulated installation whose clock stands still, and what one asks of it."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from syseventd_superoffice.simulator.clock import Clock
from syseventd_superoffice.simulator.dates import zone_of
from syseventd_superoffice.simulator.installation import Installation
from syseventd_superoffice.simulator.serving import serving

EPOCH = datetime(2026, 7, 1, 12, 0, 0, tzinfo=UTC).timestamp()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Crm:
    """Asks a simulated installation over HTTP. Its clock stands still until it is moved."""

    password = "pass:wörd"

    def __init__(
        self,
        base_zone: str = "UTC",
        language: str = "en",
        epoch: float | None = EPOCH,
        **options: Any,
    ) -> None:
        self.clock = Clock(epoch=epoch, held=True)
        self.installation = Installation(
            self.clock, self.password, base_zone=zone_of(base_zone), language=language, **options
        )

    def ask(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        body: object = None,
        user: str = "demo",
        password: str | None = None,
        login: bool = True,
        **headers: str,
    ) -> Answer:
        """One request; `SO_TimeZone="NO"` among the keywords is a header."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if login:
            secret = f"{user}:{password or self.password}".encode()
            sent.setdefault("Authorization", f"Basic {base64.b64encode(secret).decode()}")
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        return asyncio.run(self._exchange(method, path, query or {}, sent, data))

    def call(self, name: str, body: object = None, **headers: str) -> Any:
        """What a method of an agent returns. It must succeed."""
        answer = self.ask(f"/api/v1/Agents/{name}", method="POST", body=body, **headers)
        assert answer.status == 200, answer.text
        return answer.json

    def rows(self, query: Mapping[str, str] | None = None, **headers: str) -> list[dict[str, Any]]:
        answer = self.ask("/api/v1/SystemEvent", query, **headers)
        assert answer.status == 200, answer.text
        rows: list[dict[str, Any]] = answer.json["value"]
        return rows

    async def _exchange(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        data: bytes | None,
    ) -> Answer:
        async with (
            serving(self.installation) as url,
            aiohttp.ClientSession() as session,
            session.request(method, url + path, params=query, headers=headers, data=data) as reply,
        ):
            return Answer(reply.status, reply.headers, await reply.text())


@pytest.fixture(scope="session")
def new_crm() -> type[Crm]:
    """Makes an installation with this base time zone, language and options; epoch None is now."""
    return Crm


@pytest.fixture
def crm() -> Crm:
    """An installation at the first moment of its story, in UTC and English."""
    return Crm("UTC", "en")


@pytest.fixture
def crm_in_norway() -> Crm:
    """The same with its base time zone in Norway, where it is summer, and in Swedish."""
    return Crm("NO", "sv")

"""Answers of one installation: asked for once by all who want them at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias, TypeVar

from pydantic import TypeAdapter

from syseventd_superoffice.access import Document
from syseventd_superoffice.webapi.client import Client
from syseventd_superoffice.webapi.resource import Resource

T = TypeVar("T")

Question: TypeAlias = tuple[str, bytes | None]
"""A path of the WebAPI and the body that goes there."""


class Answers:
    """Asks and decodes. Nothing is kept: a thousand installations are to fit into the memory, and
    to decode a reply that says the same takes less than to ask for it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def once(self, key: object, ask: Callable[[], Awaitable[T]]) -> T:
        """What `ask` returns, asked by one of those who want it at a time, or within a moment."""
        answer: T = await self._client.flights.join((self, key), ask)
        return answer

    async def read(
        self,
        question: Question,
        shape: TypeAdapter[Any],
        method: str = "GET",
        with_login: bool = True,
    ) -> Document:
        """The answer of one address. Raises what Resource raises."""

        async def ask() -> Document:
            path, body = question
            resource = Resource(self._client, path, shape, method, body, with_login)
            value = await resource.read()
            return Document(value, resource.where, resource.facts)

        return await self.once(question, ask)

    def join(self, parts: Sequence[Document], join: Callable[[list[Any]], object]) -> Document:
        """One answer made of several."""
        facts = {name: text for part in parts for name, text in part.facts.items()}
        where = parts[0].where if parts else ""
        return Document(join([part.value for part in parts]), where, facts)

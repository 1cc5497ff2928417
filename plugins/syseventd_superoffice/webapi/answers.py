"""Answers of one installation: asked for once by all who want them at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from pydantic import TypeAdapter

from syseventd_superoffice.access import Document
from syseventd_superoffice.webapi.client import Client
from syseventd_superoffice.webapi.resource import Resource

T = TypeVar("T")

MOST_QUESTIONS = 200
"""Questions whose last answer is known. Some of them name what a reply named."""

SHORT = 512
"""Bytes up to which the answer of an address is remembered."""

Question: TypeAlias = tuple[str, bytes | None]
"""A path of the WebAPI and the body that goes there."""


class Answers:
    """Asks and decodes. While a short reply stays the same, so does its Document."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._resources: dict[Question, Resource[Any]] = {}
        self._documents: dict[object, Document] = {}

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
        resource = self._resources.get(question)
        if resource is None:
            if len(self._resources) >= MOST_QUESTIONS:
                self._resources.clear()
                self._documents.clear()
            path, body = question
            resource = Resource(self._client, path, shape, method, body, with_login, SHORT)
            self._resources[question] = resource

        async def ask() -> Document:
            value = await resource.read()
            if resource.size > SHORT:
                return Document(value, resource.where, resource.facts)
            return self.keep(question, value, resource.where, resource.facts)

        return await self.once(question, ask)

    def join(self, parts: Sequence[Document], join: Callable[[list[Any]], object]) -> Document:
        """One answer made of several."""
        facts = {name: text for part in parts for name, text in part.facts.items()}
        where = parts[0].where if parts else ""
        return Document(join([part.value for part in parts]), where, facts)

    def keep(self, key: object, value: object, where: str, facts: Mapping[str, str]) -> Document:
        """The value as a Document; the same one as before while it is the same object."""
        known = self._documents.get(key)
        if known is None or known.value is not value or known.where != where:
            known = self._documents[key] = Document(value, where, facts)
        return known

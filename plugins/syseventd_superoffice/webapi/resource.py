"""One address, and the shape of what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from pydantic import TypeAdapter
from yarl import URL

from syseventd_superoffice.webapi.client import Client
from syseventd_superoffice.webapi.replies import Reply, decode, place

T = TypeVar("T")


class Resource(Generic[T]):
    """An address, or a path of the WebAPI, and the shape of what it returns.

    `size` is how many bytes the last reply has, unpacked; `values` is about how many values it
    holds. `facts` is what it tells of the installation beside its body.
    """

    def __init__(
        self,
        client: Client,
        address: str | URL,
        shape: TypeAdapter[T],
        method: str = "GET",
        body: bytes | None = None,
        with_login: bool = True,
    ) -> None:
        self._client = client
        self._address = address
        self._shape = shape
        self._method = method
        self._body = body
        self._with_login = with_login
        self.size = 0
        self.values = 0
        self.facts: Mapping[str, str] = {}

    @property
    def where(self) -> str:
        """Where it is, for messages: a tenant may move."""
        return place(self.url)

    @property
    def url(self) -> URL:
        """Where it is, as far as that is known."""
        if isinstance(self._address, URL):
            return self._address
        return URL(f"{self._client.base}{self._address}", encoded=True)

    async def read(self) -> T:
        """Asks. Raises what the client raises, and Malformed for a reply of another shape."""
        return await self.decode(await self.ask())

    async def ask(self) -> Reply:
        """The reply as it came. Raises what the client raises."""
        return await self._client.ask(self._address, self._method, self._body, self._with_login)

    async def decode(self, reply: Reply) -> T:
        """What a reply says. Raises Malformed for one of another shape."""
        decoded = await decode(reply, self._shape, self.where)
        self.size, self.values = decoded.size, decoded.values
        self.facts = {"simulated": "yes"} if reply.simulated else {}
        return decoded.value

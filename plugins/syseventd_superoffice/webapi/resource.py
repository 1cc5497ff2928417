"""One address that is asked again and again, and what it said last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from pydantic import TypeAdapter
from yarl import URL

from syseventd_superoffice.webapi.client import Client
from syseventd_superoffice.webapi.replies import Decoded, Reply, decode, place

T = TypeVar("T")


class Resource(Generic[T]):
    """An address and the shape of what it returns.

    While the bytes of the reply stay the same, `read()` returns the very object that it returned
    before, so that readers can tell by identity that nothing changed. `size` is how many bytes
    the last reply has, unpacked; `values` is about how many values it holds. `facts` is what
    it tells of the installation beside its body.
    """

    def __init__(self, client: Client, url: URL, shape: TypeAdapter[T]) -> None:
        self.url = url
        self.where = place(url)
        self._client = client
        self._shape = shape
        self._last: tuple[Reply, Decoded[T]] | None = None
        self.size = 0
        self.values = 0
        self.facts: Mapping[str, str] = {}

    async def read(self) -> T:
        """Asks. Raises what the client raises, and Malformed for a reply of another shape."""
        reply = await self._client.get(self.url)
        if self._last is None or self._last[0] != reply:
            self._last = (reply, await decode(reply, self._shape, self.where))
        decoded = self._last[1]
        self.size, self.values = decoded.size, decoded.values
        self.facts = {"simulated": "yes"} if reply.simulated else {}
        return decoded.value

"""Lists of the WebAPI: asked for page by page, in the order of a primary key."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter
from yarl import URL

from syseventd import Malformed, Problem
from syseventd_superoffice.access import Listing
from syseventd_superoffice.values import as_known, field, shown
from syseventd_superoffice.webapi.client import Client
from syseventd_superoffice.webapi.replies import Reply, unpack
from syseventd_superoffice.webapi.resource import Resource

ROWS_A_PAGE = 1000
MOST_PAGES = 100
MOST_ROWS = 20_000
MOST_VALUES = 500_000
LONGEST_LINK = 8_000
MOST_BYTES = 32 * 1024 * 1024
"""Limits of one listing, over all of its pages. An installation has some dozens of events."""

REMEMBERED = 32 * 1024
"""Bytes, unpacked, up to which a reply is remembered; to decode it takes a millisecond at most.

A thousand installations are to fit into the memory, and to decode a long one anew each time
costs little: it is asked for seldom."""


class Page(BaseModel):
    """One reply. Rows and link are checked later: one that is bad must not hide the others."""

    rows: list[Any] = Field(alias="value")
    next_link: Any = Field(None, alias="odata.nextLink")


PAGE = TypeAdapter(Page)


class ODataList:
    """A list of the WebAPI, with the columns that are wanted of it.

    While nothing changes, and one short page holds it all, `read()` returns the same object.
    """

    def __init__(self, client: Client, path: str, columns: Sequence[str], order_by: str) -> None:
        self._client = client
        self._address = as_known(
            f"{path}?$select={','.join(columns)}&$orderBy={order_by}&$top={ROWS_A_PAGE}"
        )
        self._first = Resource(client, self._address, PAGE)
        self._last: tuple[bytes, Listing] | None = None
        """The last short reply's digest, and what it said."""

    @property
    def where(self) -> str:
        """Where the list is, for messages."""
        return self._first.where

    async def read(self) -> Listing:
        """Asks for every page. Raises what Resource raises; Malformed for pages without end."""
        reply = await self._first.ask()
        digest = reply.digest()
        if self._last is not None and self._last[0] == digest:
            return self._last[1]
        first = await self._first.decode(reply)
        pages, problems = [first], list[Problem]()
        replies = [self._first]
        self._check_size(pages, replies)
        asked = {self._first.url}
        while (address := self._next(pages, problems)) is not None:
            resource = Resource(self._client, address, PAGE)
            if resource.url in asked:
                raise Malformed(self.where, f"page {len(pages)} leads back to an earlier one")
            if len(pages) == MOST_PAGES:
                raise Malformed(self.where, f"the list has more than {MOST_PAGES} pages")
            asked.add(resource.url)
            pages.append(await resource.read())
            replies.append(resource)
            self._check_size(pages, replies)
            if pages[-1].rows and pages[-1].rows == pages[-2].rows:
                raise Malformed(self.where, f"page {len(pages)} repeats the one before it")
        is_short = len(pages) == 1 and self._first.size <= REMEMBERED
        rows = PackedRows(reply, len(first.rows)) if is_short else await _merge(pages)
        facts = {name: text for reply in replies for name, text in reply.facts.items()}
        listing = Listing(
            rows, tuple(problems), complete=not problems, facts=facts, where=self.where
        )
        self._last = (digest, listing) if is_short else None
        return listing

    def _check_size(self, pages: Sequence[Page], replies: Sequence[Resource[Page]]) -> None:
        if sum(len(page.rows) for page in pages) > MOST_ROWS:
            raise Malformed(self.where, f"the list has more than {MOST_ROWS:,} rows")
        if sum(reply.values for reply in replies) > MOST_VALUES:
            raise Malformed(self.where, f"the list holds more than {MOST_VALUES:,} values")
        if sum(reply.size for reply in replies) > MOST_BYTES:
            limit = f"{MOST_BYTES // 1024**2} MiB"
            raise Malformed(self.where, f"the pages of the list are longer than {limit}")

    def _next(self, pages: Sequence[Page], problems: list[Problem]) -> URL | str | None:
        """Where the page after these is, if there is one."""
        page = pages[-1]
        more = len(page.rows) == ROWS_A_PAGE
        if page.next_link not in (None, ""):
            url = self._read_link(page.next_link)
            if url is not None and self._client.owns(url):
                return url
            if url is None:
                reason = f"{shown(page.next_link)} is no address; there may be more rows"
                problems.append(Problem(f"odata.nextLink of page {len(pages)}", reason))
            else:
                # Behind a proxy it may name a host of the inside. Our login goes to `url` alone.
                more = bool(page.rows)
        if more:
            count = sum(len(earlier.rows) for earlier in pages)
            return f"{self._address}&$skip={count}"
        return None

    def _read_link(self, link: object) -> URL | None:
        """A link as an address, wherever it leads; None if it is none.

        A relative link has a path or a query: the vendor's own samples hold mere words.
        """
        if not isinstance(link, str) or not ("/" in link or "?" in link):
            return None
        if len(link) > LONGEST_LINK:
            return None
        try:
            return self._first.url.join(URL(link))
        except ValueError:
            return None


class PackedRows(Sequence[object]):
    """The rows of a short reply that was read once, kept packed.

    Who wants them has them decoded anew: that takes some 60 µs, and a thousand installations
    take a thirtieth of the memory that the rows themselves would.
    """

    def __init__(self, reply: Reply, count: int) -> None:
        self._packed = zlib.compress(unpack(reply, ""), zlib.Z_BEST_SPEED)
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: Any) -> Any:
        return self._unpacked()[index]

    def __iter__(self) -> Iterator[object]:
        return iter(self._unpacked())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def _unpacked(self) -> list[Any]:
        return PAGE.validate_json(zlib.decompress(self._packed)).rows


async def _merge(pages: Sequence[Page]) -> tuple[object, ...]:
    """The rows of all pages. A row that moved from one page to the next is listed once."""
    if len(pages) == 1:
        return tuple(pages[0].rows)
    return await asyncio.to_thread(_without_repeats, pages)


def _without_repeats(pages: Sequence[Page]) -> tuple[object, ...]:
    rows: dict[str, object] = {}
    for number, row in enumerate(row for page in pages for row in page.rows):
        keyed = isinstance(row, Mapping) and field(row, "PrimaryKey") is not None
        same = json.dumps(row, sort_keys=True) if keyed else f"#{number}"
        rows.setdefault(same, row)
    return tuple(rows.values())

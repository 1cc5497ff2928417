"""One request, with all that its answer is made from. An answer is a pure function of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from syseventd_superoffice.simulator.archive import Archive
from syseventd_superoffice.simulator.errors import bad_request, not_found
from syseventd_superoffice.simulator.installation import Installation
from syseventd_superoffice.simulator.reading import Reading
from syseventd_superoffice.simulator.world import Holding, State


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to one installation.

    `base` is the address up to and with `/api/v1`, and `url` that of the request without its
    query; `parts` are the variable parts of its path.
    """

    installation: Installation
    state: State
    reading: Reading
    base: str
    url: str
    parts: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]

    def part(self, name: str) -> int:
        """A variable part of the path that is a number."""
        return int(self.parts[name])

    def holding(self, owner: str) -> Holding:
        """The licence of an owner, whose name may be in any case. Refuses an unknown one."""
        for holding in self.state.holdings:
            if holding.current.owner.casefold() == owner.casefold():
                return holding
        raise not_found(f"licence owner {owner!r}")

    def text(self, name: str) -> str:
        """A text of the body; "" where it is missing. Refuses anything else."""
        value = self.body.get(name)
        if not isinstance(value, str | None):
            raise bad_request(f"{name} is {value!r}, and must be a text")
        return value or ""

    def number(self, name: str) -> int:
        """A number of the body; 0 where it is missing. Refuses anything else."""
        value = self.body.get(name)
        if isinstance(value, bool) or not isinstance(value, int | None):
            raise bad_request(f"{name} is {value!r}, and must be a whole number")
        return value or 0

    def numbers(self, name: str) -> list[int]:
        """A list of numbers of the body; empty where it is missing. Refuses anything else."""
        value = self.body.get(name)
        if not isinstance(value, list | None) or not all(type(v) is int for v in value or ()):
            raise bad_request(f"{name} is {value!r}, and must be a list of whole numbers")
        return value or []

    def listing(self, archive: Archive[Any], rows: Any) -> dict[str, Any]:
        """ODataSlimResponse: the page of an archive that the query asks for."""
        query = archive.parse(self.query)
        page = archive.page(rows, query, self.reading)
        more = page.more and self.installation.variations.next_links
        return {
            "odata.metadata": f"{self.base}/Archive/$metadata",
            "odata.nextLink": self._link(query.top, query.skip + query.top) if more else None,
            "value": page.rows,
        }

    def _link(self, top: int, skip: int) -> str:
        """The same request from where its page ends."""
        kept = {n: v for n, v in self.query.items() if n.lower() not in ("$top", "$skip")}
        text = urlencode({**kept, "$top": top, "$skip": skip}, safe="$,/", quote_via=quote)
        return f"{self.url}?{text}"


@dataclass(frozen=True, slots=True)
class Route:
    """A call that is played: its path behind `/api/v1`, and what answers it.

    `slow` calls ask the licence server, which takes its time.
    """

    method: str
    path: str
    answer: Callable[[Ask], Any]
    slow: bool = False

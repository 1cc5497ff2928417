"""Lists over several pages, and the ways in which a server can get paging wrong."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from syseventd import Malformed
from syseventd_superoffice.webapi.client import Client
from syseventd_superoffice.webapi.odata import (
    MOST_PAGES,
    MOST_ROWS,
    REMEMBERED,
    ROWS_A_PAGE,
    Listing,
    ODataList,
    PackedRows,
)

Answer = Callable[[int, web.Request], dict[str, Any]]


def rows(first: int, count: int) -> list[dict[str, Any]]:
    return [{"PrimaryKey": str(n), "eventkey": f"k{n}"} for n in range(first, first + count)]


def read(crm: Any, answer: Answer, times: int = 1) -> list[Listing]:
    """Reads a list `times` times from a server that answers by the number of rows to skip."""

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.json_response(answer(int(request.query.get("$skip", "0")), request))

    async def use(client: Client) -> list[Listing]:
        listed = ODataList(client, "/api/v1/SystemEvent", ["eventkey"], "SystemEvent_id")
        return [await listed.read() for _ in range(times)]

    return crm.ask(handler, use)  # type: ignore[no-any-return]


def test_a_short_page_is_all_there_is(crm: Any) -> None:
    """Fewer rows than were asked for and no link: the list has one page."""
    [listing] = read(crm, lambda skip, request: {"odata.nextLink": None, "value": rows(0, 3)})
    assert (listing.rows, listing.problems, listing.complete) == (tuple(rows(0, 3)), (), True)
    assert len(crm.requests) == 1


def test_the_same_reply_is_the_same_object(crm: Any) -> None:
    """Readers tell by identity that nothing changed."""
    first, second = read(crm, lambda skip, request: {"value": rows(0, 3)}, times=2)
    assert first is second


def test_another_reply_is_another_object(crm: Any) -> None:
    """What changed is read again."""
    replies = iter([rows(0, 3), rows(0, 2)])
    first, second = read(crm, lambda skip, request: {"value": next(replies)}, times=2)
    assert (len(first.rows), len(second.rows)) == (3, 2)


def test_a_full_page_without_a_link_is_followed_by_skipping(crm: Any) -> None:
    """A page as long as was asked for may not be the last."""
    pages = {0: rows(0, ROWS_A_PAGE), ROWS_A_PAGE: rows(ROWS_A_PAGE, 5)}
    first, second = read(crm, lambda skip, request: {"value": pages[skip]}, times=2)
    assert [row["PrimaryKey"] for row in first.rows] == [str(n) for n in range(1005)]  # type: ignore[index]
    assert first == second
    assert len(crm.requests) == 4


def test_a_list_may_end_with_a_full_page(crm: Any) -> None:
    """The page after a full one may be empty."""
    pages = {0: rows(0, ROWS_A_PAGE), ROWS_A_PAGE: []}
    [listing] = read(crm, lambda skip, request: {"value": pages[skip]})
    assert len(listing.rows) == ROWS_A_PAGE
    assert listing.complete


@pytest.mark.parametrize("relative", [False, True])
def test_links_are_followed(crm: Any, relative: bool) -> None:
    """A link is taken as it is, whole or relative to the list."""

    def answer(skip: int, request: web.Request) -> dict[str, Any]:
        if skip == 2:
            return {"odata.nextLink": "", "value": rows(2, 1)}
        link = "SystemEvent?$skip=2"
        return {
            "odata.nextLink": link if relative else str(request.url.with_query({"$skip": 2})),
            "value": rows(0, 2),
        }

    [listing] = read(crm, answer)
    assert (listing.rows, listing.problems, listing.complete) == (tuple(rows(0, 3)), (), True)


def test_a_row_that_moved_between_pages_is_listed_once(crm: Any) -> None:
    """Identical rows of two pages are one; rows that differ, or have no key, are both kept."""
    odd = {"PrimaryKey": "1", "eventkey": "other"}

    def answer(skip: int, request: web.Request) -> dict[str, Any]:
        if skip:
            return {"value": [*rows(1, 2), odd, 7]}
        return {"odata.nextLink": "?$skip=2", "value": [*rows(0, 2), 7]}

    [listing] = read(crm, answer)
    assert listing.rows == (*rows(0, 2), 7, rows(2, 1)[0], odd, 7)


@pytest.mark.parametrize(
    "link",
    [
        "http://evil.example/api/v1/SystemEvent?$skip=2",
        "//evil.example/x",
        "https://127.0.0.1/x",
        "http://user:pw@HERE/api/v1/SystemEvent?$skip=2",
        "file:///etc/passwd",
    ],
)
def test_links_to_elsewhere_are_not_followed(crm: Any, link: str) -> None:
    """The login goes to the configured server only, which is asked for the rest of the list."""

    def answer(skip: int, request: web.Request) -> dict[str, Any]:
        more = {"odata.nextLink": link.replace("HERE", request.host), "value": rows(skip, 2)}
        return more if skip < 4 else {"value": rows(4, 1)}

    [listing] = read(crm, answer)
    assert (listing.rows, listing.problems, listing.complete) == (tuple(rows(0, 5)), (), True)
    assert [request.query.get("$skip") for request in crm.requests] == [None, "2", "4"]


def test_a_list_whose_links_always_lead_elsewhere_ends(crm: Any) -> None:
    """A link on a page without rows leads nowhere."""

    def answer(skip: int, request: web.Request) -> dict[str, Any]:
        left = rows(skip, 2) if skip < 4 else []
        return {"odata.nextLink": "https://crm.internal/x", "value": left}

    [listing] = read(crm, answer)
    assert (listing.rows, listing.problems, listing.complete) == (tuple(rows(0, 4)), (), True)


@pytest.mark.parametrize(
    "link", ["magna anim", 7, {}, ["/"], True, "http://[/", "http://:80/", "/?" + "a" * 9_000]
)
def test_a_link_that_is_no_address_keeps_the_rows(crm: Any, link: object) -> None:
    """What was read stays, and it is said that there may be more: so nothing ends."""
    [listing] = read(crm, lambda skip, request: {"odata.nextLink": link, "value": rows(0, 2)})
    assert listing.rows == tuple(rows(0, 2))
    assert not listing.complete
    assert "odata.nextLink of page 1" in str(listing.problems[0])


def test_a_link_to_an_earlier_page(crm: Any) -> None:
    """A list that leads back into itself has no end."""

    def answer(skip: int, request: web.Request) -> dict[str, Any]:
        link = f"?$skip={4 - skip}"
        return {"odata.nextLink": link, "value": rows(skip, 2)}

    with pytest.raises(Malformed, match="page 3 leads back to an earlier one"):
        read(crm, lambda skip, request: answer(skip or 1, request))


def test_a_server_that_ignores_skip(crm: Any) -> None:
    """A second page like the first is noticed at once."""
    with pytest.raises(Malformed, match="page 2 repeats the one before it"):
        read(crm, lambda skip, request: {"value": rows(0, ROWS_A_PAGE)})
    assert len(crm.requests) == 2


def test_a_list_without_end(crm: Any) -> None:
    """Nobody has that many events; the list is lying."""

    def answer(skip: int, request: web.Request) -> dict[str, Any]:
        return {"odata.nextLink": f"?$skip={skip + 1}", "value": rows(skip, 1)}

    with pytest.raises(Malformed, match=f"more than {MOST_PAGES} pages"):
        read(crm, answer)
    assert len(crm.requests) == MOST_PAGES


def test_a_list_of_too_many_rows(crm: Any) -> None:
    """One page that holds more than any list may is refused."""
    with pytest.raises(Malformed, match="more than 20,000 rows"):
        read(crm, lambda skip, request: {"value": [7] * (MOST_ROWS + 1)})


def test_a_reply_of_too_many_values(crm: Any) -> None:
    """Too many tiny values are refused before they are decoded."""
    with pytest.raises(Malformed, match="more than 100,000 values"):
        read(crm, lambda skip, request: {"value": [7] * 100_001})


def test_pages_that_are_too_long_together(crm: Any) -> None:
    """Each page is within its limit, all of them are not."""

    def answer(skip: int, request: web.Request) -> dict[str, Any]:
        return {"odata.nextLink": f"?$skip={skip + 1}", "value": [f"{skip}" + "x" * 3_900_000]}

    with pytest.raises(Malformed, match="longer than 32 MiB"):
        read(crm, answer)
    assert len(crm.requests) == 9


def test_a_long_reply_is_read_as_a_short_one(crm: Any) -> None:
    """A reply that is decoded in a thread says the same. It is too long to be kept."""
    long = [row | {"eventmess": "x" * 1000} for row in rows(0, 500)]
    first, second = read(crm, lambda skip, request: {"value": long}, times=2)
    assert first.rows == second.rows == tuple(long)
    assert first is not second


def test_a_short_reply_is_the_same_object(crm: Any) -> None:
    """Its rows can be had again and again, although only its bytes are kept."""
    first, second = read(crm, lambda skip, request: {"value": rows(0, 3)}, times=2)
    assert first is second
    assert list(first.rows) == list(first.rows) == rows(0, 3)
    assert (len(first.rows), first.rows[1]) == (3, rows(0, 3)[1])
    assert first.rows == tuple(rows(0, 3))
    assert first.rows != tuple(rows(0, 2))


def test_a_reply_that_is_short_only_while_it_is_packed_is_not_kept(crm: Any) -> None:
    """To decode it each time that somebody looks would hold up everybody."""
    body = json.dumps({"value": [{"PrimaryKey": "1", "eventname": "x" * REMEMBERED}]}).encode()
    packed = gzip.compress(body)
    assert len(packed) < REMEMBERED

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    async def use(client: Client) -> list[Listing]:
        listed = ODataList(client, "/api/v1/SystemEvent", ["eventname"], "SystemEvent_id")
        return [await listed.read() for _ in range(2)]

    first, second = crm.ask(handler, use)
    assert first is not second
    assert first.rows == second.rows
    assert not isinstance(first.rows, PackedRows)


def test_pages_of_too_many_values_together(crm: Any) -> None:
    """Rows that are few, short in bytes and full of tiny values are refused as well."""

    def answer(skip: int, request: web.Request) -> dict[str, Any]:
        return {"odata.nextLink": f"?$skip={skip + 1}", "value": [[skip] * 90_000]}

    with pytest.raises(Malformed, match="the list holds more than 500,000 values"):
        read(crm, answer)
    assert len(crm.requests) == 6

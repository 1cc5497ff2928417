"""Replies that nobody would send in earnest: each has a named outcome, and none ends anything."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from syseventd.model import Outcome, ProbeResult
from syseventd.testing import probe_once
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.licences import Licences
from syseventd_superoffice.system_events import SystemEvents
from syseventd_superoffice.webapi import WebApi
from syseventd_superoffice.webapi.client import Client

KNOWN = "known"
"""The event, and the licence owner, that may exist: what was known before the reply came."""

LONGEST_REASON = 600

GZIP = b"Content-Encoding: gzip"
BOMB = gzip.compress(b"[" * 50_000_000)


def http(body: bytes = b"", *headers: bytes, status: bytes = b"200 OK") -> bytes:
    head = (b"HTTP/1.1 " + status, *headers, b"Content-Length: %d" % len(body), b"", b"")
    return b"\r\n".join(head) + body


def no_http(*lines: bytes, body: bytes = b"") -> bytes:
    """A reply whose head is given line by line."""
    return b"\r\n".join((*lines, b"", b"")) + body


def refused(status: bytes, *headers: bytes) -> bytes:
    return http(b"<html>", *headers, status=status)


ANY_SOURCE: dict[str, tuple[bytes, Outcome, str]] = {
    "no text": (http(b'[{"Current": "\xff\xfe"}]'), Outcome.MALFORMED, "Invalid JSON"),
    "UTF-16": (http("[]".encode("utf-16")), Outcome.MALFORMED, "Invalid JSON"),
    "half a pair": (http(rb'{"value": ["\ud800"]}'), Outcome.MALFORMED, "Invalid JSON"),
    "login page": (http(b"\xef\xbb\xbf \n<!doctype html>"), Outcome.MALFORMED, "a web page"),
    "empty": (http(), Outcome.MALFORMED, "is empty"),
    "blank": (http(b" \r\n"), Outcome.MALFORMED, "is empty"),
    "null": (http(b"null"), Outcome.MALFORMED, "should be"),
    "no content": (no_http(b"HTTP/1.1 204 No"), Outcome.MALFORMED, "HTTP 204"),
    "a part": (http(b'{"value": []}', status=b"206 Part"), Outcome.MALFORMED, "HTTP 206"),
    "two documents": (http(b"[][]"), Outcome.MALFORMED, "Invalid JSON"),
    "unfinished": (http(b'{"value": ['), Outcome.MALFORMED, "Invalid JSON"),
    "endless number": (http(b"[" + b"9" * 9_000 + b"]"), Outcome.MALFORMED, "Invalid JSON"),
    "deep lists": (http(b"[" * 50_000), Outcome.MALFORMED, "recursion limit"),
    "deep objects": (http(b'{"value":' * 50_000), Outcome.MALFORMED, "recursion limit"),
    "bomb": (http(BOMB, GZIP), Outcome.MALFORMED, "longer than 4 MiB"),
    "no gzip": (http(b"[]", GZIP), Outcome.MALFORMED, "says that it is gzip"),
    "gzip twice": (http(b"[]", GZIP + b", gzip"), Outcome.MALFORMED, "not asked for"),
    "cut off": (
        no_http(b"HTTP/1.1 200 OK", b"Content-Length: 9", body=b"["),
        Outcome.MALFORMED,
        "cut",
    ),
    "cut chunk": (
        no_http(b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked", body=b"ff\r\n["),
        Outcome.MALFORMED,
        "cut off",
    ),
    "no chunk": (
        no_http(b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked", body=b"zz\r\n[]"),
        Outcome.MALFORMED,
        "does not speak HTTP",
    ),
    "two lengths": (http(b"[]", b"Content-Length: 7"), Outcome.MALFORMED, "does not speak HTTP"),
    "long header": (http(b"[]", b"X: " + b"x" * 99_999), Outcome.MALFORMED, "does not speak HTTP"),
    "HTTP/2": (no_http(b"HTTP/2 200"), Outcome.MALFORMED, "does not speak HTTP"),
    "binary": (bytes(range(256)), Outcome.MALFORMED, "does not speak HTTP"),
    "silence": (b"", Outcome.UNREACHABLE, "without an answer"),
    "unchanged": (no_http(b"HTTP/1.1 304 Same"), Outcome.UNREACHABLE, "HTTP 304"),
    "redirect to nowhere": (
        refused(b"302 F", b"Location: http://a:99999"),
        Outcome.UNREACHABLE,
        "no place",
    ),
    "redirect to code": (
        refused(b"302 F", b"Location: javascript:alert(1)"),
        Outcome.UNREACHABLE,
        "no place",
    ),
    "redirect in a circle": (
        refused(b"302 F", b"Location: "),
        Outcome.UNREACHABLE,
        "another page of its own",
    ),
    "wrong login": (refused(b"401 U"), Outcome.UNAUTHORIZED, "are not accepted"),
    "odd login": (
        refused(b"401 U", b"WWW-Authenticate: \xff\x80,,"),
        Outcome.UNAUTHORIZED,
        "no name and password",
    ),
    "no right": (refused(b"403 F"), Outcome.NOT_AVAILABLE, "no right to read"),
    "not there": (refused(b"404 N"), Outcome.UNREACHABLE, "check `url`"),
    "moved": (refused(b"421 M"), Outcome.UNREACHABLE, "another subdomain"),
    "too many": (refused(b"429 T"), Outcome.THROTTLED, "HTTP 429"),
    "too many, no wait": (refused(b"429 T", b"Retry-After: -5"), Outcome.THROTTLED, "HTTP 429"),
    "out of order": (
        refused(b"503 S", b"Retry-After: Tue, 24 Nov 2099 10:00:00 GMT"),
        Outcome.THROTTLED,
        "HTTP 503",
    ),
    "unknown failure": (refused(b"999 X"), Outcome.ERROR, "HTTP 999"),
    "failure in a bomb": (http(BOMB, GZIP, status=b"500 X"), Outcome.ERROR, "HTTP 500"),
    "words for terminals": (
        http(rb'{"ErrorMessage": "\u001b[31m\ud800\u0000"}', status=b"500 X"),
        Outcome.ERROR,
        "HTTP 500: ",
    ),
}

EVENTS: dict[str, tuple[bytes, Outcome, str]] = {
    "rows of anything": (
        b'[null, 7, [], "x", {"eventkey": []}]',
        Outcome.MALFORMED,
        "none of 5 rows",
    ),
    "one row of nobody": (b'[{"eventkey": "a"}, {}]', Outcome.OK, "has neither eventkey"),
    "unknown scope": (b'[{"eventkey": "known", "scope": 99}]', Outcome.OK, "99 is not one of"),
    "scope is NaN": (b'[{"eventkey": "known", "scope": NaN}]', Outcome.OK, "NaN is not a whole"),
    "wrong types": (
        b'[{"eventkey": "known", "eta": {}, "registered": "soon", "status": []}]',
        Outcome.OK,
        "eta {} is not a date",
    ),
    "eta of milliseconds": (
        b'[{"eventkey": "known", "eta": 1785607200000}]',
        Outcome.OK,
        "1785607200000 is not a date",
    ),
    "names twice": (b'[{"eventkey": "a", "eventkey": "known"}]', Outcome.OK, ""),
    "a link that is none": (b'[], "odata.nextLink": {"a": 1}', Outcome.OK, "is no address"),
}

LICENCES: dict[str, tuple[bytes, Outcome, str]] = {
    "no owners": (b"[]", Outcome.OK, "the list is empty"),
    "owners of anything": (b'[null, 7, [], "x"]', Outcome.MALFORMED, "no licence can be read"),
    "nothing in force": (b'[{"Current": null}]', Outcome.MALFORMED, "has no Current"),
    "no object": (b'{"value": []}', Outcome.MALFORMED, "valid array"),
    "expiry is missing": (b'[{"Current": {"OwnerName": "known"}}]', Outcome.OK, "is missing"),
    "expiry is infinite": (
        b'[{"Current": {"OwnerName": "known", "ExpiryDate": 1e999}}]',
        Outcome.OK,
        "Infinity is not a date",
    ),
    "expiry of milliseconds": (
        b'[{"Current": {"OwnerName": "known", "ExpiryDate": 1785607200000}}]',
        Outcome.OK,
        "1785607200000 is not a date",
    ),
    "offset of a day": (
        b'[{"Current": {"OwnerName": "known", "ExpiryDate": "2027-01-01T00:00:00+25:00"}}]',
        Outcome.OK,
        "is not a date",
    ),
}


def probed(crm: Any, source: Any, reply: bytes) -> ProbeResult:
    async def use(client: Client) -> ProbeResult:
        return await probe_once(source(Connection(WebApi(client))))

    return crm.hear(reply, use)  # type: ignore[no-any-return]


def words_of(result: ProbeResult) -> str:
    """What is said of a reply, in words for people; and what was known may still exist."""
    snapshot = result.snapshot
    if snapshot is None:
        words = result.reason
        assert len(words) <= LONGEST_REASON
    else:
        words = "; ".join(map(str, snapshot.problems))
        listed = {seen.key for seen in snapshot.observations}
        dates = {expiry.name for expiry in snapshot.expiries if expiry.kind == "licence"}
        assert snapshot.hides(KNOWN) or KNOWN in listed | dates
    assert words.isprintable()
    return words


@pytest.mark.parametrize("source", [SystemEvents, Licences])
@pytest.mark.parametrize(("reply", "outcome", "said"), ANY_SOURCE.values(), ids=ANY_SOURCE)
def test_no_reply_ends_anything(
    crm: Any, source: Any, reply: bytes, outcome: Outcome, said: str
) -> None:
    """Whatever is sent in place of an answer fails with its reason."""
    result = probed(crm, source, reply)
    assert result.outcome is outcome, result
    assert said in words_of(result)


@pytest.mark.parametrize(("rows", "outcome", "said"), EVENTS.values(), ids=EVENTS)
def test_no_list_of_events_ends_what_it_hides(
    crm: Any, rows: bytes, outcome: Outcome, said: str
) -> None:
    """A row that can't be read may be any event, or is known by its key."""
    result = probed(crm, SystemEvents, http(b'{"value": ' + rows + b"}"))
    assert result.outcome is outcome, result
    assert said in words_of(result)


@pytest.mark.parametrize(("entries", "outcome", "said"), LICENCES.values(), ids=LICENCES)
def test_no_list_of_licences_forgets_a_date(
    crm: Any, entries: bytes, outcome: Outcome, said: str
) -> None:
    """A date that can't be read is neither forgotten nor taken for none at all."""
    result = probed(crm, Licences, http(entries))
    assert result.outcome is outcome, result
    assert said in words_of(result)
    assert result.snapshot is None or not result.snapshot.expiries

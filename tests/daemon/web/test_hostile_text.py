"""Whatever text a system reports: pages stay whole and escaped, and JSON always parses."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from aiohttp.test_utils import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syseventd.interface import EventKind, Gauge, Tab, Table
from syseventd.model import Expiry, Measurement, Meter, Observation, Outcome, Problem, Seats

VOID = {"meta", "link", "br", "wbr"}
ALLOWED = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "link",
        "body",
        "header",
        "nav",
        "main",
        "footer",
        "section",
    ),
    *("h1", "h2", "h3", "p", "a", "span", "small", "strong", "b", "ul", "li", "div", "time"),
    *(
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "dl",
        "dt",
        "dd",
        "progress",
        "meter",
        "wbr",
    ),
}
ATTRIBUTES = {
    *("href", "class", "id", "lang", "hreflang", "rel", "charset", "name", "content", "scope"),
    *("http-equiv", "datetime", "data-label", "aria-label", "aria-labelledby", "aria-current"),
    *("title", "max", "min", "low", "high", "optimum", "value"),
}

hostile = st.one_of(
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "' onmouseover='x",
            "</td></table></main>",
            "{{ 7 * 7 }}{% raise %}",
            "%(name)s %s %",
            "&lt;b&gt;&amp;",
            "]]>--><!--",
            "\ud800",
            "\x00\x1b[31m",
            "\u202egnp.exe",
            "javascript:alert(1)",
        ]
    ),
    st.text(st.characters(exclude_categories=()), max_size=30),
)
names = hostile.filter(lambda text: text not in ("", ".", ".."))


class Balance(HTMLParser):
    """Raises AssertionError unless tags are balanced and all of them are ours."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.headings = 0
        self.ids: list[str] = []
        self.labels: list[str] = []

    def handle_starttag(self, tag, attrs):
        assert tag in ALLOWED, tag
        assert {name for name, _ in attrs} <= ATTRIBUTES, attrs
        given: Mapping[str, str] = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.labels += [given["aria-labelledby"]] if "aria-labelledby" in given else []
        self.headings += tag == "h1"
        assert not given.get("href", "").lower().startswith(("javascript:", "data:", "//", "http"))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> ends nothing"
        assert self.open.pop() == tag


def check(html: str) -> None:
    """The page is well formed, has one h1, unique ids, and labels that name something."""
    parser = Balance()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    assert parser.headings == 1
    assert len(parser.ids) == len(set(parser.ids))
    assert set(parser.labels) <= set(parser.ids)


def fill(world, text: str, name: str) -> None:
    """The same text in every field that takes any."""
    world.kinds[text] = EventKind(text, text, text)
    world.gauges[text] = Gauge(text, text)
    source = world.watch(name, text or "source", text)
    details = ((text, text), (text, text))
    world.see(source, Observation(name, text, "n", scope=text, stalled=True, details=details))
    world.see(
        source,
        Observation(
            *(name, text, text, text, text, text),
            activated_by=text,
            progress=0.5,
            details=((text, "x"), ("x", text)),
            marks=frozenset({f"x:{text}"}) if text else frozenset(),
        ),
        expiries=(Expiry(text, text, world.now + 1, subject=text, issuer=text, serial=text),),
        seats=(Seats(text, text, 1, 2, text),),
        meters=(Meter(text, 1.0, 2.0, text),),
        measurements=(Measurement(text, 1.0, text), Measurement(f"{text}_ratio", 1.0, text)),
        facts={text: text, "simulated": text},
        problems=(Problem(text, text),),
    )
    world.fail(world.watch(name, "failing", text), Outcome.ERROR, text)
    world.board.store_trouble = text


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(text=hostile, name=names)
def test_hostile_text_never_breaks_a_reply(make_world, text, name):
    """Every field, every page, every view of the API."""
    world = make_world()
    fill(world, text, name)
    path = quote(name, safe="", errors="replace")

    def table(view):
        return Table((text, text), ((text, text),))

    def fails(view):
        raise ValueError(text)

    replies = world.get(
        "/",
        f"/targets/{path}",
        f"/{path}",
        "/events/1",
        f"/events/{path}",
        f"/?lang={path}&events={path}",
        "/api/v1/events",
        "/api/v1/targets",
        f"/api/v1/targets/{path}",
        f"/api/v1/events?target={path}",
        f"/api/v1/events?state={path}",
        f"/api/v1/events/{path}",
        tabs=[Tab("a", text, text, table), Tab("b", text, text, fails)],
        refused=[(text, text)],
        unwatched=lambda: [(text, text)],
        ready=lambda: text,
    )
    for reply in replies:
        assert reply.status in (200, 400, 404), reply.text
        if reply.headers["Content-Type"].startswith("text/html"):
            check(reply.text)
            assert "<script" not in reply.text
        else:
            assert isinstance(reply.json, dict)


def test_an_ordinary_name_reaches_its_page_whole(world):
    """The check above would pass on 404s alone: here the pages are really there."""
    fill(world, "<b>bold</b>", "a<b")
    page, event, view = world.get("/targets/a%3Cb", "/events/1", "/api/v1/targets/a%3Cb")
    assert (page.status, event.status, view.status) == (200, 200, 200)
    check(page.text)
    check(event.text)
    assert event.text.count("&lt;b&gt;bold&lt;/b&gt;") > 10
    assert page.text.count("&lt;b&gt;bold&lt;/b&gt;") > 15
    assert view.json["events"][0]["message"] == "<b>bold</b>"


@pytest.mark.parametrize(
    "path",
    [
        b"/targets/\xff",
        b"/\xff",
        b"/api/v1/targets/\xff",
        b"/api/v1/events/\xff",
        b"/events/\xff",
        b"/api/v1/events?limit=\xff",
        b"/api/v1/events?\xff=1",
        b"/api/v1/events?target=\xff",
        b"/?lang=\xff",
    ],
)
def test_bytes_that_are_no_text_never_break_a_reply(world, path):
    """A path or a Host header that is not UTF-8 is answered like any other."""

    async def ask(client: TestClient, host: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(client.host, client.port)
        writer.write(b"GET " + path + b" HTTP/1.0\r\nHost: " + host + b"\r\n\r\n")
        async with asyncio.timeout(10):
            reply = await reader.read()
        writer.close()
        await writer.wait_closed()
        return reply.split(b" ", 2)[1]

    assert world.visit(lambda client: ask(client, b"x")) in (b"200", b"400", b"404")
    names = frozenset({"localhost"})
    assert world.visit(lambda c: ask(c, b"\xff"), allowed_hosts=names) in (b"400", b"421")

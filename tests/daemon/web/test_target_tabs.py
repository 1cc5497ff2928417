"""Plugins' tabs on a target's page: what they show, and that a bad one hurts itself alone."""

from __future__ import annotations

import asyncio
import re
import threading

from aiohttp.test_utils import TestClient

from syseventd.interface import Share, Tab, Table
from syseventd.model import (
    Measurement,
    Meter,
    Outcome,
    Seats,
)


def test_a_tab_of_the_targets_type_is_a_section(world):
    """A plugin's table is shown for targets of its type alone, with every row whole."""
    world.see(world.watch("crm", "imports"))
    rows = (("a", "<b>"), ("only one",), ("x", "y", "too many"))
    tabs = [
        Tab("plan", "Plan", "crm", lambda view: Table(("Name", view.target.name), rows)),
        Tab("other", "Not for this", "certificates", lambda view: Table((), ())),
    ]
    reply = world.get("/targets/crm", tabs=tabs)
    text = reply.section("tab-1")
    assert text.headings == ["Name", "crm"]
    assert "&lt;b&gt;" in text
    assert (text.count('<th scope="row"'), text.count("<td")) == (3, 3)
    assert "Not for this" not in reply.text


def test_a_tab_may_have_several_tables(world):
    """Each with its caption; numbers below each other; one without rows is left out."""
    world.see(world.watch("crm", "imports"))
    tables = [
        Table(("Name", "Seats"), (("a", "1"),), "first", numbers=frozenset({"Seats"})),
        Table(("Name",), (), "empty"),
        Table(("Name",), (("b",),), "second <b>"),
    ]
    reply = world.get("/targets/crm", tabs=[Tab("plan", "Plan", "crm", lambda view: tables)])
    text = reply.section("tab-1")
    assert re.findall("<caption>(.*?)</caption>", text) == ["first", "second &lt;b&gt;"]
    assert '<th scope="col" class="number">Seats</th>' in text
    assert text.numbers == ["1"]


def test_a_share_is_a_bar_with_its_percentage_and_words(world):
    """What can't be drawn is told by its words alone."""
    world.see(world.watch("crm", "imports"))
    shares = (Share(0.46), Share(1.2, "over <all>"), Share(float("nan"), "unknown"), Share(-1.0))
    table = Table(("Name", "Use"), tuple(("x", share) for share in shares))
    reply = world.get("/targets/crm", tabs=[Tab("plan", "Plan", "crm", lambda view: table)])
    text = reply.section("tab-1")
    assert re.findall(r"value=\"([^\"]*)\" aria-label=\"Use\"></meter> (\d+%)", text) == [
        ("0.46", "46%"),
        ("1", "120%"),
    ]
    assert "<strong>over &lt;all&gt;</strong>" in text
    assert '<td data-label="Use">unknown</td>' in text
    assert text.count("<meter") == 2


MEASURED = {
    "seats": (Seats("Vendor", "user", 45, 100),),
    "meters": (Meter("mails", 1.0),),
    "measurements": (Measurement("index_words", 7),),
    "facts": {"plan": "Growth", "index": "enabled"},
}


def test_what_a_tab_shows_stands_there_alone(world):
    """With its age; what it does not show, and what other sources measured, stays below."""
    world.see(world.watch("crm", "licences"), **MEASURED)
    world.see(world.watch("crm", "others"), seats=(Seats("Vendor", "other", 1, 2),))
    table = Table(("Licence",), (("user",),), facts=frozenset({"plan"}))
    tab = Tab("plan", "Plan", "crm", lambda view: table, source="licences")
    world.now += 3600 * 5
    reply = world.get("/targets/crm", tabs=[tab])
    text = reply.section("tab-1")
    assert text.startswith('aria-labelledby="tab-1" class="stale"')
    assert "stale: measured 5 hours ago" in text
    assert re.findall(r'<h2 id="licences-\d+">', reply.text) == ['<h2 id="licences-2">']
    assert "meters-1" not in reply.text
    assert "Words in an index" in reply.section("measurements")
    assert "<dt>Index</dt>" in reply.section("facts")
    assert "<dt>Plan</dt>" not in reply.text


def test_nothing_is_lost_where_a_tab_fails_or_shows_nothing(world):
    """Then everything stands where it would without the tab."""
    world.see(world.watch("crm", "licences"), **MEASURED)

    def raises(view):
        raise ValueError

    def empty(view):
        return Table(("Licence",), (), facts=frozenset({"plan"}))

    for table in (raises, empty):
        tab = Tab("plan", "Plan", "crm", table, source="licences")
        reply = world.get("/targets/crm", tabs=[tab])
        assert "45" in reply.section("licences-1")
        assert reply.section("meters-1")
        assert "<dt>Plan</dt><dd>Growth</dd>" in reply.section("facts")


def test_a_tab_without_rows_says_so(world):
    """No headings stand over nothing."""
    world.see(world.watch("crm", "imports"))
    tab = Tab("plan", "Plan", "crm", lambda view: Table(("Heading",), ()))
    text = world.get("/targets/crm", tabs=[tab]).section("tab-1")
    assert "<p>Nothing to show: no source has anything of this.</p>" in text
    assert "Heading" not in text


def test_a_tab_of_what_is_not_watched_there_is_not_shown(world):
    """It would be empty for ever; beside it the others keep their places."""
    world.see(world.watch("crm", "imports"))
    world.see(world.watch("other", "metered", "other"))
    tabs = [
        Tab("metered", "Metered services", "crm", lambda view: Table((), ()), source="metered"),
        Tab("plan", "Plan", "crm", lambda view: Table(("N",), (("x",),)), source="imports"),
    ]
    reply = world.get("/targets/crm", tabs=tabs)
    assert "Metered services" not in reply.text
    assert "Plan" in reply.section("tab-1")


def test_an_empty_tab_of_a_source_says_why_it_is_empty(world):
    """It answers and has nothing, or what is wrong with it; other sources do not matter."""
    source = world.watch("crm", "metered")
    world.fail(world.watch("crm", "imports"), Outcome.TIMEOUT)
    tabs = [Tab("metered", "Metered", "crm", lambda view: Table(("H",), ()), source="metered")]

    def said(**changes) -> str:
        text = world.get("/targets/crm", tabs=tabs, **changes).section("tab-1")
        return " ".join(re.sub("<[^>]*>", "", text[text.index("<p>") :]).split())

    assert said() == "Nothing to show. metered: not asked yet"
    world.fail(source, Outcome.NOT_AVAILABLE, "no such <table>")
    assert said() == "Nothing to show. metered: not available: no such &lt;table&gt;"
    refused = said(unwatched=lambda: [("crm", "its plugin was refused")])
    assert refused == "Nothing to show. metered: can't be watched"
    world.see(source)
    assert said() == "Nothing to show: metered answers, and has nothing of this."


def test_an_empty_tab_shows_nothing_that_could_be_old(world):
    """Neither when something was measured, nor that it is stale."""
    world.see(world.watch("crm", "metered"))
    tab = Tab("metered", "Metered", "crm", lambda view: Table(("H",), ()), source="metered")
    world.now += 3600 * 5
    text = world.get("/targets/crm", tabs=[tab]).section("tab-1")
    assert "stale" not in text
    assert "measured" not in text


def test_an_empty_tab_of_what_was_never_seen_does_not_claim_that_there_is_nothing(world):
    """As events do: nothing is known yet, or nothing could be seen."""
    source = world.watch("crm", "imports")
    tab = Tab("plan", "Plan", "crm", lambda view: Table(("Heading",), ()))
    text = world.get("/targets/crm", tabs=[tab]).section("tab-1")
    assert "<p>Nothing is known yet.</p>" in text
    world.fail(source, Outcome.UNREACHABLE)
    text = world.get("/targets/crm", tabs=[tab]).section("tab-1")
    assert "<p>Nothing to show, as far as could be seen.</p>" in text


def test_a_long_tab_is_cut(world):
    """A tab's table is bounded, and says how much is left out."""
    world.see(world.watch("crm", "imports"))
    tab = Tab("plan", "Plan", "crm", lambda view: Table(("N",), (("x",),) * 250))
    assert "and 50 more" in world.get("/targets/crm", tabs=[tab]).section("tab-1")


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def test_a_tab_that_raises_hurts_itself_alone(world):
    """Tabs that raise, return nonsense or exit show that they failed; the rest stands."""
    world.see(world.watch("crm", "imports"))

    def raises(view):
        raise ValueError("no such <column>")

    def leaves(view):
        raise SystemExit(3)

    def unspeakable(view):
        raise Unspeakable

    tabs = [
        Tab("a", "A", "crm", raises),
        Tab("b", "B", "crm", lambda view: [None]),
        Tab("c", "C", "crm", leaves),
        Tab("d", "D", "crm", unspeakable),
        Tab("e", "E", "crm", lambda view: Table(("Works",), (("well",),))),
    ]
    reply = world.get("/targets/crm", tabs=tabs)
    assert reply.status == 200
    assert "This part failed: ValueError: no such &lt;column&gt;" in reply.section("tab-1")
    assert "This part failed: AttributeError" in reply.section("tab-2")
    assert "This part failed: SystemExit: 3" in reply.section("tab-3")
    assert "This part failed: Unspeakable" in reply.section("tab-4")
    assert "Works" in reply.section("tab-5")
    assert reply.section("sources")


def test_a_tab_that_hangs_is_given_up_and_not_called_again(world):
    """A hung tab costs its deadline once; while it hangs the page says so at once."""
    world.see(world.watch("crm", "imports"))
    release, calls = threading.Event(), []

    def hangs(view):
        calls.append(view)
        release.wait(30)
        return Table(("Late",), (("row",),))

    async def visit(client: TestClient) -> list[str]:
        texts = []
        for _ in range(2):
            async with client.get("/targets/crm") as response:
                texts.append(await response.text())
        release.set()
        async with asyncio.timeout(10):
            while True:
                async with client.get("/targets/crm") as response:
                    text = await response.text()
                if "Late" in text:
                    return [*texts, text]

    first, second, _ = world.visit(visit, tabs=[Tab("slow", "Slow", "crm", hangs)])
    assert "This part failed: nothing came within 2 s" in first
    assert "This part failed: it is still busy with an earlier request" in second
    assert len(calls) == 2

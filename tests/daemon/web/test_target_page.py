"""The page of one target: the Licences screen's content, health, tabs and the recent past."""

from __future__ import annotations

import asyncio
import re
import threading

from aiohttp.test_utils import TestClient

from syseventd.errors import StoreUnusable
from syseventd.interface import Gauge, Share, Tab, Table
from syseventd.model import (
    LATEST,
    NEVER,
    Expiry,
    Measurement,
    Meter,
    Observation,
    Outcome,
    Problem,
    Seats,
)


def section(reply, heading: str) -> str:
    """The section whose heading has this id."""
    start = reply.text.index(f'aria-labelledby="{heading}"')
    return reply.text[start : reply.text.index("</section>", start)]


def numbers_of(text: str) -> list[str]:
    return re.findall(r'class="number">([^<]*)</td>', text)


def headings_of(text: str) -> list[str]:
    return re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', text)


def test_the_seven_columns_of_the_vendors_screen(world):
    """Open events have the seven columns that administrators know."""
    event = Observation("7", "import", "Nightly", scope="system_wide", expected_end=2e11)
    world.see(world.watch("crm", "imports"), event)
    text = section(world.get("/targets/crm"), "events")
    assert headings_of(text) == [
        "Event",
        "Status",
        "Message",
        "Activated",
        "Activated by",
        "Finished (expected)",
        "Type",
    ]
    assert "Import (system wide)" in text


def test_licences_show_use_and_limit(world):
    """Seats by owner: used, limit, and in words when they are all in use or exceeded."""
    world.see(
        world.watch("crm", "licences"),
        seats=(
            Seats("Vendor", "user", 45, 100, "User plan"),
            Seats("Vendor", "web", 5, None),
            Seats("Vendor", "sales", 25, 25),
            Seats("Add-on", "mailer", 31, 30),
            Seats("Add-on", "unknown", None, 30),
        ),
    )
    text = section(world.get("/targets/crm"), "licences-1")
    assert text.count("<table") == 2
    assert "User plan" in text
    assert "</meter> 45%" in text
    assert "unrestricted" in text
    assert "all in use" in text
    assert "over the limit" in text
    assert "measured just now" in text
    assert headings_of(text)[:5] == ["Licence", "In use", "Available", "Limit", "Use"]
    assert numbers_of(text)[:3] == ["45", "55", "100"]
    assert numbers_of(text)[9:12] == ["31", "0", "30"]


def test_old_measurements_are_stale_and_dates_stay(world):
    """Measurements older than their limit are marked with their age; a date is a fact."""
    world.see(
        world.watch("crm", "licences"),
        seats=(Seats("Vendor", "user", 45, 100),),
        meters=(Meter("storage", 10.0),),
        expiries=(Expiry("licence", "Vendor", world.now + 86400 * 40),),
    )
    world.now += 3600 * 5
    reply = world.get("/targets/crm")
    assert section(reply, "licences-1").count("stale: measured 5 hours ago") == 1
    assert "stale: measured 5 hours ago" in section(reply, "meters-1")
    assert "in 40 days" in section(reply, "expiries")


def test_meters_show_threshold(world):
    """A meter above its threshold says so."""
    world.see(
        world.watch("crm", "metered"),
        meters=(Meter("mails", 51.5, 50, "E-mails"), Meter("chat", float("nan"))),
    )
    text = section(world.get("/targets/crm"), "meters-1")
    assert "E-mails" in text
    assert "above the threshold" in text


def test_an_estimated_meter_says_so(world):
    """It is not what will be invoiced."""
    meters = (Meter("mails", 1, 50, estimated=True), Meter("chat", 1))
    world.see(world.watch("crm", "metered"), meters=meters)
    text = section(world.get("/targets/crm"), "meters-1")
    assert text.count("<small>estimated</small>") == 1
    assert text.index("estimated") < text.index("chat")


def test_measurements_have_the_words_of_their_gauge(world):
    """What is measured, of what, and the name of its metric; their age leads."""
    measured = (Measurement("index_words", 12345.0, "person"), Measurement("index_words", 7))
    world.see(world.watch("crm", "freetext"), measurements=measured)
    text = section(world.get("/targets/crm"), "measurements")
    assert headings_of(text) == ["What", "Part", "Value"]
    assert text.count('Words in an index<small class="key">syseventd_index_words</small>') == 2
    assert ">person<" in text
    assert ">12,345<" in text
    assert "freetext, measured" in text


def cells_of(text: str) -> list[str]:
    return [re.sub("<[^>]*>", "", cell) for cell in re.findall(r'class="number">(.*?)</td>', text)]


def test_a_measurement_is_said_in_its_unit(world):
    """As its gauge's name ends: times as dates, shares in percent; what is none as a number."""
    values = {
        "last_timestamp_seconds": world.now - 7200,
        "no_timestamp_seconds": LATEST * 2,
        "full_ratio": 0.25,
        "odd_ratio": 1e300,
        "longest_seconds": 12.5,
        "rows": 1000,
    }
    gauges = {name: Gauge(name, "x") for name in values}
    measurements = tuple(Measurement(name, value) for name, value in values.items())
    world.see(world.watch("crm", "saint"), measurements=measurements)
    cells = cells_of(section(world.get("/targets/crm", gauges=gauges), "measurements"))
    assert cells[0] == "24 Nov 2026 04:33 +00:002 hours ago"
    assert cells[1] == "500,000,000,000 s"
    assert cells[2] == "25%"
    assert cells[3] == "1E300"
    assert cells[4:] == ["12.5 s", "1,000"]


def test_what_no_plugin_declared_is_shown_and_said_to_be_no_metric(world):
    """By its name; whoever writes the plugin sees why there is no series."""
    world.see(world.watch("crm", "saint"), measurements=(Measurement("index_rows", 3),))
    text = section(world.get("/targets/crm"), "measurements")
    assert "index rows<small" in text
    assert "no plugin declares it, so it is no metric" in text


def test_old_measurements_of_gauges_are_stale_and_many_are_cut(world):
    """As licences and meters are."""
    many = tuple(Measurement("index_words", n, str(n)) for n in range(205))
    world.see(world.watch("crm", "saint"), measurements=many)
    world.now += 3600 * 5
    text = section(world.get("/targets/crm"), "measurements")
    assert '<table class="stack measured stale">' in text
    assert "stale: measured 5 hours ago" in text
    assert "and 5 more" in text


def test_more_licences_and_meters_than_fit_are_counted(world):
    """Long lists of measurements are cut, and the rest is counted."""
    world.see(
        world.watch("crm", "licences"),
        seats=tuple(Seats("Vendor", f"l{n}", 1, 2) for n in range(230)),
        meters=tuple(Meter(f"m{n}", 1) for n in range(210)),
    )
    reply = world.get("/targets/crm")
    assert "and 30 more" in section(reply, "licences-1")
    assert "and 10 more" in section(reply, "meters-1")


def test_facts_are_shown_and_simulated_is_a_banner(world):
    """Facts are listed by name; that all is simulated is no fact among others."""
    facts = {"version": "11.2", "company_name": "Example", "simulated": "by a toy"}
    world.see(world.watch("demo", "installation"), facts=facts)
    reply = world.get("/targets/demo")
    assert "<strong>Simulated data</strong>: by a toy" in reply.text
    text = section(reply, "facts")
    assert "<dt>Version</dt><dd>11.2</dd>" in text
    assert "<dt>Company name</dt><dd>Example</dd>" in text
    assert "imulated" not in text


def test_dates_of_a_target_include_what_never_expires(world):
    """What never expires stands at the end, with the word."""
    world.see(
        world.watch("crm", "licences"),
        expiries=(Expiry("licence", "A", NEVER), Expiry("grace", "B", world.now + 5, issuer="CA")),
    )
    text = section(world.get("/targets/crm"), "expiries")
    assert text.index("grace period") < text.index("never")
    assert "CA" in text


def test_sources_show_their_health(world):
    """Each source: state, last success, next run, outcome with reason, probes, failures."""
    good, bad = world.watch("crm", "imports"), world.watch("crm", "saint")
    world.watch("crm", "tenant")
    world.see(good)
    world.fail(bad, Outcome.MALFORMED, "not JSON")
    world.next_runs[good] = world.now + 11
    reply = world.get("/targets/crm")
    text = section(reply, "sources")
    assert "in 11 seconds" in text
    assert "malformed: not JSON" in text
    assert "not asked yet" in text
    assert "saint could not be asked since" in reply.text
    assert "0.250 s" in section(reply, "probes")


def test_problems_are_listed_up_to_a_bound(world):
    """Every problem is told with its place; beyond the bound they are counted."""
    problems = tuple(Problem(f"/certs/{n}.pem", "is empty") for n in range(130))
    world.see(world.watch("host", "certificates"), problems=problems)
    reply = world.get("/targets/host")
    assert '<a href="#problems">What could not be read</a>: 130 problems' in reply.text
    assert "Nothing is going on, as far as could be seen." in reply.text
    text = section(reply, "problems")
    assert "<b>/certs/99.pem</b>: is empty" in text
    assert "/certs/100.pem" not in text
    assert "and 30 more" in text


def test_a_target_that_is_seen_whole_and_idle_says_so(world):
    """No reservation where there is none: what is not available here hides nothing."""
    world.see(world.watch("crm", "imports"))
    world.fail(world.watch("crm", "tenant"), Outcome.NOT_AVAILABLE)
    assert "<p>Nothing is going on.</p>" in world.get("/targets/crm").text


def test_a_tab_of_the_targets_type_is_a_section(world):
    """A plugin's table is shown for targets of its type alone, with every row whole."""
    world.see(world.watch("crm", "imports"))
    rows = (("a", "<b>"), ("only one",), ("x", "y", "too many"))
    tabs = [
        Tab("plan", "Plan", "crm", lambda view: Table(("Name", view.target.name), rows)),
        Tab("other", "Not for this", "certificates", lambda view: Table((), ())),
    ]
    reply = world.get("/targets/crm", tabs=tabs)
    text = section(reply, "tab-1")
    assert headings_of(text) == ["Name", "crm"]
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
    text = section(reply, "tab-1")
    assert re.findall("<caption>(.*?)</caption>", text) == ["first", "second &lt;b&gt;"]
    assert '<th scope="col" class="number">Seats</th>' in text
    assert numbers_of(text) == ["1"]


def test_a_share_is_a_bar_with_its_percentage_and_words(world):
    """What can't be drawn is told by its words alone."""
    world.see(world.watch("crm", "imports"))
    shares = (Share(0.46), Share(1.2, "over <all>"), Share(float("nan"), "unknown"), Share(-1.0))
    table = Table(("Name", "Use"), tuple(("x", share) for share in shares))
    reply = world.get("/targets/crm", tabs=[Tab("plan", "Plan", "crm", lambda view: table)])
    text = section(reply, "tab-1")
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
    text = section(reply, "tab-1")
    assert text.startswith('aria-labelledby="tab-1" class="stale"')
    assert "stale: measured 5 hours ago" in text
    assert re.findall(r'<h2 id="licences-\d+">', reply.text) == ['<h2 id="licences-2">']
    assert "meters-1" not in reply.text
    assert "Words in an index" in section(reply, "measurements")
    assert "<dt>Index</dt>" in section(reply, "facts")
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
        assert "45" in section(reply, "licences-1")
        assert section(reply, "meters-1")
        assert "<dt>Plan</dt><dd>Growth</dd>" in section(reply, "facts")


def test_the_page_lists_its_parts(world):
    """Links lead to each part that there is: the page is long."""
    world.see(world.watch("crm", "licences"), **MEASURED)
    tab = Tab("plan", "Plan <b>", "crm", lambda view: Table(("N",), (("x",),)))
    text = world.get("/targets/crm", tabs=[tab]).text
    contents = text[text.index('<nav class="contents"') :]
    links = re.findall(r'href="#([^"]+)">', contents[: contents.index("</nav>")])
    assert links == ["events", "tab-1", "history", "sources", "measurements"]
    assert all(f'id="{link}"' in text for link in links)
    assert "Plan &lt;b&gt;" in contents


def test_names_of_facts_keep_their_capitals(world):
    """Only the first letter is made one."""
    world.see(world.watch("crm", "licences"), facts={"licence server (ACME)": "up to date"})
    assert "<dt>Licence server (ACME)</dt>" in section(world.get("/targets/crm"), "facts")


def test_dates_that_nobody_issued_have_no_column_for_it(world):
    """It would be empty."""
    source = world.watch("crm", "licences")
    world.see(source, expiries=(Expiry("licence", "A", world.now + 5),))
    assert "Issuer" not in section(world.get("/targets/crm"), "expiries")
    world.see(source, expiries=(Expiry("licence", "A", world.now + 5, issuer="CA"),))
    assert "Issuer" in headings_of(section(world.get("/targets/crm"), "expiries"))


def test_a_tab_without_rows_says_so(world):
    """No headings stand over nothing."""
    world.see(world.watch("crm", "imports"))
    tab = Tab("plan", "Plan", "crm", lambda view: Table(("Heading",), ()))
    text = section(world.get("/targets/crm", tabs=[tab]), "tab-1")
    assert "Nothing to show." in text
    assert "Heading" not in text


def test_an_empty_tab_of_what_was_never_seen_does_not_claim_that_there_is_nothing(world):
    """As events do: nothing is known yet, or nothing could be seen."""
    source = world.watch("crm", "imports")
    tab = Tab("plan", "Plan", "crm", lambda view: Table(("Heading",), ()))
    text = section(world.get("/targets/crm", tabs=[tab]), "tab-1")
    assert "<p>Nothing is known yet.</p>" in text
    world.fail(source, Outcome.UNREACHABLE)
    text = section(world.get("/targets/crm", tabs=[tab]), "tab-1")
    assert "<p>Nothing to show, as far as could be seen.</p>" in text


def test_a_long_tab_is_cut(world):
    """A tab's table is bounded, and says how much is left out."""
    world.see(world.watch("crm", "imports"))
    tab = Tab("plan", "Plan", "crm", lambda view: Table(("N",), (("x",),) * 250))
    assert "and 50 more" in section(world.get("/targets/crm", tabs=[tab]), "tab-1")


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
    assert "This part failed: ValueError: no such &lt;column&gt;" in section(reply, "tab-1")
    assert "This part failed: AttributeError" in section(reply, "tab-2")
    assert "This part failed: SystemExit: 3" in section(reply, "tab-3")
    assert "This part failed: Unspeakable" in section(reply, "tab-4")
    assert "Works" in section(reply, "tab-5")
    assert section(reply, "sources")


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


def test_the_recent_past_comes_from_the_store(world):
    """Ended events are shown with their end and its reason; open ones are said to be open."""
    source = world.watch("crm", "imports")
    world.see(source, Observation("1", "import", "First"), Observation("2", "import", "Second"))
    world.now += 60
    world.see(source, Observation("2", "import", "Second"))
    text = section(world.get("/targets/crm"), "history")
    assert "no longer listed" in text
    assert "still open" in text
    assert text.index("Second") < text.index("First")


class BrokenStore:
    async def events(self, **query):
        raise StoreUnusable("events.db", "the disk is gone")


def test_a_broken_store_does_not_hide_the_present(world):
    """The history's place says why it can't be read; everything else is shown."""
    world.see(world.watch("crm", "imports"), Observation("1", "import", "First"))
    reply = world.get("/targets/crm", store=BrokenStore())
    assert reply.status == 200
    assert "The history can&#39;t be read: the disk is gone" in reply.text.replace("'", "&#39;")
    assert "First" in section(reply, "events")


def test_store_trouble_and_an_unwatched_target_are_told(world):
    """What can't be written and what can't be asked leads this page too."""
    world.watch("legacy", "imports")
    world.board.store_trouble = "the disk is full"
    reply = world.get("/targets/legacy", unwatched=lambda: [("legacy", "refused plugin")])
    assert "what was known last: refused plugin" in reply.text
    assert "the disk is full" in reply.text
    assert "not asked yet" not in reply.text
    assert "can't be watched</span>" in section(reply, "sources")


def test_an_unknown_target_names_the_nearest(world):
    """A mistyped name is answered with links to what was meant."""
    world.watch("crm-east", "imports")
    reply = world.get("/targets/crm-eest")
    assert reply.status == 404
    assert '<a href="../targets/crm-east">crm-east</a>' in reply.text


def test_an_unwatched_target_says_why(world):
    """A target that is configured but can't be watched is told with the reason."""
    reply = world.get("/targets/legacy", unwatched=lambda: [("legacy", "its plugin was refused")])
    assert reply.status == 404
    assert "its plugin was refused" in reply.text


def test_names_with_odd_characters_have_a_page(world):
    """Slashes, spaces, percent signs and letters beyond ASCII in a name reach its page."""
    for name in ("a/b", "a b", "100%", "åäö", "?x=1#y"):
        world.watch(name, "imports")
    links = re.findall(r'<th scope="row"[^>]*><a href="\./(targets/[^"]+)"', world.get("/").text)
    assert len(links) == 5
    assert [reply.status for reply in world.get(*("/" + link for link in links))] == [200] * 5

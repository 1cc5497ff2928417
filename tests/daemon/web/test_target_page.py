"""The page of one target: its events, facts and dates, its sources' health, the recent past."""

from __future__ import annotations

import re

from syseventd.errors import StoreUnusable
from syseventd.interface import Tab, Table
from syseventd.model import (
    NEVER,
    Expiry,
    Measurement,
    Observation,
    Outcome,
    Problem,
)


def test_the_seven_columns_of_the_vendors_screen(world):
    """Open events have the seven columns that administrators know."""
    event = Observation("7", "import", "Nightly", scope="system_wide", expected_end=2e11)
    world.see(world.watch("crm", "imports"), event)
    text = world.get("/targets/crm").section("events")
    assert text.headings == [
        "Event",
        "Status",
        "Message",
        "Activated",
        "Activated by",
        "Finished (expected)",
        "Type",
    ]
    assert "Import (system wide)" in text


def test_facts_are_shown_and_simulated_is_a_banner(world):
    """Facts are listed by name; that all is simulated is no fact among others."""
    facts = {"version": "11.2", "company_name": "Example", "simulated": "by a toy"}
    world.see(world.watch("demo", "installation"), facts=facts)
    reply = world.get("/targets/demo")
    assert "<strong>Simulated data</strong>: by a toy" in reply.text
    text = reply.section("facts")
    assert "<dt>Version</dt><dd>11.2</dd>" in text
    assert "<dt>Company name</dt><dd>Example</dd>" in text
    assert "imulated" not in text


def test_dates_of_a_target_include_what_never_expires(world):
    """What never expires stands at the end, with the word."""
    world.see(
        world.watch("crm", "licences"),
        expiries=(Expiry("licence", "A", NEVER), Expiry("grace", "B", world.now + 5, issuer="CA")),
    )
    text = world.get("/targets/crm").section("expiries")
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
    text = reply.section("sources")
    assert "in 11 seconds" in text
    assert "malformed: not JSON" in text
    assert "not asked yet" in text
    assert "saint could not be asked since at least" in reply.text
    assert "0.250 s" in reply.section("probes")


def test_problems_are_listed_up_to_a_bound(world):
    """Every problem is told with its place; beyond the bound they are counted."""
    problems = tuple(Problem(f"/certs/{n}.pem", "is empty") for n in range(130))
    world.see(world.watch("host", "certificates"), problems=problems)
    reply = world.get("/targets/host")
    assert '<a href="#problems">What could not be read</a>: 130 problems' in reply.text
    assert "Nothing is going on, as far as could be seen." in reply.text
    text = reply.section("problems")
    assert "<b>/certs/99.pem</b>: is empty" in text
    assert "/certs/100.pem" not in text
    assert "and 30 more" in text


def test_a_target_that_is_seen_whole_and_idle_says_so(world):
    """No reservation where there is none: what is not available here hides nothing."""
    world.see(world.watch("crm", "imports"))
    world.fail(world.watch("crm", "tenant"), Outcome.NOT_AVAILABLE)
    assert "<p>Nothing is going on.</p>" in world.get("/targets/crm").text


def test_the_page_lists_its_parts(world):
    """Links lead to each part that there is: the page is long."""
    world.see(world.watch("crm", "licences"), measurements=(Measurement("index_words", 7),))
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
    assert "<dt>Licence server (ACME)</dt>" in world.get("/targets/crm").section("facts")


def test_dates_that_nobody_issued_have_no_column_for_it(world):
    """It would be empty."""
    source = world.watch("crm", "licences")
    world.see(source, expiries=(Expiry("licence", "A", world.now + 5),))
    assert "Issuer" not in world.get("/targets/crm").section("expiries")
    world.see(source, expiries=(Expiry("licence", "A", world.now + 5, issuer="CA"),))
    assert "Issuer" in world.get("/targets/crm").section("expiries").headings


def test_the_recent_past_comes_from_the_store(world):
    """Ended events are shown with their end and its reason; open ones are said to be open."""
    source = world.watch("crm", "imports")
    world.see(source, Observation("1", "import", "First"), Observation("2", "import", "Second"))
    world.now += 60
    world.see(source, Observation("2", "import", "Second"))
    text = world.get("/targets/crm").section("history")
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
    assert "First" in reply.section("events")


def test_store_trouble_and_an_unwatched_target_are_told(world):
    """What can't be written and what can't be asked leads this page too."""
    world.watch("legacy", "imports")
    world.board.store_trouble = "the disk is full"
    reply = world.get("/targets/legacy", unwatched=lambda: [("legacy", "refused plugin")])
    assert "what was known last: refused plugin" in reply.text
    assert "the disk is full" in reply.text
    assert "not asked yet" not in reply.text
    assert "can't be watched</span>" in reply.section("sources")


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

"""What is going on, on the overview: the worst first, and how each event is told."""

from __future__ import annotations

import re

from syseventd.interface import EventKind, Severity
from syseventd.model import Observation, Outcome


def test_an_event_is_shown_with_what_users_lose(world):
    """An event's row has its kind, effect, status, message, who, and progress with text."""
    world.see(
        world.watch("crm", "imports"),
        Observation(
            "7",
            "import",
            "Nightly",
            "Started",
            "50 rows",
            activated_at=world.now - 7200,
            activated_by="ANNA",
            expected_end=world.now + 3600 * 3,
            progress=0.456,
        ),
    )
    reply = world.get("/")
    text = reply.section("events")
    for part in ("Nightly", "Import", "Data may be incomplete", "Started", "50 rows", "ANNA"):
        assert part in text
    assert "2 hours ago" in text
    assert "in 3 hours" in text
    assert re.search(r"<progress [^>]*></progress> 45%", text)


def test_an_overdue_event_says_so_in_words(world):
    """Colour alone tells nobody; the word does."""
    event = Observation("7", "import", "Nightly", expected_end=world.now - 7200)
    world.see(world.watch("crm", "imports"), event)
    assert "overdue : 2 hours ago" in world.get("/").said


def test_the_worst_events_come_first_then_the_oldest(world):
    """By the severity of their kind, a degree worse where they are overdue or stand still."""
    world.kinds = {
        name: EventKind(name, name, severity=Severity(name)) for name in ("info", "critical")
    }
    late = world.now - 1
    world.see(
        world.watch("crm", "imports"),
        Observation("1", "info", "New info", activated_at=world.now - 5),
        Observation("2", "info", "Old info", activated_at=world.now - 500),
        Observation("3", "undeclared", "Warning", activated_at=world.now - 8),
        Observation("4", "info", "Late info", activated_at=world.now - 9, expected_end=late),
        Observation("5", "info", "Stalled info", activated_at=world.now - 7, stalled=True),
        Observation("6", "undeclared", "Late warning", activated_at=world.now, expected_end=late),
        Observation("7", "critical", "Critical", activated_at=world.now - 1, expected_end=late),
    )
    names = re.findall(r'<a href="\./events/\d+">([^<]*)</a>', world.get("/").section("events"))
    assert names == [
        *("Critical", "Late warning"),
        *("Late info", "Warning", "Stalled info"),
        *("Old info", "New info"),
    ]


def test_how_bad_an_event_is_is_said_in_words(world):
    """Of what merely goes on nothing is said."""
    world.kinds = {s: EventKind(s, "Kind", severity=Severity(s)) for s in Severity}
    world.see(world.watch("crm", "imports"), *(Observation(str(s), s, "Job") for s in Severity))
    text = world.get("/").section("events")
    assert text.count('<span class="state critical">critical</span>') == 1
    assert text.count('<span class="state warning">warning</span>') == 1
    assert text.count('class="state') == 2
    assert text.count('<tr class="bad">') == 1


def test_events_lead_to_their_pages(world):
    """From the overview too, in the reader's language."""
    world.see(world.watch("crm", "imports"), Observation("1", "import", "Job"))
    [link] = re.findall(r'href="\./(events/[^"]+)"', world.get("/?lang=sv").text)
    assert link == "events/1?lang=sv"
    assert world.get("/" + link).status == 200


def test_since_when_we_know_of_an_event_is_told_from_since_when_it_is(world):
    """A source that does not say when it began is not made to."""
    world.see(
        world.watch("crm", "imports"),
        Observation("1", "import", "Told", activated_at=world.now - 7200),
    )
    assert "first seen" not in world.get("/").said
    world.see(world.watch("crm", "licences"), Observation("2", "import", "Untold"))
    assert "first seen 24 Nov 2026 06:33 +00:00 just now" in world.get("/").said


def test_overdue_events_come_before_others_of_their_kind(world):
    """The overdue lead, then the oldest."""
    world.see(
        world.watch("crm", "imports"),
        Observation("1", "import", "Old one", activated_at=world.now - 500),
        Observation("2", "import", "New one", activated_at=world.now - 5),
        Observation(
            "3", "import", "Late one", activated_at=world.now - 900, expected_end=world.now - 1
        ),
    )
    text = world.get("/").section("events")
    assert text.index("Late one") < text.index("Old one") < text.index("New one")


def test_an_event_that_can_not_be_confirmed_says_since_when(world):
    """An event stays while its source fails, and is marked."""
    source = world.watch("crm", "imports")
    world.see(source, Observation("7", "import", "Nightly"))
    world.fail(source, Outcome.TIMEOUT)
    assert "not confirmed since" in world.get("/").section("events")


def test_many_events_come_by_pages(world):
    """Fifty stand on a page; the rest is counted and linked."""
    events = [Observation(f"k{n}", "import", f"Job {n:04}") for n in range(1030)]
    world.see(world.watch("crm", "imports"), *events)
    first, second, last = world.get("/", "/?events=2", "/?events=21")
    assert first.section("events").count('<th scope="row"') == 50
    assert 'href="?events=2#events" rel="next">and 980 more</a>' in first.text
    assert "51 to 100 of 1,030" in second.text
    assert 'href="?events=1#events" rel="prev"' in second.text
    assert "1,001 to 1,030 of 1,030" in last.text
    assert 'rel="next"' not in last.text


def test_a_page_number_that_is_none_means_the_first(world):
    """A mistyped page number still shows something, and one too high the last page."""
    events = [Observation(f"k{n}", "import", f"Job {n:04}") for n in range(60)]
    world.see(world.watch("crm", "imports"), *events)
    for query, shown in (("x", "1 to 50"), ("-3", "1 to 50"), ("0", "1 to 50"), ("99", "51 to 60")):
        assert shown in world.get(f"/?events={query}").text

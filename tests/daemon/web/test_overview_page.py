"""The overview: what could not be seen, what is going on, what expires, what is watched."""

from __future__ import annotations

import re

import pytest

from syseventd.interface import EventKind, Severity
from syseventd.model import NEVER, Expiry, Observation, Outcome, Problem

DAY = 86400.0


def said(reply) -> str:
    """The page's text, as a reader without tags sees it."""
    main = reply.text[reply.text.index("<main>") : reply.text.index("</main>")]
    return " ".join(re.sub(r"<[^>]+>", " ", main).replace("&#39;", "'").split())


def section(reply, heading: str) -> str:
    """The text of the section whose heading has this id."""
    start = reply.text.index(f'aria-labelledby="{heading}"')
    return reply.text[start : reply.text.index("</section>", start)]


def test_nothing_configured_is_said(world):
    """A page without targets says that nothing is watched."""
    assert "nothing is watched" in said(world.get("/"))


def test_all_seen_is_said(world):
    """When every source answers, the first line says so."""
    world.see(world.watch("crm", "imports"))
    assert said(world.get("/")).startswith("Overview The one target answers.")


def test_targets_that_could_not_be_asked_come_first(world):
    """The first line counts targets once, and names since when and why."""
    for name in ("a", "b", "c"):
        sources = [world.watch(name, "one"), world.watch(name, "two")]
        for source in sources:
            world.see(source)
            if name != "c":
                world.fail(source, Outcome.UNAUTHORIZED if name == "a" else Outcome.TIMEOUT, "why")
    assert re.match(
        r"Overview 2 of 3 targets could not be asked since \d\d:\d\d [+-]\d\d:\d\d : "
        r"(unauthorized \(1\), timeout|timeout \(1\), unauthorized) \(1\) ",
        said(world.get("/")),
    )


def test_a_target_that_answers_in_part_is_told_so(world):
    """A target of which only one source fails could not be asked in full."""
    world.see(world.watch("crm", "imports"))
    world.fail(world.watch("crm", "saint"), Outcome.UNREACHABLE, "no route to host")
    text = said(world.get("/"))
    assert "1 of 1 targets could not be asked in full" in text
    assert "no route to host" in text


def test_store_trouble_is_told(world):
    """A store that can't be written is told with its reason."""
    world.board.store_trouble = "the disk is full"
    assert "nothing new is shown: the disk is full" in said(world.get("/"))


def test_a_store_that_can_not_be_written_is_told_once(world):
    """That the daemon is not ready for that reason is the same fact; another reason is not."""
    world.board.store_trouble = "the disk is full"
    reason = "the store can't be written: the disk is full"
    text = said(world.get("/", ready=lambda: reason))
    assert text.count("the disk is full") == 1
    assert "Not ready" not in text
    assert "Not ready: stopping" in said(world.get("/", ready=lambda: "stopping"))


def test_one_outcome_is_not_counted_again(world):
    """How many targets have it stands there already; of several outcomes each has its count."""
    world.see(world.watch("ok", "imports"))
    world.fail(world.watch("a", "imports"), Outcome.UNREACHABLE)
    text = said(world.get("/"))
    assert ": unreachable a imports: unreachable since" in text
    assert "(1)" not in text
    world.fail(world.watch("b", "imports"), Outcome.TIMEOUT)
    assert "unreachable (1), timeout (1)" in said(world.get("/"))


def test_not_ready_is_told(world):
    """Why the daemon is not ready stands on the page too."""
    assert "Not ready: starting" in said(world.get("/", ready=lambda: "starting"))


def test_refused_plugins_are_told(world):
    """A refused plugin is named with its reason."""
    text = said(world.get("/", refused=[("oldcrm", "it can't be imported")]))
    assert "1 plugin was refused: oldcrm: it can't be imported" in text


def test_unwatched_targets_are_told(world):
    """A target that can't be watched is named with its reason."""
    text = said(world.get("/", unwatched=lambda: [("legacy", "its plugin was refused")]))
    assert "1 configured target can't be watched: legacy: its plugin was refused" in text


def test_an_unwatched_target_is_not_counted_as_not_asked_yet(world):
    """What can't be asked at all is not promised to be asked soon."""
    world.watch("legacy", "imports")
    text = said(world.get("/", unwatched=lambda: [("legacy", "its plugin was refused")]))
    assert "source has not been asked yet" not in text


def test_an_unwatched_target_leads_the_list_with_a_state_of_its_own(world):
    """Nothing will ask it: it does not look as if it were only waiting for its turn."""
    world.fail(world.watch("a", "imports"), Outcome.TIMEOUT)
    world.watch("legacy", "imports", "unknown")
    reply = world.get("/", unwatched=lambda: [("legacy", "its plugin was refused")])
    text = reply.text[reply.text.index('aria-labelledby="targets"') :]
    assert text.index("legacy") < text.index('targets/a"')
    assert text.count('<span class="state unwatched">can\'t be watched</span>') == 2
    assert "its plugin was refused" in text
    assert "not asked yet" not in text


@pytest.mark.parametrize(("language", "words"), [("en", "next check"), ("sv", "nästa kontroll")])
def test_the_next_check_need_not_be_of_a_licence(world, language, words):
    """The kinds of dates are every plugin's: their words name no plugin's trade."""
    dates = (Expiry("next_check", "backup", world.now + 60),)
    world.see(world.watch("nas", "backups"), expiries=dates)
    assert f">{words}<" in world.get(f"/?lang={language}").text


def test_sources_that_wait_are_told(world):
    """Sources that were not asked yet, and paused ones, are counted."""
    world.watch("crm", "saint")
    world.fail(world.watch("crm", "imports"), Outcome.PAUSED, "upgrade")
    text = said(world.get("/"))
    assert "1 source has not been asked yet" in text
    assert "1 source is paused" in text


def test_what_could_not_be_read_is_told(world):
    """Problems of a snapshot are counted by source, with the first one."""
    problem = Problem("/etc/ssl/a.pem", "holds no certificate")
    world.see(world.watch("host", "certificates"), problems=(problem, problem))
    text = said(world.get("/"))
    assert "2 problems, /etc/ssl/a.pem: holds no certificate" in text


def test_simulated_targets_are_named(world):
    """Simulated data is labelled where everything is shown together."""
    world.see(world.watch("demo", "imports"), facts={"simulated": "yes"})
    assert "Simulated data : demo" in said(world.get("/"))


def test_more_simulated_targets_than_are_named_are_counted(world):
    """The banner does not grow without end."""
    for number in range(12):
        world.see(world.watch(f"demo-{number:02}", "imports"), facts={"simulated": "yes"})
    assert "demo-09 and 2 more" in said(world.get("/"))


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
    text = section(reply, "events")
    for part in ("Nightly", "Import", "Data may be incomplete", "Started", "50 rows", "ANNA"):
        assert part in text
    assert "2 hours ago" in text
    assert "in 3 hours" in text
    assert re.search(r"<progress [^>]*></progress> 45%", text)


def test_an_overdue_event_says_so_in_words(world):
    """Colour alone tells nobody; the word does."""
    event = Observation("7", "import", "Nightly", expected_end=world.now - 7200)
    world.see(world.watch("crm", "imports"), event)
    assert "overdue : 2 hours ago" in said(world.get("/"))


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
    names = re.findall(r'<a href="\./events/\d+">([^<]*)</a>', section(world.get("/"), "events"))
    assert names == [
        *("Critical", "Late warning"),
        *("Late info", "Warning", "Stalled info"),
        *("Old info", "New info"),
    ]


def test_how_bad_an_event_is_is_said_in_words(world):
    """Of what merely goes on nothing is said."""
    world.kinds = {s: EventKind(s, "Kind", severity=Severity(s)) for s in Severity}
    world.see(world.watch("crm", "imports"), *(Observation(str(s), s, "Job") for s in Severity))
    text = section(world.get("/"), "events")
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
    assert "first seen" not in said(world.get("/"))
    world.see(world.watch("crm", "licences"), Observation("2", "import", "Untold"))
    assert "first seen 24 Nov 2026 06:33 +00:00 just now" in said(world.get("/"))


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
    text = section(world.get("/"), "events")
    assert text.index("Late one") < text.index("Old one") < text.index("New one")


def test_an_event_that_can_not_be_confirmed_says_since_when(world):
    """An event stays while its source fails, and is marked."""
    source = world.watch("crm", "imports")
    world.see(source, Observation("7", "import", "Nightly"))
    world.fail(source, Outcome.TIMEOUT)
    assert "not confirmed since" in section(world.get("/"), "events")


def test_many_events_come_by_pages(world):
    """Fifty stand on a page; the rest is counted and linked."""
    events = [Observation(f"k{n}", "import", f"Job {n:04}") for n in range(1030)]
    world.see(world.watch("crm", "imports"), *events)
    first, second, last = world.get("/", "/?events=2", "/?events=21")
    assert section(first, "events").count('<th scope="row"') == 50
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


def test_what_expires_next_starts_with_what_has_expired(world):
    """Dates by date, in words: passed ones first, and what never expires not at all."""
    world.see(
        world.watch("host", "certificates"),
        expiries=(
            Expiry("certificate", "later", world.now + 12.9 * DAY, subject="CN=later"),
            Expiry("licence", "forever", NEVER),
            Expiry("grace", "gone", world.now - 3.2 * DAY),
            Expiry("contract_end", "other", world.now + 400 * DAY),
        ),
    )
    text = section(world.get("/"), "expiries")
    assert text.index("gone") < text.index("later") < text.index("other")
    assert "forever" not in text
    assert "<strong>expired</strong> 3 days ago" in text
    assert "in 12 days" in text
    assert "contract end" in text
    assert "CN=later" in text


def test_dates_after_which_nothing_stops_come_last_and_are_not_called_expired(world):
    """A passed date of a reminder wakes nobody."""
    world.see(
        world.watch("crm", "licences"),
        expiries=(
            Expiry("admin_warning", "call-the-vendor", world.now - 9 * DAY),
            Expiry("licence", "licence-owner", world.now + 12.9 * DAY),
        ),
    )
    text = section(world.get("/"), "expiries")
    assert text.index("licence-owner") < text.index("call-the-vendor")
    assert text.count("<small>reminder</small>") == 1
    assert "expired" not in text


def test_the_days_of_a_licence_are_those_of_the_calendar(world):
    """In the list, beside the event that is about the date, and among the targets."""
    end = 1796515200.0  # 2026-12-06T00:00:00Z, twelve days after today
    world.see(
        world.watch("crm", "licences"),
        Observation("expiry", "import", "Licence", expected_end=end),
        expiries=(
            Expiry("certificate", "Vendor", end),  # told first, and no day
            Expiry("licence", "Vendor", end),
            Expiry("grace", "Vendor", world.now + 60),
        ),
    )
    reply = world.get("/")
    for heading in ("events", "expiries"):
        text = section(reply, heading)
        assert '<time datetime="2026-12-06">6 Dec 2026</time>' in text
        assert "in 12 days" in text
    assert "grace period Vendor<small>today</small>" in section(reply, "targets")


def test_a_date_that_is_a_moment_keeps_its_time(world):
    """Of a certificate whole days of 24 hours remain, and on its last day hours."""
    world.see(
        world.watch("host", "certificates"),
        Observation("expiry", "import", "Certificate", expected_end=world.now + 9000),
        expiries=(
            Expiry("certificate", "soon", world.now + 9000),
            Expiry("certificate", "later", world.now + 11.8 * DAY),
        ),
    )
    text = section(world.get("/"), "expiries")
    assert "in 2 hours" in text
    assert "in 11 days" in text
    assert "09:03" in section(world.get("/"), "events")


def test_what_expires_next_may_have_expired(world):
    """Then the list of targets does not make it look as if it were still to come."""
    source = world.watch("crm", "licences")
    world.see(source, expiries=(Expiry("licence", "Vendor", world.now + 3 * DAY),))
    assert "expired" not in section(world.get("/"), "targets")
    world.see(source, expiries=(Expiry("licence", "Vendor", world.now - 3 * DAY),))
    assert "<strong>expired</strong> 3 days ago" in section(world.get("/"), "targets")


def test_the_target_with_the_worst_event_comes_first(world):
    """Of those that can be asked."""
    world.kinds["down"] = EventKind("down", "Down", severity=Severity.CRITICAL)
    world.kinds["import"] = EventKind("import", "Import", severity=Severity.INFO)
    for name, kinds in (("a", ["import"]), ("b", []), ("c", ["import", "down"]), ("d", ["x"])):
        world.see(world.watch(name, "imports"), *(Observation(k, k, k) for k in kinds))
    world.fail(world.watch("z", "imports"), Outcome.TIMEOUT)
    text = section(world.get("/"), "targets")
    assert re.findall(r'href="./targets/(\w)">\w</a>', text) == ["z", "c", "d", "a", "b"]
    assert '<span class="state critical">critical</span> 2</td>' in text


def test_targets_that_can_not_be_asked_lead_the_list(world):
    """The list of targets starts with trouble, then goes by name."""
    for name in ("b", "a"):
        world.see(world.watch(name, "imports"))
    world.fail(world.watch("z", "imports"), Outcome.TIMEOUT)
    world.fail(world.watch("m", "imports"), Outcome.NOT_AVAILABLE)
    names = re.findall(r'href="./targets/(\w)">\w</a>', section(world.get("/"), "targets"))
    assert names == ["z", "a", "b", "m"]


def test_a_page_of_a_thousand_targets_stays_small(world):
    """With 1,000 targets and 10,000 events the page is bounded."""
    for number in range(1000):
        source = world.watch(f"crm-{number:04}", "imports")
        world.see(
            source,
            *(Observation(str(n), "import", "Job") for n in range(10)),
            expiries=(Expiry("licence", "X", world.now + number * DAY),),
        )
        if number % 80 == 0:
            world.fail(source, Outcome.TIMEOUT, "no answer")
    reply = world.get("/")
    assert "13 of 1,000 targets could not be asked" in said(reply)
    assert "and 3 more" in said(reply)
    assert len(reply.text) < 150_000

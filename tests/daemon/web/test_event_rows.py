"""Rows of events: which one is meant, in which order, and under the same headings everywhere."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping

import pytest

from syseventd.model import Expiry, Known, Observation
from syseventd.web.rows import LARGE

BOTH = pytest.mark.parametrize("path", ["/", "/targets/crm"])


def keys_of(text: str) -> list[str]:
    return re.findall(r'<small class="key" title="[^"]+">([^<]*)</small>', text)


def names_of(text: str) -> list[str]:
    rows = re.findall(
        r'<th scope="row"[^>]*>\s*(?:<span.*?</span>\s*)?(?:<a [^>]*>)?([^<]*)<', text
    )
    return [name.strip() for name in rows]


@BOTH
def test_two_events_of_one_name_are_told_apart(world, path):
    """By their keys, such as the files of two certificates for the same subject."""
    files = [Observation(f"/etc/{n}.pem", "import", "CN=example") for n in "ab"]
    world.see(world.watch("crm", "imports"), *files)
    assert sorted(keys_of(world.get(path).section("events"))) == ["/etc/a.pem", "/etc/b.pem"]


def test_the_past_tells_them_apart_too(world):
    """In the list of recent events, ended or not."""
    source = world.watch("crm", "imports")
    world.see(source, *(Observation(key, "import", "Job") for key in "ab"))
    world.see(source)
    assert sorted(keys_of(world.get("/targets/crm").section("history"))) == ["a", "b"]


@BOTH
@pytest.mark.parametrize("name", ["", "NoLogin"])
def test_a_key_that_is_the_name_stands_there_once(world, path, name):
    """And so does one of an event without a name."""
    world.see(world.watch("crm", "imports"), Observation("NoLogin", "import", name))
    text = world.get(path).section("events")
    assert text.count("NoLogin") == 1
    assert keys_of(text) == []


@BOTH
def test_an_event_that_stands_still_says_so(world, path):
    """In words, and its row is marked."""
    source = world.watch("crm", "imports")
    event = Observation("1", "import", "Job", "running")
    world.see(source, event)
    assert "stands still" not in world.get(path).text
    world.see(source, Observation("1", "import", "Job", "running", stalled=True))
    text = world.get(path).section("events")
    assert text.count("<strong>stands still</strong>") == 1
    assert text.count('<tr class="bad">') == 1


def test_the_events_of_a_target_lead_to_their_pages(world):
    """Those that are open and those that ended, in the reader's language."""
    source = world.watch("crm", "imports")
    world.see(source, Observation("1", "import", "Job"))
    world.see(source)
    world.see(source, Observation("2", "import", "Job"))
    links = re.findall(r'href="\.\./(events/[^"]+)"', world.get("/targets/crm?lang=sv").text)
    assert sorted(set(links)) == ["events/1?lang=sv", "events/3?lang=sv"]
    assert [reply.status for reply in world.get(*("/" + link for link in links))] == [200] * 3


def test_both_pages_have_the_same_headings(world):
    """But for the target, which one page is about."""
    world.see(world.watch("crm", "imports"), Observation("1", "import", "Job", scope="all_users"))
    overview, target = (
        re.findall(r'<th scope="col">([^<]*)</th>', reply.section("events"))
        for reply in world.get("/", "/targets/crm")
    )
    overview.remove("Target")
    assert overview == target
    assert "(all users)" in world.get("/").section("events")


class Watched(Mapping):
    """Open events that note in which threads they are walked through."""

    def __init__(self, events):
        self.events, self.threads = events, set()

    def __getitem__(self, key):
        return self.events[key]

    def __iter__(self):
        self.threads.add(threading.current_thread().name)
        return iter(self.events)

    def __len__(self):
        return len(self.events)


@BOTH
@pytest.mark.parametrize(("count", "aside"), [(LARGE, False), (LARGE + 1, True)])
def test_many_events_are_put_in_order_in_a_thread(world, path, count, aside):
    """The rest of the daemon does not wait for it; the page is the same."""
    source = world.watch("crm", "imports")
    world.see(
        source,
        *(
            Observation(
                str(n),
                "import",
                f"Job {n:05}",
                activated_at=world.now - (n * 7919) % 10_007,
                expected_end=world.now - 1 if n in (7, 500) else None,
            )
            for n in range(count)
        ),
    )
    known = world.board.record_of(source).known
    events = Watched(known.events)
    world.board.correct(Known(source, events, known.expiries))
    names = names_of(world.get(path).section("events"))
    assert ("order" in events.threads) is aside
    ages = {f"Job {n:05}": (n not in (7, 500), -((n * 7919) % 10_007)) for n in range(count)}
    assert names == sorted(ages, key=ages.__getitem__)[:50]


@BOTH
def test_of_events_that_began_together_the_first_seen_comes_first(world, path):
    """Over all sources."""
    for number in range(3):
        source = world.watch("crm", f"imports-{number}")
        world.see(
            source, *(Observation(f"{number}{n}", "import", "", activated_at=5.0) for n in "ab")
        )
    names = names_of(world.get(path).section("events"))
    assert names == ["0a", "0b", "1a", "1b", "2a", "2b"]


def test_many_dates_are_put_in_order_too(world):
    """The soonest first, those of the same day by name, reminders last."""
    dates = [
        Expiry("certificate", f"{n:05}", world.now + 86400 * (n % 3)) for n in range(LARGE, 0, -1)
    ]
    reminder = Expiry("next_check", "reminder", world.now - 5)
    world.see(world.watch("crm", "imports"), expiries=(reminder, *dates))
    first, last = world.get("/", "/?expiries=999999")
    assert names_of(first.section("expiries"))[:3] == ["00003", "00006", "00009"]
    assert names_of(last.section("expiries"))[-1] == "reminder"


def test_dates_of_one_moment_come_by_target(world):
    """And below that in the order of its sources."""
    for target in ("south", "north"):
        for source, name in (("licences", "b"), ("certificates", "a")):
            expiry = Expiry("licence", f"{target}-{name}", world.now + 5)
            world.see(world.watch(target, source), expiries=(expiry,))
    names = names_of(world.get("/").section("expiries"))
    assert names == ["north-b", "north-a", "south-b", "south-a"]


class StoreOfAReload:
    """A store that is read while a reload takes the target out."""

    def __init__(self, world, source):
        self.world, self.source = world, source

    async def events(self, **query):
        self.world.board.unwatch(self.source)
        return []


def test_a_target_that_goes_while_its_page_is_made_fails_nothing(world):
    """What was gathered until then is shown."""
    source = world.watch("crm", "imports")
    world.see(source, Observation("1", "import", "Job"))
    reply = world.get("/targets/crm", store=StoreOfAReload(world, source))
    assert reply.status == 200
    assert "Job" in reply.section("events")

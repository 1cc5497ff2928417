"""The page of one event: how it stands, its further columns, and its life in words."""

from __future__ import annotations

import re

import pytest

from syseventd.model import Observation, Outcome, SourceId, Step, Transition
from syseventd.web.speech import UNKNOWN
from syseventd.web.steps import MOST, step_page


def plain(text: str) -> str:
    """What a reader sees of it."""
    return " ".join(re.sub("<[^>]*>", " ", text).split()).replace(" :", ":")


def changes_of(reply) -> list[str]:
    """What changed, from the newest step to the oldest."""
    return [plain(item) for item in re.findall(r"<li>(.*?)</li>", reply.section("steps"), re.S)]


@pytest.fixture
def imports(world) -> SourceId:
    return world.watch("crm", "imports")


def test_how_an_event_stands(world, imports):
    """The columns of the vendor's screen, where it was seen, and what users lose."""
    event = Observation(
        *("7", "import", "Nightly", "Started", "50 rows", "all_users", world.now - 60, "ANNA"),
        *(world.now + 60, 0.5),
    )
    world.see(imports, event)
    reply = world.get("/events/1")
    text = plain(reply.section("event"))
    assert "<h1>Nightly <small>Import</small></h1>" in reply.text
    assert "Data may be incomplete" in reply.text
    for shown in (
        *("State still open warning Target crm", "Source imports", "Key 7", "Scope all users"),
        *("Status Started 50%", "Activated by ANNA", "24 Nov 2026 06:32", "Message 50 rows"),
        "24 Nov 2026 06:34 +00:00 in 60 seconds",
    ):
        assert shown in text, shown
    assert '<a href="../targets/crm">' in reply.text
    assert "stands still" not in text


def test_what_is_unknown_is_a_dash_or_not_there(world, imports):
    """A name that is missing is the key's place."""
    world.see(imports, Observation("7", "unheard-of", ""))
    reply = world.get("/events/1")
    assert "<h1>7 <small>unheard-of</small></h1>" in reply.text
    text = plain(reply.section("event"))
    assert f"Status {UNKNOWN}" in text
    assert f"Activated by {UNKNOWN}" in text
    assert "Scope" not in text
    assert "Message" not in text
    assert 'id="details"' not in reply.text


def test_details_are_a_table_in_their_order(world, imports):
    """Headings that come twice come twice."""
    details = (("Rows", "7"), ("Stage", "<b>"), ("Rows", "8"))
    world.see(imports, Observation("7", "import", "N", details=details))
    text = world.get("/events/1").section("details")
    cells = re.findall(r'<th scope="row">(.*?)</th><td class="text">(.*?)</td>', text)
    assert cells == [("Rows", "7"), ("Stage", "&lt;b&gt;"), ("Rows", "8")]
    assert "in the words of its source" in text


def test_an_event_that_stands_still_says_so_and_overdue_too(world, imports):
    """In words."""
    event = Observation("7", "import", "N", expected_end=world.now - 3600, stalled=True)
    world.see(imports, event)
    text = plain(world.get("/events/1").section("event"))
    assert "State still open critical stands still" in text
    assert "overdue: 60 minutes ago" in text


def test_an_event_that_can_not_be_looked_at_says_since_when(world, imports):
    """Its source fails: it may be over."""
    world.see(imports, Observation("7", "import", "N"))
    world.fail(imports, Outcome.TIMEOUT)
    text = plain(world.get("/events/1").section("event"))
    assert "not confirmed since 06:33" in text


def test_an_event_that_ended_says_when_and_how(world, imports):
    """And its page does not load itself anew: nothing of it changes any more."""
    world.see(imports, Observation("7", "import", "N", stalled=True))
    assert "http-equiv" in world.get("/events/1").text
    world.now += 60
    world.see(imports)
    reply = world.get("/events/1")
    text = plain(reply.section("event"))
    assert "State 24 Nov 2026 06:34 +00:00 no longer listed" in text
    assert "still" not in text
    assert "http-equiv" not in reply.text
    assert "Data may be incomplete" not in reply.text


def test_an_event_of_what_is_watched_no_more_has_a_page(world, imports):
    """Without a link to where there is none."""
    world.see(imports, Observation("7", "import", "N"))
    world.board.unwatch(imports)
    reply = world.get("/events/1")
    assert reply.status == 200
    assert "targets/crm" not in reply.text
    assert "Target crm" in plain(reply.section("event"))


def test_its_life_is_told_from_the_newest_step_back(world, imports):
    """When, which step, and what became what; each kind of value in its words."""
    first = Observation("7", "import", "Nightly", "New")
    started = Observation(
        *("7", "import", "Nightly", "Started"), expected_end=world.now + 60, progress=0.25
    )
    world.see(imports, first)
    world.now += 1
    world.see(imports, started)
    world.now += 1
    world.see(imports)
    reply = world.get("/events/1")
    steps = re.findall(r'<th scope="row" data-label="Step">(.*?)</th>', reply.section("steps"))
    assert steps == ["ended", "changed", "started"]
    assert changes_of(reply) == [
        "Status: New → Started",
        f"Finished (expected): {UNKNOWN} → 24 Nov 2026 06:34 +00:00",
        f"Progress: {UNKNOWN} → 25%",
    ]
    assert "24 Nov 2026 06:33:21" in plain(reply.section("steps"))


def test_what_its_details_were_is_told_by_their_headings(world, imports):
    """Only those that changed; one that came or went, from or to nothing."""
    old = (("Rows", "7"), ("Stage", "1"), ("Gone", "x"), ("Tag", "a"), ("Tag", "b"))
    new = (("Rows", "8"), ("Stage", "1"), ("New", "y"), ("Tag", "a"), ("Tag", "c"))
    for details in (old, new):
        world.see(imports, Observation("7", "import", "N", details=details))
    assert changes_of(world.get("/events/1")) == [
        "Rows: 7 → 8",
        f"Gone: x → {UNKNOWN}",
        "Tag: a, b → a, c",
        f"New: {UNKNOWN} → y",
    ]


def test_standing_still_and_moving_again_are_told(world, imports):
    """As what they are, without from and to."""
    for stalled in (False, True, False):
        world.see(imports, Observation("7", "import", "N", stalled=stalled))
    assert changes_of(world.get("/events/1")) == ["moves again", "stands still"]


def test_its_names_and_its_witness_are_told(world, imports):
    """What the system itself calls it, and which source tells of it now."""
    marks = frozenset({"task:7"})
    saint = world.watch("crm", "saint")
    world.see(imports, Observation("7", "import", "N", marks=marks))
    world.see(imports, Observation("7", "import", "N", marks=marks | {"event:3"}))
    assert changes_of(world.get("/events/1")) == ["Also known as: task:7 → event:3, task:7"]
    event = world.board.record_of(imports).known.events.popitem()[1]
    transition = Transition(9, Step.CHANGED, 1.0, event, {"source": ("imports", saint.source)})
    [step] = step_page([transition]).items
    [change] = step.changes
    assert (change.field, change.old, change.new) == ("source", "imports", "saint")


def test_what_changed_is_told_in_swedish(world, imports):
    """Headings, steps and standing still."""
    world.see(imports, Observation("7", "import", "N", "New"))
    world.see(imports, Observation("7", "import", "N", "Started", stalled=True))
    reply = world.get("/events/1?lang=sv")
    assert changes_of(reply) == ["Status: New → Started", "står still"]
    assert ">ändrades<" in reply.text
    assert "Stegen i dess liv, nyast först" in reply.text


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"colour": ("red", 7)}, ("text", "red", "7")),
        ({"expected_end": ("soon", 1e300)}, ("text", "soon", "1e+300")),
        ({"progress": (None, 7)}, ("text", None, "7")),
        ({"progress": (0, 1)}, ("share", 0, 1)),
        ({"message": ("", "x")}, ("text", None, "x")),
        ({"marks": ([], ["b", "a"])}, ("text", None, "a, b")),
        ({"activated_at": (None, 5.0)}, ("time", None, 5.0)),
    ],
)
def test_whatever_a_store_holds_is_told(world, imports, changes, shown):
    """A change of a later version of ours, or one of odd values, is text."""
    world.see(imports, Observation("7", "import", "N"))
    event = next(world.board.events())
    [step] = step_page([Transition(2, Step.CHANGED, 1.0, event, changes)]).items
    [change] = step.changes
    assert (change.said, change.old, change.new) == shown


def test_details_that_are_none_are_none(world, imports):
    """An odd store costs no page."""
    world.see(imports, Observation("7", "import", "N"))
    event = next(world.board.events())
    changes = {"details": (None, [["Rows", "7"]])}
    [step] = step_page([Transition(2, Step.CHANGED, 1.0, event, changes)]).items
    assert [(c.heading, c.old, c.new) for c in step.changes] == [("Rows", None, "7")]


def test_a_long_life_is_cut_at_its_beginning(world, imports):
    """The newest steps are shown, and how many there are besides."""
    for number in range(MOST + 5):
        world.see(imports, Observation("7", "import", "N", str(number)))
    reply = world.get("/events/1")
    assert len(changes_of(reply)) == MOST
    assert "and 5 more" in reply.section("steps")
    assert f"Status: {MOST + 3} → {MOST + 4}" in changes_of(reply)


@pytest.mark.parametrize("number", ["7", "x", "0", "9" * 40, "%00"])
def test_an_event_that_there_is_not_is_told_on_a_page(world, number):
    """404, in words."""
    reply = world.get(f"/events/{number}")
    assert reply.status == 404
    assert "there is no event" in reply.text

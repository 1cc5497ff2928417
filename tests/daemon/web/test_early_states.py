"""What pages say before anything was asked: when it will be, and that nothing is wrong."""

from __future__ import annotations

import math
import re

import pytest

from syseventd.model import NEVER, Observation, Outcome, Target


def lines(reply) -> list[str]:
    """What the notice says of each source that waits, without tags."""
    notice = reply.text[reply.text.index('<li class="info">') :]
    items = re.findall(r"<li>(.*?)</li>", notice[: notice.index("</ul>")], re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", "", item).split()) for item in items]


@pytest.fixture
def early(world):
    """Two targets with three sources, of which none has been asked."""
    for seconds, name in ((48, ("north", "licences")), (5, ("south", "imports"))):
        world.next_runs[world.watch(*name)] = world.now + seconds
    world.watch("north", "saint")
    return world


def test_sources_that_were_not_asked_are_no_trouble(early):
    """The notice has the colour of information, and says that nothing is wrong."""
    reply = early.get("/")
    assert "3 sources have not been asked yet" in reply.text
    assert "Just after a start nothing is wrong with that." in reply.text
    assert 'class="warn"' not in reply.text
    assert 'class="bad"' not in reply.text


def test_when_each_is_asked_stands_there_the_soonest_first(early):
    """With its target, and last the one whose time is not known."""
    assert lines(early.get("/")) == [
        "south imports: asked in 5 seconds",
        "north licences: asked in 48 seconds",
        "north saint: when it is asked is not known yet",
    ]


def test_a_targets_page_names_its_own(early):
    """Only the sources of this target, without its name."""
    assert lines(early.get("/targets/north")) == [
        "licences: asked in 48 seconds",
        "saint: when it is asked is not known yet",
    ]


def test_a_source_that_is_due_is_asked_now(world):
    """A time that has come is not told as one that has passed."""
    world.next_runs[world.watch("crm", "imports")] = world.now - 1
    assert lines(world.get("/")) == ["crm imports: asked now"]


@pytest.mark.parametrize("planned", [math.nan, NEVER])
@pytest.mark.parametrize("path", ["/", "/targets/crm"])
def test_a_time_that_is_none_is_not_known(world, planned, path):
    """Before the first plan, or without one, the page is whole."""
    world.next_runs[world.watch("crm", "imports")] = planned
    assert "imports: when it is asked is not known yet" in world.get(path).text


def test_many_sources_that_wait_are_counted(world):
    """The notice does not grow without end."""
    for number in range(200):
        world.next_runs[world.watch(f"crm-{number:03}", "imports")] = world.now + number + 1
    told = lines(world.get("/"))
    assert len(told) == 11
    assert told[0] == "crm-000 imports: asked in 1 second"
    assert told[-1] == "and 190 more"


@pytest.mark.parametrize("path", ["/", "/targets/north"])
def test_before_anything_was_asked_nothing_is_known(early, path):
    """That nothing goes on would be a claim."""
    text = early.get(path).text
    assert "<p>Nothing is known yet.</p>" in text
    assert "Nothing is going on" not in text


def test_once_one_source_was_asked_something_is_known(early):
    """Then what could be seen is told as that."""
    early.see(early.watch("east", "imports"))
    assert "Nothing is going on, as far as could be seen." in early.get("/").text


def test_what_is_known_from_before_the_start_is_shown(world):
    """Open events that the store remembers stand there while their source waits."""
    source = world.watch("crm", "imports")
    world.see(source, Observation("7", "import", "Nightly"))
    known = world.board.record_of(source).known
    world.board.unwatch(source)
    world.board.watch(Target("crm", "crm", None), "imports", stale_after=300.0, known=known)
    text = world.get("/").text
    assert "Nightly" in text
    assert "not confirmed since the daemon started" in text
    assert "1 source has not been asked yet" in text


@pytest.mark.parametrize("path", ["/", "/targets/crm"])
def test_the_notice_goes_with_the_first_probe(world, path):
    """However that ended."""
    world.fail(world.watch("crm", "imports"), Outcome.TIMEOUT)
    assert "asked yet" not in world.get(path).text


@pytest.mark.parametrize("path", ["/", "/targets/legacy"])
def test_what_can_not_be_watched_does_not_wait(world, path):
    """It is not promised to be asked, and it is not said that nothing is wrong."""
    world.watch("legacy", "imports")
    text = world.get(path, unwatched=lambda: [("legacy", "its plugin was refused")]).text
    assert "nothing is wrong" not in text
    assert "Nothing is going on, as far as could be seen." in text


def test_without_a_target_the_page_says_what_to_do(world):
    """And does not claim that nothing goes on."""
    text = world.get("/").text
    assert "Add one to the configuration and reload the daemon." in text
    assert "<p>Nothing is going on.</p>" not in text

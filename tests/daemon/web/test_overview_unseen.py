"""What could not be asked is told by target, each cause once: on the overview and beside it."""

from __future__ import annotations

import re

import pytest

from syseventd.model import Outcome, Problem

REFUSED = "http://crm.example.com/api/v1/{} refused the login: wrong password"


def lines(reply, css: str = "bad") -> list[str]:
    """The text of each item of the notices of this colour, without tags."""
    notices = reply.text.partition('<ul class="notices">')[2].partition("</section>")[0]
    boxes = re.split(r'<li class="(\w+)">', notices)
    inner = "".join(
        text for name, text in zip(boxes[1::2], boxes[2::2], strict=True) if name == css
    )
    items = re.findall(r"<li>(.*?)</li>", inner, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", "", item).split()) for item in items]


def told(reply) -> str:
    """The notices that lead a page, without tags."""
    notices = reply.text.partition('<ul class="notices">')[2].partition("</section>")[0]
    return " ".join(re.sub(r"<[^>]+>", "", notices).split())


def fail(world, target: str, *sources: str, reason: str = REFUSED, answered: bool = True) -> None:
    """Let sources of a target fail, each with its name in the reason."""
    for name in sources:
        source = world.watch(target, name)
        if answered:
            world.see(source)
        world.fail(source, Outcome.UNAUTHORIZED, reason.format(name))


def test_a_target_is_one_line_however_many_of_its_sources_fail(world):
    """Every broken target is seen, and a cause is told once, whatever address was asked."""
    fail(world, "a", "imports", "saint", "tenant")
    fail(world, "b", "imports", "saint")
    assert lines(world.get("/")) == [
        f"{name}: unauthorized since 06:33 +00:00: http://crm.example.com refused the login: "
        f"wrong password (all {count} sources)"
        for name, count in (("a", 3), ("b", 2))
    ]


def test_how_much_of_a_target_is_lost_is_told(world):
    """Against all that could be asked; and which of the rest could not be read in full."""
    fail(world, "crm", "imports", "saint")
    world.see(world.watch("crm", "licences"))
    world.see(world.watch("crm", "installation"), problems=(Problem("row 3", "has no key"),))
    world.fail(world.watch("crm", "metered"), Outcome.NOT_AVAILABLE)
    [line] = lines(world.get("/"))
    assert line.endswith("wrong password (2 of 4 sources; installation in part)")


def test_a_single_source_is_named(world):
    """With the whole reason: there is no other to differ from."""
    fail(world, "crm", "saint")
    [line] = lines(world.get("/"))
    assert line.endswith(f"since 06:33 +00:00: {REFUSED.format('saint')} (saint)")


@pytest.mark.parametrize(
    ("others", "words"), [(1, "and 1 other reason"), (2, "and 2 other reasons")]
)
def test_the_commonest_of_several_causes_is_told(world, others, words):
    """However late it comes; of the others their number."""
    for number in range(others):
        fail(world, "crm", f"odd-{number}", reason="no {}")
    fail(world, "crm", "imports", "saint")
    [line] = lines(world.get("/"))
    assert f"refused the login: wrong password ({words}) (all " in line


def test_ten_targets_are_named_and_the_others_are_one_click_away(world):
    """The rest leads to the list of all targets."""
    for number in range(12):
        fail(world, f"crm-{number:02}", "imports", "saint")
    reply = world.get("/")
    assert [line[:6] for line in lines(reply)] == [*(f"crm-{n:02}" for n in range(10)), "and 2 "]
    assert '<li><a href="#targets">and 2 more</a></li>' in reply.text


def test_those_that_fail_for_longest_lead(world):
    """The order is that in which they broke."""
    fail(world, "b", "imports")
    world.now += 60
    fail(world, "a", "imports")
    assert [line[0] for line in lines(world.get("/"))] == ["b", "a"]


def test_what_never_answered_since_the_start_fails_for_at_least_so_long(world):
    """Nobody knows what was before: in the heading, of the target, and on its page, twice."""
    fail(world, "crm", "imports", answered=False)
    overview, page = world.get("/", "/targets/crm")
    assert told(overview).count("since at least 06:33 +00:00") == 2
    assert "imports could not be asked since at least 06:33 +00:00: unauthorized" in told(page)
    assert page.text.count("<small>at least</small>") == 1


def test_what_answered_before_fails_since_then(world):
    """To the minute."""
    fail(world, "crm", "imports")
    overview, page = world.get("/", "/targets/crm")
    assert "at least" not in overview.text + page.text
    assert "sedan 06:33 +00:00" in told(world.get("/?lang=sv"))


def test_a_paused_target_is_named_with_its_reason(world):
    """It said so itself: where it is on the overview, and which of its sources on its page."""
    world.fail(world.watch("erp", "imports"), Outcome.PAUSED, "tenant in maintenance")
    for source in ("imports", "saint"):
        world.fail(world.watch("crm", source), Outcome.PAUSED, "upgrade")
    world.see(world.watch("crm", "licences"))
    overview, erp, crm = world.get("/", "/targets/erp", "/targets/crm")
    assert lines(overview, "warn") == [
        "crm is paused: upgrade (2 of 3 sources)",
        "erp is paused: tenant in maintenance (imports)",
    ]
    assert told(erp) == "imports is paused: tenant in maintenance"
    assert told(crm) == "imports, saint are paused: upgrade"


def test_more_paused_targets_than_are_named_are_counted(world):
    """As with those that fail."""
    for number in range(11):
        world.fail(world.watch(f"crm-{number:02}", "imports"), Outcome.PAUSED, "upgrade")
    reply = world.get("/")
    assert lines(reply, "warn")[-1] == "and 1 more"
    assert '<a href="#targets">and 1 more</a>' in reply.text


def test_a_targets_page_tells_one_cause_in_one_sentence(world):
    """It names the sources, and another cause has a sentence of its own."""
    fail(world, "crm", "odd", reason="no {}")
    fail(world, "crm", "imports", "saint")
    notices = told(world.get("/targets/crm"))
    assert notices == (
        "imports, saint could not be asked since 06:33 +00:00: unauthorized: "
        "http://crm.example.com refused the login: wrong password "
        "odd could not be asked since 06:33 +00:00: unauthorized: no odd"
    )


@pytest.mark.parametrize("path", ["/", "/targets/crm"])
def test_a_failure_without_words_has_its_outcome(world, path):
    """A reason that is empty leaves no colon behind."""
    fail(world, "crm", "imports", reason="")
    assert re.search(r"unauthorized( since 06:33 \+00:00 \(imports\))?$", told(world.get(path)))


def test_hostile_words_are_escaped(world):
    """Names and reasons are strangers'."""
    fail(world, "crm", "imports", "<i>saint", reason="<b>no")
    for path in ("/", "/targets/crm"):
        reply = world.get(path)
        assert "&lt;b&gt;no" in reply.text
        assert "<i>" not in reply.text
        assert "<b>no" not in reply.text

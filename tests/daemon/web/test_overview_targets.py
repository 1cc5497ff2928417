"""The overview's list of targets: trouble first, and bounded."""

from __future__ import annotations

import re

from syseventd.interface import EventKind, Severity
from syseventd.model import Expiry, Observation, Outcome

DAY = 86400.0


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


def test_the_target_with_the_worst_event_comes_first(world):
    """Of those that can be asked."""
    world.kinds["down"] = EventKind("down", "Down", severity=Severity.CRITICAL)
    world.kinds["import"] = EventKind("import", "Import", severity=Severity.INFO)
    for name, kinds in (("a", ["import"]), ("b", []), ("c", ["import", "down"]), ("d", ["x"])):
        world.see(world.watch(name, "imports"), *(Observation(k, k, k) for k in kinds))
    world.fail(world.watch("z", "imports"), Outcome.TIMEOUT)
    text = world.get("/").section("targets")
    assert re.findall(r'href="./targets/(\w)">\w</a>', text) == ["z", "c", "d", "a", "b"]
    assert '<span class="state critical">critical</span> 2</td>' in text


def test_a_paused_target_with_a_critical_event_comes_before_healthy_ones(world):
    """But behind those that can't be asked: a pause is no trouble of its own."""
    world.kinds["down"] = EventKind("down", "Down", severity=Severity.CRITICAL)
    for name in ("a", "b", "p", "z"):
        events = [Observation("1", "down", "Down")] if name in "pz" else []
        world.see(world.watch(name, "imports"), *events)
    world.fail(world.watch("q", "imports"), Outcome.PAUSED)
    world.fail(world.watch("p", "saint"), Outcome.PAUSED)
    world.fail(world.watch("y", "imports"), Outcome.TIMEOUT)
    text = world.get("/").section("targets")
    names = re.findall(r'href="./targets/(\w)">\w</a>', text)
    assert names == ["y", "p", "z", "q", "a", "b"]


def test_targets_that_can_not_be_asked_lead_the_list(world):
    """The list of targets starts with trouble, then goes by name."""
    for name in ("b", "a"):
        world.see(world.watch(name, "imports"))
    world.fail(world.watch("z", "imports"), Outcome.TIMEOUT)
    world.fail(world.watch("m", "imports"), Outcome.NOT_AVAILABLE)
    names = re.findall(r'href="./targets/(\w)">\w</a>', world.get("/").section("targets"))
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
    assert "13 of 1,000 targets could not be asked" in reply.said
    assert "and 3 more" in reply.said
    assert len(reply.text) < 150_000

"""The overview's notices: what could not be seen, and why."""

from __future__ import annotations

import re

from syseventd.model import Outcome, Problem


def test_nothing_configured_is_said(world):
    """A page without targets says that nothing is watched."""
    assert "nothing is watched" in world.get("/").said


def test_all_seen_is_said(world):
    """When every source answers, the first line says so."""
    world.see(world.watch("crm", "imports"))
    assert world.get("/").said.startswith("Overview The one target answers.")


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
        world.get("/").said,
    )


def test_a_target_that_answers_in_part_is_told_so(world):
    """A target of which only one source fails could not be asked in full."""
    world.see(world.watch("crm", "imports"))
    world.fail(world.watch("crm", "saint"), Outcome.UNREACHABLE, "no route to host")
    text = world.get("/").said
    assert "1 of 1 targets could not be asked in full" in text
    assert "no route to host" in text


def test_store_trouble_is_told(world):
    """A store that can't be written is told with its reason."""
    world.board.store_trouble = "the disk is full"
    assert "nothing new is shown: the disk is full" in world.get("/").said


def test_a_store_that_can_not_be_written_is_told_once(world):
    """That the daemon is not ready for that reason is the same fact; another reason is not."""
    world.board.store_trouble = "the disk is full"
    reason = "the store can't be written: the disk is full"
    text = world.get("/", ready=lambda: reason).said
    assert text.count("the disk is full") == 1
    assert "Not ready" not in text
    assert "Not ready: stopping" in world.get("/", ready=lambda: "stopping").said


def test_one_outcome_is_not_counted_again(world):
    """How many targets have it stands there already; of several outcomes each has its count."""
    world.see(world.watch("ok", "imports"))
    world.fail(world.watch("a", "imports"), Outcome.UNREACHABLE)
    text = world.get("/").said
    assert ": unreachable a : unreachable since at least" in text
    assert "(1)" not in text
    world.fail(world.watch("b", "imports"), Outcome.TIMEOUT)
    assert "unreachable (1), timeout (1)" in world.get("/").said


def test_not_ready_is_told(world):
    """Why the daemon is not ready stands on the page too."""
    assert "Not ready: starting" in world.get("/", ready=lambda: "starting").said


def test_refused_plugins_are_told(world):
    """A refused plugin is named with its reason."""
    text = world.get("/", refused=[("oldcrm", "it can't be imported")]).said
    assert "1 plugin was refused: oldcrm: it can't be imported" in text


def test_unwatched_targets_are_told(world):
    """A target that can't be watched is named with its reason."""
    text = world.get("/", unwatched=lambda: [("legacy", "its plugin was refused")]).said
    assert "1 configured target can't be watched: legacy: its plugin was refused" in text


def test_an_unwatched_target_is_not_counted_as_not_asked_yet(world):
    """What can't be asked at all is not promised to be asked soon."""
    world.watch("legacy", "imports")
    text = world.get("/", unwatched=lambda: [("legacy", "its plugin was refused")]).said
    assert "source has not been asked yet" not in text


def test_sources_that_wait_are_told(world):
    """Sources that were not asked yet, and paused ones, are counted."""
    world.watch("crm", "saint")
    world.fail(world.watch("crm", "imports"), Outcome.PAUSED, "upgrade")
    text = world.get("/").said
    assert "1 source has not been asked yet" in text
    assert "crm is paused: upgrade" in text


def test_what_could_not_be_read_is_told(world):
    """Problems of a snapshot are counted by source, with the first one."""
    problem = Problem("/etc/ssl/a.pem", "holds no certificate")
    world.see(world.watch("host", "certificates"), problems=(problem, problem))
    text = world.get("/").said
    assert "2 problems, /etc/ssl/a.pem: holds no certificate" in text


def test_simulated_targets_are_named(world):
    """Simulated data is labelled where everything is shown together."""
    world.see(world.watch("demo", "imports"), facts={"simulated": "yes"})
    assert "Simulated data : demo" in world.get("/").said


def test_more_simulated_targets_than_are_named_are_counted(world):
    """The banner does not grow without end."""
    for number in range(12):
        world.see(world.watch(f"demo-{number:02}", "imports"), facts={"simulated": "yes"})
    assert "demo-09 and 2 more" in world.get("/").said

"""What the sources of an installation know of each other: who can look, and what was missed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from syseventd import NotAvailable, Observation, Paused, Unreachable
from syseventd.scheduling.pace import DAY
from syseventd_superoffice.witnesses import PATIENCE, PROMPT, REMEMBERED, Witnesses

ROW, TASK = (
    Observation("freetext-rebuild", "freetext-rebuild", mark, marks=frozenset({mark}))
    for mark in ("system-event:342", "task:628")
)


class Watch:
    """Witnesses with a clock that a test turns."""

    def __init__(self, *sources: str) -> None:
        self.now = 1000.0
        self.witnesses = Witnesses(lambda: self.now)
        for source in sources:
            self.witnesses.switch_on(source, 60.0)

    def fail(self, source: str, error: BaseException) -> None:
        async def asking() -> None:
            raise error

        with pytest.raises(type(error)):
            asyncio.run(self.witnesses.look(source, asking()))


def test_a_source_is_remembered_until_it_was_asked_again_and_little_longer() -> None:
    """What is not available is asked for again after a day; a right may be missing for ever."""
    assert DAY < REMEMBERED <= DAY + 2 * 3600


ERRORS = [
    NotAvailable("no licence"),
    Unreachable("crm", "refused"),
    Paused("maintenance"),
    asyncio.CancelledError(),
]


def test_an_answer_is_handed_through() -> None:
    """Looking changes nothing in what was asked."""

    async def asking() -> int:
        return 7

    assert asyncio.run(Watch().witnesses.look("imports", asking())) == 7


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_who_does_not_answer_can_not_look(error: BaseException) -> None:
    """Until it answers again; what it saw last is spared meanwhile."""
    watch = Watch("system-events", "imports")
    watch.witnesses.report("imports", (TASK,))
    watch.fail("imports", error)
    assert not watch.witnesses.can_look("imports")
    assert watch.witnesses.seen("imports") == (TASK,)
    assert "task:628" in watch.witnesses.report("system-events", ()).unseen
    watch.witnesses.report("imports", ())
    assert watch.witnesses.can_look("imports")
    assert watch.witnesses.report("system-events", ()).unseen == frozenset()


@pytest.mark.parametrize(
    ("interval", "relied_on"), [(None, True), (PROMPT, True), (PROMPT + 1, False)]
)
def test_what_is_asked_seldom_is_not_relied_on(interval: float | None, relied_on: bool) -> None:
    """What was seen an hour ago says little of now."""
    watch = Watch()
    watch.witnesses.switch_on("system-events", interval)
    assert not watch.witnesses.can_look("system-events")
    watch.witnesses.report("system-events", ())
    assert watch.witnesses.can_look("system-events") is relied_on


def test_who_is_switched_off_can_not_look() -> None:
    """Nobody waits for it, nor counts on it."""
    watch = Watch("imports")
    assert not watch.witnesses.can_look("system-events")
    assert watch.witnesses.report("imports", ()).unseen_under == ()


@pytest.mark.parametrize("error", ERRORS[:2], ids=lambda error: type(error).__name__)
def test_what_was_seen_is_spared_for_a_day(error: BaseException) -> None:
    """After that the word of those who can look holds: a right may be missing for ever."""
    watch = Watch("system-events", "imports")
    watch.witnesses.report("imports", (TASK,))
    watch.fail("imports", error)
    watch.now += REMEMBERED
    watch.fail("imports", error)
    assert "task:628" in watch.witnesses.report("system-events", ()).unseen
    watch.now += 1
    assert watch.witnesses.report("system-events", ()).unseen == frozenset()


def test_what_it_would_see_is_spared_for_a_day_after_a_start() -> None:
    """A daemon that starts while a source fails does not know what that saw before."""
    watch = Watch("system-events", "imports")
    watch.fail("imports", ERRORS[1])
    assert watch.witnesses.report("system-events", ()).unseen_under == ("task:",)
    watch.now += REMEMBERED + 1
    assert watch.witnesses.report("system-events", ()).unseen_under == ()


def test_a_source_that_is_asked_late_is_no_longer_waited_for() -> None:
    """First runs come within a minute; whatever hangs must not silence the others."""
    watch = Watch("freetext", "system-events")
    assert watch.witnesses.report("system-events", (ROW,)).observations == ()
    watch.now += PATIENCE + 1
    [told] = watch.witnesses.report("system-events", (ROW,)).observations
    assert told.marks == ROW.marks
    [told] = watch.witnesses.report("freetext", ()).observations
    assert told.marks == ROW.marks
    assert watch.witnesses.report("system-events", (ROW,)).observations == ()


@pytest.mark.parametrize("name", ["freetext-rebuild", "system-event:342"])
def test_a_row_that_can_not_be_read_is_there(name: str) -> None:
    """Named by its key or its number, it is spared by the others as long as it is listed."""
    watch = Watch("freetext", "system-events")
    watch.witnesses.report("system-events", (ROW,))
    for _ in range(3):
        watch.now += REMEMBERED
        watch.witnesses.report("system-events", (), frozenset({name}))
        assert "system-event:342" in watch.witnesses.report("freetext", ()).unseen
    watch.witnesses.report("system-events", (), frozenset({"another"}))
    assert "system-event:342" not in watch.witnesses.report("freetext", ()).unseen


def test_a_list_that_is_cut_off_ends_nothing_for_the_others() -> None:
    """What it does not show may follow; what it shows counts as seen."""
    watch = Watch("freetext", "system-events")
    watch.witnesses.report("system-events", (ROW,))
    watch.witnesses.report("system-events", (), complete=False)
    share = watch.witnesses.report("freetext", ())
    assert share.observations == ()
    assert "system-event:342" in share.unseen
    watch.witnesses.report("system-events", (ROW,), complete=False)
    assert len(watch.witnesses.report("freetext", ()).observations) == 1


def test_a_list_that_is_cut_off_for_a_day_hides_nothing_more() -> None:
    """As with a source that can't look: after that, what it shows is taken for all there is."""
    watch = Watch("freetext", "system-events")
    watch.witnesses.report("system-events", (ROW,))
    for _ in range(2):
        watch.now += REMEMBERED / 2 + 1
        watch.witnesses.report("system-events", (), complete=False)
    assert watch.witnesses.report("freetext", ()).unseen == frozenset()


def test_a_list_that_was_never_seen_whole_may_show_anything() -> None:
    """After a start, what is cut off may hold whatever was known before."""
    watch = Watch("freetext", "system-events")
    watch.witnesses.report("system-events", (ROW,), complete=False)
    assert watch.witnesses.report("freetext", ()).unseen_under == ("system-event:",)
    watch.fail("system-events", ERRORS[1])
    assert watch.witnesses.report("freetext", ()).unseen_under == ("system-event:",)
    watch.witnesses.report("system-events", (ROW,))
    assert watch.witnesses.report("freetext", ()).unseen_under == ()


def test_whether_others_may_see_the_same() -> None:
    """They see it, or did when they could last look; or nobody has asked them yet."""
    watch = Watch("freetext", "system-events", "imports")
    witnesses = watch.witnesses
    witnesses.report("imports", (TASK,))
    assert witnesses.others_may_see("imports", "task:628")
    witnesses.report("freetext", ())
    witnesses.report("system-events", (ROW,))
    witnesses.report("imports", (TASK,))
    assert witnesses.others_may_see("imports", "task:628")
    watch.fail("system-events", ERRORS[1])
    assert witnesses.others_may_see("imports", "task:628")
    witnesses.report("system-events", ())
    assert not witnesses.others_may_see("imports", "task:628")
    assert not witnesses.others_may_see("imports", "task:629")


def test_a_source_that_nobody_switched_on_tells_what_it_sees() -> None:
    """As where one source is made by hand."""
    witnesses: Any = Witnesses()
    [told] = witnesses.report("imports", (TASK,)).observations
    assert told.marks == TASK.marks

"""The board shows the present: what is open, what holds, and which sources can be asked."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

import pytest

from syseventd import lifecycle
from syseventd.board import STALE_WAITS, Board, SourceRecord, SourceState, unseen_summary
from syseventd.model import (
    Expiry,
    Known,
    Observation,
    Outcome,
    ProbeResult,
    Problem,
    Snapshot,
    SourceId,
    Step,
    Target,
)

CRM = Target("crm", "superoffice", settings=None)
HOST = Target("host", "certificates", settings=None)
IMPORTS = SourceId("crm", "imports")


class Shown:
    """A board, and what its sources see."""

    def __init__(self) -> None:
        self.board = Board()
        self.ids = count(1)

    def watch(self, target: Target = CRM, source: str = "imports") -> SourceRecord:
        return self.board.watch(target, source, stale_after=60.0)

    def sees(self, record: SourceRecord, now: float, *keys: str, **snapshot: Any) -> None:
        observations = tuple(Observation(key, "import", f"Import {key}") for key in keys)
        seen = Snapshot(observations, **snapshot)
        advance = lifecycle.advance(record.known, seen, now, self.ids)
        self.board.publish(advance, seen, ProbeResult(Outcome.OK, now, 0.1, seen), now)

    def ends(self, record: SourceRecord, now: float, outcome: Outcome, reason: str = "why") -> None:
        self.board.record(record.source, ProbeResult(outcome, now, 0.1, reason=reason), now)


@pytest.fixture
def shown() -> Shown:
    return Shown()


def test_a_source_is_new_until_it_was_asked(shown: Shown) -> None:
    """It has neither an outcome nor anything to show."""
    record = shown.watch()
    assert record.state is SourceState.NEW
    assert (record.outcome, record.last_success, record.probes) == (None, None, 0)
    assert not record.fresh(0.0)
    assert list(shown.board.events()) == []


def test_a_source_begins_with_what_the_store_knows(shown: Shown) -> None:
    """After a restart events and dates are there before the first probe."""
    known = Known(IMPORTS, expiries=(Expiry("licence", "Sales", 5.0),))
    record = shown.board.watch(CRM, "imports", 60.0, known)
    assert record.known is known
    assert list(shown.board.expiries()) == [(IMPORTS, Expiry("licence", "Sales", 5.0))]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_each_outcome_is_a_state(outcome: Outcome) -> None:
    """Whatever is a failure is failing; the rest has a state of its own."""
    state = SourceState.after(outcome)
    assert (state is SourceState.FAILING) is outcome.failed
    assert state is not SourceState.NEW


def test_what_was_seen_is_shown(shown: Shown) -> None:
    """Events, the snapshot, its problems, and that the source answered."""
    record = shown.watch()
    shown.sees(record, 100.0, "a", "b", problems=(Problem("c", "unreadable"),))
    assert [event.observation.key for event in shown.board.events()] == ["a", "b"]
    assert record.problems == (Problem("c", "unreadable"),)
    assert record.snapshot is not None
    assert (record.state, record.since, record.last_success) == (SourceState.OK, 100.0, 100.0)
    assert (record.probes, record.version, record.outcome) == (1, 1, Outcome.OK)


def test_what_the_lifecycle_found_wrong_is_a_problem_too(shown: Shown) -> None:
    """Duplicates stand beside what the source could not read."""
    record = shown.watch()
    shown.sees(record, 100.0, "a", "a", problems=(Problem("c", "unreadable"),))
    assert [problem.where for problem in record.problems] == ["c", "a"]


def test_a_failed_probe_touches_health_alone(shown: Shown) -> None:
    """What was seen last stays, with the time at which it was seen."""
    record = shown.watch()
    shown.sees(record, 100.0, "a", expiries=(Expiry("licence", "Sales", 5.0),))
    known, snapshot = record.known, record.snapshot
    shown.ends(record, 110.0, Outcome.TIMEOUT, "no answer within 5 s")
    assert record.known is known
    assert record.snapshot is snapshot
    assert record.last_success == 100.0
    assert (record.state, record.since) == (SourceState.FAILING, 110.0)
    assert (record.outcome, record.reason) == (Outcome.TIMEOUT, "no answer within 5 s")


def test_failures_are_counted_by_outcome(shown: Shown) -> None:
    """And what is no failure is not among them."""
    record = shown.watch()
    for outcome in (Outcome.TIMEOUT, Outcome.TIMEOUT, Outcome.ERROR, Outcome.PAUSED, Outcome.OK):
        shown.ends(record, 100.0, outcome)
    assert record.failures == {Outcome.TIMEOUT: 2, Outcome.ERROR: 1}
    assert (record.probes, record.version) == (5, 5)


def test_a_state_holds_since_it_began(shown: Shown) -> None:
    """Another failure in a row does not begin it anew, a recovery ends it."""
    record = shown.watch()
    since = []
    for now, outcome in (
        (1.0, Outcome.TIMEOUT),
        (2.0, Outcome.UNREACHABLE),
        (3.0, Outcome.OK),
        (4.0, Outcome.OK),
        (5.0, Outcome.PAUSED),
    ):
        shown.ends(record, now, outcome)
        since.append((record.state, record.since))
    assert since == [
        (SourceState.FAILING, 1.0),
        (SourceState.FAILING, 1.0),
        (SourceState.OK, 3.0),
        (SourceState.OK, 3.0),
        (SourceState.PAUSED, 5.0),
    ]


def test_steps_are_counted_by_kind(shown: Shown) -> None:
    """From the moment on which the daemon started."""
    record = shown.watch()
    shown.sees(record, 1.0, "a", "b")
    shown.sees(record, 2.0, "a")
    assert record.steps == {("import", Step.STARTED): 2, ("import", Step.ENDED): 1}


def test_a_measurement_is_fresh_for_a_while(shown: Shown) -> None:
    """Up to the source's limit, and not a moment longer."""
    record = shown.watch()
    shown.sees(record, 100.0)
    assert record.fresh(160.0)
    assert not record.fresh(160.1)


def test_a_source_that_asked_for_a_long_wait_is_fresh_for_longer(shown: Shown) -> None:
    """It is not stale because it was left alone as it asked; a short wait makes nothing stale."""
    record = shown.watch()
    shown.sees(record, 100.0, ask_again=100.0)
    assert record.fresh(100.0 + STALE_WAITS * 100.0)
    assert not record.fresh(100.1 + STALE_WAITS * 100.0)
    shown.sees(record, 1000.0, ask_again=1.0)
    assert record.fresh(1060.0)


def test_news_come_with_transitions_alone(shown: Shown) -> None:
    """Who waits is woken by a step, not by a probe that saw nothing new."""

    async def wait() -> None:
        record = shown.watch()
        first = asyncio.create_task(shown.board.news())
        second = asyncio.create_task(shown.board.news())
        await asyncio.sleep(0)
        shown.sees(record, 1.0)
        shown.ends(record, 2.0, Outcome.ERROR)
        await asyncio.sleep(0)
        assert not first.done()
        shown.sees(record, 3.0, "a")
        await asyncio.wait_for(asyncio.gather(first, second), 5.0)

    asyncio.run(wait())


def test_old_news_are_no_news(shown: Shown) -> None:
    """Who comes later waits for the next."""

    async def wait() -> None:
        shown.board.wake()
        later = asyncio.create_task(shown.board.news())
        await asyncio.sleep(0)
        assert not later.done()
        shown.board.wake()
        await asyncio.wait_for(later, 5.0)

    asyncio.run(wait())


def test_records_come_in_the_order_in_which_they_are_watched(shown: Shown) -> None:
    """All of them, or one target's."""
    shown.watch(CRM, "imports")
    shown.watch(HOST, "certificates")
    shown.watch(CRM, "licences")
    assert [str(record.source) for record in shown.board.records()] == [
        "crm/imports",
        "host/certificates",
        "crm/licences",
    ]
    assert [r.source.source for r in shown.board.records("crm")] == ["imports", "licences"]
    assert shown.board.records("nowhere") == []
    assert list(shown.board.targets.values()) == [CRM, HOST]
    assert shown.board.record_of(IMPORTS).source == IMPORTS


def test_events_and_dates_of_one_target_alone(shown: Shown) -> None:
    """Readers ask for one target or for all."""
    crm, host = shown.watch(), shown.watch(HOST, "certificates")
    shown.sees(crm, 1.0, "a")
    shown.sees(host, 1.0, "b", expiries=(Expiry("certificate", "x", 5.0),))
    assert [event.observation.key for event in shown.board.events("host")] == ["b"]
    assert [event.observation.key for event in shown.board.events()] == ["a", "b"]
    assert list(shown.board.expiries("crm")) == []
    assert [source.target for source, _ in shown.board.expiries()] == ["host"]


def test_the_newest_events_of_one_target(shown: Shown) -> None:
    """Over its sources, those that were seen last, and no more than asked for."""
    imports, saint, host = shown.watch(), shown.watch(CRM, "saint"), shown.watch(HOST, "files")
    shown.sees(imports, 1.0, "a")
    shown.sees(saint, 2.0, "b", "c", "d")
    shown.sees(imports, 3.0, "a", "e")
    shown.sees(host, 4.0, "f")
    for most, keys in ((2, "ed"), (4, "edcb"), (9, "edcba")):
        newest = shown.board.newest_events("crm", most)
        assert [event.observation.key for event in newest] == list(keys)


def test_what_is_no_longer_watched_is_no_longer_shown(shown: Shown) -> None:
    """A target goes with its last source."""
    shown.watch(CRM, "imports")
    shown.watch(CRM, "licences")
    shown.board.unwatch(IMPORTS)
    assert list(shown.board.targets) == ["crm"]
    assert [str(record.source) for record in shown.board.records()] == ["crm/licences"]
    with pytest.raises(KeyError):
        shown.board.record_of(IMPORTS)
    shown.board.unwatch(SourceId("crm", "licences"))
    assert shown.board.targets == {}
    assert shown.board.records("crm") == []


def test_a_view_is_one_targets_present(shown: Shown) -> None:
    """Its open events, and the newest snapshot of each source that has one."""
    imports = shown.watch()
    shown.watch(CRM, "licences")
    shown.sees(shown.watch(HOST, "certificates"), 1.0, "elsewhere")
    shown.sees(imports, 1.0, "a")
    view = shown.board.view("crm")
    assert view.target is CRM
    assert [event.observation.key for event in view.events] == ["a"]
    assert view.snapshots == {"imports": imports.snapshot}


def test_there_is_no_view_of_an_unknown_target(shown: Shown) -> None:
    """As KeyError, which its reader turns into a page that says so."""
    with pytest.raises(KeyError):
        shown.board.view("nowhere")


def test_nothing_unseen_is_a_summary_of_nothing(shown: Shown) -> None:
    """Sources that were never asked, or lack something, can be seen."""
    shown.ends(shown.watch(), 1.0, Outcome.NOT_AVAILABLE)
    shown.watch(HOST, "certificates")
    assert unseen_summary(shown.board.records()) == (0, None, {})


def test_unseen_targets_are_counted_once_with_one_reason(shown: Shown) -> None:
    """However many of its sources fail; since the first of all failures."""
    shown.ends(shown.watch(CRM, "imports"), 20.0, Outcome.UNREACHABLE)
    shown.ends(shown.watch(CRM, "licences"), 10.0, Outcome.TIMEOUT)
    shown.ends(shown.watch(HOST, "certificates"), 30.0, Outcome.TIMEOUT)
    assert unseen_summary(shown.board.records()) == (2, 10.0, {"unreachable": 1, "timeout": 1})


def test_steps_of_kinds_that_no_plugin_declared_are_counted_together() -> None:
    """Their names are a plugin's text: they must not be kept without end."""
    board = Board(kinds={"import"})
    board.watch(CRM, "imports", stale_after=60.0)
    seen = Snapshot(tuple(Observation(k, k, "n") for k in ("import", "one", "two")))
    record = board.record_of(IMPORTS)
    step = lifecycle.advance(record.known, seen, 1000.0, count(1))
    board.publish(step, seen, ProbeResult(Outcome.OK, 1000.0, 0.1, seen), 1000.0)
    assert record.steps == {("import", Step.STARTED): 1, ("other", Step.STARTED): 2}

"""What is kept from scrape to scrape is never wrong: a state machine against a fresh writer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from syseventd.metrics import Format, exposition
from syseventd.metrics.exposition import MANY
from syseventd.model import (
    Expiry,
    Measurement,
    Meter,
    Observation,
    Outcome,
    Seats,
    Snapshot,
    SourceId,
)

SOURCES = [SourceId(target, source) for target in ("crm", "host") for source in ("a", "b")]
names = st.sampled_from(["x", "y", 'z"\\\n', "\ud800"])
observations = st.builds(
    Observation,
    key=names,
    kind=st.sampled_from(["import", "invented"]),
    name=st.just("n"),
    scope=st.sampled_from(["", "s"]),
    activated_at=st.none() | st.sampled_from([1.0, 100.0]),
    expected_end=st.none() | st.just(200.0),
    progress=st.none() | st.sampled_from([0.25, 0.5]),
)
expiries = st.builds(
    Expiry,
    kind=st.sampled_from(["licence", "certificate"]),
    name=names,
    at=st.sampled_from([1.0, 2.0, float("inf")]),
    not_before=st.none() | st.just(0.5),
    subject=st.sampled_from(["", "CN=x"]),
)
seats = st.builds(
    Seats,
    owner=names,
    licence=names,
    used=st.none() | st.integers(0, 2),
    limit=st.none() | st.just(5),
)
meters = st.builds(Meter, name=names, used=st.floats(0, 2), threshold=st.none() | st.just(5.0))
measurements = st.builds(
    Measurement,
    name=st.sampled_from(["index_words", "queue_seconds", "undeclared"]),
    value=st.sampled_from([1.0, 2.0]),
    part=names,
)


def few(of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, max_size=3).map(tuple)


snapshots = st.builds(
    Snapshot,
    observations=few(observations),
    expiries=few(expiries),
    seats=few(seats),
    meters=few(meters),
    measurements=few(measurements),
    facts=st.sampled_from([{}, {"version": "1"}, {"version": "2"}]),
    complete=st.booleans(),
)
sources = st.sampled_from(SOURCES)
forms = st.sampled_from(list(Format))


class Scrapes(RuleBasedStateMachine):
    """Everything that happens to a board, while scrapes come, pause and are given up."""

    new_world: Any = None

    @initialize(limit=st.sampled_from([4, 10**6]))
    def begin(self, limit: int) -> None:
        self.world = self.new_world(max_series=limit)
        self.watched = set(SOURCES[:2])
        for source in self.watched:
            self.world.watch(*source)
        self.dropped: Counter[str] = Counter()
        self.under_way: list[Iterator[bytes]] = []

    @rule(source=sources)
    def watch(self, source: SourceId) -> None:
        if source not in self.watched:
            self.world.watch(*source)
            self.watched.add(source)

    @precondition(lambda self: self.watched)
    @rule(data=st.data())
    def unwatch(self, data: st.DataObject) -> None:
        source = data.draw(st.sampled_from(sorted(self.watched)))
        self.world.board.unwatch(source)
        self.watched.remove(source)

    @precondition(lambda self: self.watched)
    @rule(data=st.data(), snapshot=snapshots)
    def see(self, data: st.DataObject, snapshot: Snapshot) -> None:
        self.world.publish(data.draw(st.sampled_from(sorted(self.watched))), snapshot)

    @precondition(lambda self: self.watched)
    @rule(data=st.data())
    def see_the_same(self, data: st.DataObject) -> None:
        source = data.draw(st.sampled_from(sorted(self.watched)))
        self.world.publish(source, self.world.board.record_of(source).snapshot or Snapshot())

    @precondition(lambda self: self.watched)
    @rule(data=st.data(), outcome=st.sampled_from(sorted(set(Outcome) - {Outcome.OK})))
    def fail(self, data: st.DataObject, outcome: Outcome) -> None:
        self.world.end(data.draw(st.sampled_from(sorted(self.watched))), outcome)

    @precondition(lambda self: self.watched)
    @rule(data=st.data())
    def grow_stale(self, data: st.DataObject) -> None:
        self.world.age(data.draw(st.sampled_from(sorted(self.watched))), 1000.0)

    @rule(form=forms, pieces=st.integers(1, 30))
    def begin_a_scrape(self, form: Format, pieces: int) -> None:
        scrape = self.world.exposition.pieces(form)
        self.under_way.append(scrape)
        for _ in range(pieces):
            next(scrape, None)

    @rule(steps=st.integers(1, 30))
    def prepare(self, steps: int) -> None:
        """To the end, or given up on the way."""
        preparing = self.world.exposition.prepare()
        for _ in range(steps):
            next(preparing, None)

    @precondition(lambda self: self.under_way)
    @rule(on=st.booleans())
    def end_a_scrape(self, on: bool) -> None:
        scrape = self.under_way.pop(0)
        before = self.world.dropped_series()
        for _ in scrape if on else ():
            pass
        # What it dropped depends on when it looked; only whole scrapes are compared below.
        for target, total in self.world.dropped_series().items():
            self.dropped[target] += total - before.get(target, 0)

    @invariant()
    def scrapes_are_as_if_nothing_were_kept(self) -> None:
        for form in Format:
            fresh, dropped = self.world.fresh_text(form)
            self.dropped.update(dropped)
            assert self.world.text(form) == fresh
            assert self.world.dropped_series() == self.dropped


@pytest.mark.parametrize("many", [1, 2, MANY])
def test_what_is_kept_is_never_wrong(
    new_world: Any, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After any change, also in the midst of other scrapes, a scrape is as a fresh writer's.

    Where all is kept, and where only what is long.
    """
    monkeypatch.setattr(exposition, "MANY", many)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        type("ScrapesOfWorlds", (Scrapes,), {"new_world": staticmethod(new_world)}),
        settings=settings(
            max_examples=50,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )

"""Whatever a source reports, in whatever order: the lifecycle agrees with a plain model of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from syseventd import lifecycle
from syseventd.model import (
    Advance,
    EndReason,
    Event,
    EventKey,
    Expiry,
    Known,
    Observation,
    Snapshot,
    SourceId,
    Step,
    Transition,
)

SOURCE = SourceId("crm", "imports")

KEYS = ("a", "b", "dir/a", "dir/b")

observations = st.builds(
    Observation,
    key=st.sampled_from(KEYS),
    kind=st.just("import"),
    name=st.just("Import"),
    scope=st.sampled_from(["", "db"]),
    status=st.sampled_from(["", "running", "stuck"]),
    activated_at=st.sampled_from([None, 0.0, 0.5, 50.0, 100.0]),
    progress=st.sampled_from([None, 0.0, 0.5]),
    heartbeat=st.sampled_from([None, 1.0, 2.0]),
)
expiries = st.builds(
    Expiry,
    kind=st.sampled_from(["licence", "grace"]),
    name=st.sampled_from(KEYS),
    at=st.sampled_from([1.0, 2.0]),
)
snapshots = st.builds(
    Snapshot,
    observations=st.lists(observations, max_size=6).map(tuple),
    expiries=st.lists(expiries, max_size=4).map(tuple),
    complete=st.sampled_from([True, True, True, False]),
    unseen=st.frozensets(st.sampled_from(KEYS), max_size=1),
    unseen_under=st.sampled_from([(), (), ("dir/",)]),
)


@dataclass
class Open:
    """What the model remembers of one open event."""

    start: float | None
    status: str
    progress: float | None


class Model:
    """The same rules, told in the plainest way: one key after another, field by field."""

    def __init__(self) -> None:
        self.open: dict[EventKey, Open] = {}
        self.dates: dict[tuple[str, str], float] = {}

    def takes(self, snapshot: Snapshot) -> Counter[tuple[EventKey, str]]:
        """Which steps this snapshot must cause, whatever their order."""
        steps: Counter[tuple[EventKey, str]] = Counter()
        reports: dict[EventKey, list[Observation]] = {}
        for observation in snapshot.observations:
            reports.setdefault(EventKey(observation.scope, observation.key), []).append(observation)
        for key, told in reports.items():
            start = next((o.activated_at for o in told if o.activated_at is not None), None)
            status = next((o.status for o in told if o.status), "")
            progress = next((o.progress for o in told if o.progress is not None), None)
            self._report(key, Open(start, status, progress), steps)
        for key in list(self.open):
            if key not in reports and not hidden(snapshot, key.key):
                del self.open[key]
                steps[key, "gone"] += 1
        self._take_dates(snapshot)
        return steps

    def _report(self, key: EventKey, now: Open, steps: Counter[tuple[EventKey, str]]) -> None:
        before = self.open.get(key)
        if before is None:
            steps[key, "started"] += 1
        elif None not in (before.start, now.start) and abs(before.start - now.start) >= 1:  # type: ignore[operator]
            steps[key, "replaced"] += 1
            steps[key, "started"] += 1
        else:
            now.start = now.start if before.start is None else before.start
            if now != before:
                steps[key, "changed"] += 1
        self.open[key] = now

    def _take_dates(self, snapshot: Snapshot) -> None:
        told: dict[tuple[str, str], float] = {}
        for expiry in snapshot.expiries:
            which = (expiry.kind, expiry.name)
            told[which] = min(expiry.at, told.get(which, expiry.at))
        kept = {which: at for which, at in self.dates.items() if hidden(snapshot, which[1])}
        self.dates = kept | told


def hidden(snapshot: Snapshot, name: str) -> bool:
    if not snapshot.complete or name in snapshot.unseen:
        return True
    return any(name[: len(under)] == under for under in snapshot.unseen_under)


def steps_of(transitions: tuple[Transition, ...]) -> Counter[tuple[EventKey, str]]:
    return Counter(
        (t.event.observation.identity, str(t.event.end_reason or t.step)) for t in transitions
    )


def replayed(stream: list[Transition]) -> dict[EventKey, Event]:
    """The open events, rebuilt from the record alone."""
    events: dict[EventKey, Event] = {}
    for transition in stream:
        key = transition.event.observation.identity
        if transition.step is Step.ENDED:
            assert events.pop(key).id == transition.event.id
        else:
            assert (key in events) is (transition.step is Step.CHANGED)
            events[key] = transition.event
    return events


def without_heartbeats(events: dict[EventKey, Event]) -> dict[EventKey, Event]:
    return {
        key: replace(event, observation=replace(event.observation, heartbeat=None))
        for key, event in events.items()
    }


class LifeOfASource(RuleBasedStateMachine):
    """One source that reports at random, under a clock that jumps."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: Iterator[int] = count(1)
        self.known = Known(SOURCE)
        self.model = Model()
        self.now = 1000.0
        self.stream: list[Transition] = []

    def _accept(self, advance: Advance) -> None:
        assert {t.at for t in advance.transitions} <= {self.now}
        self.known = advance.known
        self.stream += advance.transitions

    @rule(snapshot=snapshots)
    def report(self, snapshot: Snapshot) -> None:
        before = self.known
        advance = lifecycle.advance(before, snapshot, self.now, self.ids)
        assert steps_of(advance.transitions) == self.model.takes(snapshot)
        assert advance.renewed is (advance.known.expiries != before.expiries)
        if not snapshot.complete:
            assert EndReason.GONE not in {t.event.end_reason for t in advance.transitions}
        self._accept(advance)

    @rule(snapshot=snapshots)
    def report_twice(self, snapshot: Snapshot) -> None:
        """The same snapshot once more changes nothing, and says so by the same objects."""
        self.report(snapshot)
        again = lifecycle.advance(self.known, snapshot, self.now, self.ids)
        assert (again.transitions, again.renewed) == ((), False)
        assert again.known == self.known

    @rule(seconds=st.floats(-1e6, 1e6))
    def jump(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def fail(self) -> None:
        """A probe that saw nothing at all is as an empty snapshot that hides all."""
        self.report(Snapshot(complete=False))

    @rule()
    def restart(self) -> None:
        """What is not in the record is lost: nothing but heartbeats may be."""
        self.known = Known(SOURCE, replayed(self.stream), self.known.expiries)

    @rule()
    def unwatch(self) -> None:
        advance = lifecycle.unwatch(self.known, self.now, self.ids)
        assert steps_of(advance.transitions) == Counter((k, "unwatched") for k in self.model.open)
        self.model = Model()
        self._accept(advance)

    @invariant()
    def numbers_grow(self) -> None:
        numbers = [transition.id for transition in self.stream]
        assert numbers == sorted(set(numbers))

    @invariant()
    def each_event_starts_once_and_ends_at_most_once(self) -> None:
        lives: dict[int, list[Transition]] = {}
        for transition in self.stream:
            lives.setdefault(transition.event.id, []).append(transition)
        for number, (first, *later) in lives.items():
            assert (first.id, first.step) == (number, Step.STARTED)
            assert all(t.step is Step.CHANGED and t.changes for t in later[:-1])
            assert all(t.step is not Step.STARTED for t in later)
            assert {t.event.started_at for t in (first, *later)} == {first.at}

    @invariant()
    def what_is_open_is_what_the_model_has(self) -> None:
        assert {
            key: Open(e.observation.activated_at, e.observation.status, e.observation.progress)
            for key, e in self.known.events.items()
        } == self.model.open
        assert all(event.observation.identity == key for key, event in self.known.events.items())

    @invariant()
    def open_events_stand_oldest_first(self) -> None:
        numbers = [event.id for event in self.known.events.values()]
        assert numbers == sorted(numbers)

    @invariant()
    def the_record_alone_rebuilds_what_is_open(self) -> None:
        assert without_heartbeats(replayed(self.stream)) == without_heartbeats(
            dict(self.known.events)
        )

    @invariant()
    def the_dates_are_the_models_in_order(self) -> None:
        dates = {(e.kind, e.name): e.at for e in self.known.expiries}
        assert dates == self.model.dates
        assert list(dates) == sorted(dates)
        assert len(dates) == len(self.known.expiries)


TestLifeOfASource = LifeOfASource.TestCase
TestLifeOfASource.settings = settings(max_examples=200, stateful_step_count=25, deadline=None)

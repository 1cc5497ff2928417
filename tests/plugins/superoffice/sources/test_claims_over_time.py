"""While an occurrence lasts it is one event, whatever sources fail, recover and restart.

And whatever the store does: a report that could not be stored was heard by the other sources,
and changes no event.
"""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from syseventd import (
    EndReason,
    Event,
    NotAvailable,
    Observation,
    Snapshot,
    SourceId,
    Step,
    Unreachable,
    lifecycle,
)
from syseventd.model import Known
from syseventd_superoffice.claims import CLAIMS, ONE_AT_A_TIME, Share
from syseventd_superoffice.witnesses import PATIENCE, Witnesses

SOURCES = ("system-events", "imports", "saint", "freetext")
PREFIX = {"system-events": "system-event", "imports": "task", "saint": "saint"}
SIGNS = {
    "freetext-rebuild": ("system-events", "imports"),
    "saint-rebuild": ("system-events", "imports", "saint"),
    "import": ("system-events", "imports"),
    "udef-rebuild": ("system-events", "imports"),
}
"""Who may see something of each kind. What `freetext` sees itself is the row, asked for by key."""

STATES = ("ok", "ok", "failing", "unavailable", "unstored")
"""How the probes of a source end; "unstored" succeeds, and what it reports can't be stored."""


class Core:
    """What the daemon itself makes of the reports of one target's sources."""

    def __init__(self) -> None:
        self._known = {source: Known(SourceId("crm", source)) for source in SOURCES}
        self._ids = itertools.count(1)
        self.merged: set[int] = set()
        """Events that turned out to be of the same occurrence as another, which goes on."""

    @property
    def events(self) -> list[Event]:
        """All that are open, whichever source has them, oldest first."""
        found = (event for known in self._known.values() for event in known.events.values())
        return sorted(found, key=lambda event: event.id)

    def take(self, source: str, share: Share, now: float) -> None:
        """One probe's share, as it is advanced with what is known of the others."""
        others = [known for name, known in self._known.items() if name != source]
        snapshot = share.instead_of(Snapshot())
        advance = lifecycle.advance(self._known[source], snapshot, now, self._ids, others)
        assert not advance.problems, advance.problems
        for known in (advance.known, *advance.givers):
            self._known[known.source.source] = known
        ended = (step.event for step in advance.transitions if step.step is Step.ENDED)
        self.merged |= {event.id for event in ended if event.end_reason is EndReason.MERGED}


@dataclass
class Truth:
    """Something that happens: what each witness may see of it, and the event that it became.

    `lasting` is the witness that sees it from start to end.
    """

    kind: str
    began_at: float
    lasting: str
    signs: dict[str, str]
    names: set[str]
    renamed: bool = False
    event: int | None = None

    def seen_by(self, source: str) -> tuple[Observation, ...]:
        sign = self.signs.get(source)
        if sign is None:
            return ()
        marks = frozenset({sign})
        return (Observation(sign, self.kind, sign, activated_at=self.began_at, marks=marks),)


class OverTime(RuleBasedStateMachine):
    """Sources are asked in any order, fail and recover, while things begin and end."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.core = Core()
        self.numbers = itertools.count(1)
        self.truths: list[Truth] = []
        self.state: dict[str, str] = {}
        self.blind: set[str] = set()
        """The sources that were not able to look since the daemon started."""
        self.unsettled = False
        """Whether what a blind one saw before the start can't be paired yet with the others'."""

    @initialize(on=st.sets(st.sampled_from(SOURCES), min_size=1))
    def start(self, on: set[str]) -> None:
        self.state = dict.fromkeys(sorted(on), "ok")
        self.restart()

    @precondition(lambda self: all(self.knows_names(truth) for truth in self.truths))
    @rule()
    def restart(self) -> None:
        """The daemon starts anew: only the core's events are kept."""
        self.witnesses = Witnesses(lambda: self.now)
        self.blind = set(self.state)
        self.unsettled = True
        for source in self.state:
            self.witnesses.switch_on(source, 60.0)

    @rule(data=st.data(), state=st.sampled_from(STATES))
    def turn(self, data: st.DataObject, state: str) -> None:
        self.state[data.draw(st.sampled_from(sorted(self.state)))] = state

    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        self.probe(data.draw(st.sampled_from(sorted(self.state))))

    @rule(kind=st.sampled_from(sorted(SIGNS)), data=st.data())
    def begin(self, kind: str, data: st.DataObject) -> None:
        """Something begins, well after the last. Of some kinds there is one at a time."""
        if kind in ONE_AT_A_TIME and any(truth.kind == kind for truth in self.truths):
            return
        if kind in ONE_AT_A_TIME:
            self.settle()
            if "unstored" in self.state.values():
                return  # that the last one ended may not be stored, and names may come again
        self.now += 1000.0
        lasting = data.draw(st.sampled_from(SIGNS[kind]))
        others = data.draw(st.sets(st.sampled_from(SIGNS[kind])))
        signs = {w: self.sign(w) for w in sorted({lasting, *others})}
        self.truths.append(Truth(kind, self.now, lasting, signs, set(signs.values())))

    @precondition(lambda self: self.truths)
    @rule(data=st.data())
    def another_sign(self, data: st.DataObject) -> None:
        """A further witness comes to see something, or what it saw has made room for the next."""
        truth = data.draw(st.sampled_from(self.truths))
        free = [w for w in SIGNS[truth.kind] if w != truth.lasting]
        # A second task can be told to be of the same only where there is one at a time, and what
        # was seen before the start is known.
        if truth.kind not in ONE_AT_A_TIME or self.unsettled:
            free = [w for w in free if w not in truth.signs and not self.had(truth, w)]
        if free and (w := data.draw(st.sampled_from(free))) and self.may_lose(truth, w):
            truth.renamed |= self.had(truth, w)
            truth.signs[w] = self.sign(w)
            truth.names.add(truth.signs[w])

    @precondition(lambda self: self.truths)
    @rule(data=st.data())
    def lose_sign(self, data: st.DataObject) -> None:
        truth = data.draw(st.sampled_from(self.truths))
        gone = [w for w in truth.signs if w != truth.lasting]
        if gone and (w := data.draw(st.sampled_from(gone))) and self.may_lose(truth, w):
            del truth.signs[w]

    @precondition(lambda self: self.truths)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        self.truths.remove(data.draw(st.sampled_from(self.truths)))

    @rule()
    def settle(self) -> None:
        """All are asked time and again: nothing that can be seen is lost, all that ended ends."""
        for source in sorted(self.state) * 3:
            self.probe(source)
        self.unsettled = bool(self.blind)
        self.each_is_one_event()
        sighted = [s for s, state in self.state.items() if state == "ok"]
        if "unstored" in self.state.values():
            return  # what it is to report is in no event until that can be stored
        for truth in self.truths:
            seen = any(s in truth.signs for s in sighted) or (
                "freetext" in sighted and truth.kind == "freetext-rebuild" and self.has_row(truth)
            )
            assert not seen or truth.event is not None, f"{truth} is lost"
        if len(sighted) == len(self.state):
            assert len(self.core.events) <= len(self.truths), "what ended is open"

    @invariant()
    def each_is_one_event(self) -> None:
        for truth in self.truths:
            events = [e.id for e in self.core.events if e.observation.marks & truth.names]
            if truth.kind in ONE_AT_A_TIME or not self.unsettled:
                assert len(events) <= 1, f"{truth} is twice"
            if truth.event is not None and truth.event not in events:
                assert truth.event in self.core.merged, f"{truth} ended"
                assert events, f"{truth} was merged with nothing"
            truth.event = events[0] if events else None

    # --- how it is played ----------------------------------------------------------------------

    def probe(self, source: str) -> None:
        # Nothing in it waits: an event loop would only take time.
        with contextlib.suppress(StopIteration):
            self._probe(source).send(None)
        if self.state[source] == "ok":
            self.blind.discard(source)
        self.each_is_one_event()

    async def _probe(self, source: str) -> None:
        try:
            seen = await self.witnesses.look(source, self._look(source))
        except (NotAvailable, Unreachable):
            return
        share = self.witnesses.report(source, seen)
        if self.state[source] != "unstored":
            self.core.take(source, share, self.now)

    async def _look(self, source: str) -> tuple[Observation, ...]:
        if self.state[source] == "failing":
            raise Unreachable("crm.example.com", "refused the connection")
        if self.state[source] == "unavailable":
            raise NotAvailable("no licence")
        if source == "freetext" and not self.witnesses.can_look("system-events"):
            rows = [t for t in self.truths if t.kind == "freetext-rebuild" and self.has_row(t)]
            for truth in rows:
                truth.names.add("freetext:k")
            return tuple(
                Observation("freetext-rebuild", t.kind, "k", marks=frozenset({"freetext:k"}))
                for t in rows
            )
        return tuple(o for truth in self.truths for o in truth.seen_by(source))

    def knows_names(self, truth: Truth) -> bool:
        """Whether the core knows it by whatever name took the place of another."""
        known = {mark for e in self.core.events for mark in e.observation.marks}
        return not truth.renamed or known >= set(truth.signs.values())

    @staticmethod
    def has_row(truth: Truth) -> bool:
        return "system-events" in truth.signs

    def sign(self, witness: str) -> str:
        return f"{PREFIX[witness]}:{next(self.numbers)}"

    @staticmethod
    def had(truth: Truth, witness: str) -> bool:
        return any(name.startswith(PREFIX[witness]) for name in truth.names)

    def may_lose(self, truth: Truth, witness: str) -> bool:
        """A sign may go once the event is known by the sign that lasts, as far as anybody looks."""
        if witness not in truth.signs:
            return True
        lasting = truth.signs[truth.lasting]
        return any(
            lasting in e.observation.marks and truth.event in (e.id, None) for e in self.core.events
        )


TestOverTime = OverTime.TestCase
TestOverTime.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize("kind", sorted(CLAIMS))
def test_a_source_that_is_never_asked_is_waited_for_no_longer_than_patience(kind: str) -> None:
    """A source that may know more may hang for ever: after two minutes the others report."""
    now = 0.0
    witnesses = Witnesses(lambda: now)
    for name in CLAIMS[kind]:
        witnesses.switch_on(name, 60.0)
    last = CLAIMS[kind][-1]
    seen = Observation("k", kind, "name", marks=frozenset({"task:1"}))
    share = witnesses.report(last, (seen,))
    assert share.observations == ()
    assert "task:1" in share.unseen
    now = PATIENCE + 1
    [told] = witnesses.report(last, (seen,)).observations
    assert told.marks == {"task:1"}

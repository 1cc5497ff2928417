"""Any order of asking, ending, giving up and waiting, beside a model that counts by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from syseventd.scheduling import Limits
from syseventd.scheduling.line import Ticket
from syseventd.scheduling.record import Record
from syseventd.scheduling.slots import Slots

SHARES = {1: (1, 1, 1), 2: (1, 1, 2), 3: (1, 2, 3), 4: (2, 3, 4), 9: (4, 8, 9)}
"""How many of so many slots may be taken for the failing, the uncertain, the confirmed to start."""

OVERRUNNING, FAILING, UNCERTAIN, CONFIRMED = range(4)
OVER_ALL = ""


@dataclass(eq=False)
class Source:
    """A source as the model sees it; `record` is only read for the patience it gives."""

    target: str
    record: Record
    failing: bool = False
    answered: float = -math.inf
    ticket: Ticket | None = None
    place: tuple[float, int] = (0.0, 0)
    ran_as: int | None = None
    began: float = 0.0
    until: float = 0.0

    @property
    def waits(self):
        return self.ticket is not None and self.ran_as is None


class SlotsMachine(RuleBasedStateMachine):
    """Four sources on each of three targets."""

    def __init__(self):
        super().__init__()
        self.now = 100.0
        self.asked = 0
        self.sources = [Source(target, Record()) for target in "abc" for _ in range(4)]
        self.trouble = {}
        self.heard = {}
        self.sizes = (1, 1)
        self.slots = Slots(Limits(1, 1))

    @initialize(
        overall=st.sampled_from(sorted(SHARES)),
        per_target=st.sampled_from(sorted(SHARES)),
        answered=st.booleans(),
    )
    def limit(self, overall, per_target, answered):
        self.sizes = (overall, per_target)
        self.slots = Slots(Limits(overall, per_target), clock=lambda: self.now)
        if answered:
            for source in self.sources:
                source.record.note(False, 0.1, 50.0)
                source.answered = 50.0

    # --- what may happen ----------------------------------------------------------------------

    @rule(data=st.data(), within=st.sampled_from([1.0, 5.0, 60.0]))
    def ask(self, data, within):
        idle = [source for source in self.sources if source.ticket is None]
        if not idle:
            return
        source = data.draw(st.sampled_from(idle))
        self.suspect()
        source.ticket = Ticket(source.target, source.record, within, lambda: self.starts(source))
        self.asked += 1
        source.place = (self.now + within, self.asked)
        self.slots.request(source.ticket)

    @precondition(lambda self: self.running())
    @rule(data=st.data(), failed=st.sampled_from([False, True, None]))
    def end(self, data, failed):
        self.ends(data.draw(st.sampled_from(self.running())), failed)

    @precondition(lambda self: any(source.waits for source in self.sources))
    @rule(data=st.data())
    def give_up(self, data):
        source = data.draw(st.sampled_from([source for source in self.sources if source.waits]))
        ticket, source.ticket = source.ticket, None
        self.suspect()
        self.slots.release(ticket)
        self.forget()

    @rule(seconds=st.sampled_from([0.05, 0.2, 3.0]))
    def wait(self, seconds):
        self.now += seconds

    # --- the model ----------------------------------------------------------------------------

    def running(self, pool=OVER_ALL):
        return [s for s in self.sources if s.ran_as is not None and pool in (OVER_ALL, s.target)]

    def size(self, pool):
        return self.sizes[pool != OVER_ALL]

    def standing(self, source):
        if source.failing:
            return FAILING
        latest = max(self.trouble.get(pool, -math.inf) for pool in (OVER_ALL, source.target))
        return CONFIRMED if source.answered > latest else UNCERTAIN

    def is_full(self, pool, standing):
        """Whether a run of a standing may not start in a pool as it is."""
        runs = [source.ran_as for source in self.running(pool)]
        shares = list(SHARES[self.size(pool)])
        if -math.inf < self.trouble.get(pool, -math.inf) >= self.heard.get(pool, -math.inf):
            # Nobody answered since trouble began: there is nobody to keep slots for.
            shares[UNCERTAIN - 1] = shares[CONFIRMED - 1]
        return any(
            sum(ran_as <= rank for ran_as in runs) >= shares[rank - 1]
            for rank in range(standing, CONFIRMED + 1)
        )

    def suspect(self):
        """Whatever looks at the slots first finds out which runs overrun."""
        late = [s for s in self.running() if s.ran_as == CONFIRMED and s.until <= self.now]
        for source in sorted(late, key=lambda source: (source.until, source.place[1])):
            source.ran_as = OVERRUNNING
            for pool in (OVER_ALL, source.target):
                doubtful = sum(other.ran_as <= UNCERTAIN for other in self.running(pool))
                known = self.trouble.get(pool, -math.inf)
                crowded = doubtful > 1 and doubtful * 2 >= self.size(pool)
                if crowded and source.answered > known:
                    self.trouble[pool] = source.began

    def starts(self, source):
        """A ticket's `start`: only who waits, where there is room, and in its order."""
        assert source.waits, "it starts twice, or after it gave up"
        standing = self.standing(source)
        assert not self.is_full(OVER_ALL, standing)
        assert not self.is_full(source.target, standing)
        for other in self.sources:
            if other.waits and other.target == source.target and self.standing(other) == standing:
                assert source.place <= other.place
        source.ran_as, source.began = standing, self.now
        source.until = self.now + source.record.patience

    def ends(self, source, failed):
        ticket, source.ticket, source.ran_as = source.ticket, None, None
        if failed is not None:
            source.failing = failed
            source.answered = source.answered if failed else self.now
        if failed is False:
            self.heard |= {OVER_ALL: self.now, source.target: self.now}
        self.suspect()
        self.slots.release(ticket, failed)
        self.forget()

    def forget(self):
        """Where nobody of a target runs or waits, what was there is over."""
        busy = {source.target for source in self.sources if source.ticket is not None}
        self.trouble = {p: at for p, at in self.trouble.items() if p == OVER_ALL or p in busy}
        self.heard = {p: at for p, at in self.heard.items() if p == OVER_ALL or p in busy}

    # --- what always holds --------------------------------------------------------------------

    @invariant()
    def never_more_than_allowed(self):
        for pool in (OVER_ALL, *"abc"):
            assert len(self.running(pool)) <= self.size(pool)

    @invariant()
    def nobody_waits_who_may_run(self):
        """No wake-up is lost."""
        for source in self.sources:
            if source.waits:
                standing = self.standing(source)
                assert self.is_full(OVER_ALL, standing) or self.is_full(source.target, standing)

    def teardown(self):
        """All get served in the end, and nothing is left behind."""
        while any(source.ticket is not None for source in self.sources):
            running = self.running()
            assert running, "some wait, and nobody runs"
            self.ends(running[0], None)
        assert not self.slots._lines
        assert self.slots._all.taken == 0
        assert self.slots._waiting == 0


TestSlots = SlotsMachine.TestCase
TestSlots.settings = settings(max_examples=300, stateful_step_count=60, deadline=None)

"""Who may run, and who is next: invariants under any order of requests and releases."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from syseventd.scheduling import Limits
from syseventd.scheduling.slots import Pool, Slots, Ticket


class Line:
    """Slots, and what has started."""

    def __init__(self, overall, per_target):
        self.slots = Slots(Limits(overall, per_target))
        self.started = []

    def ask(self, target, proven=True):
        ticket = Ticket(target, proven, lambda: self.started.append(ticket))
        self.slots.request(ticket)
        return ticket


def test_a_free_slot_is_had_at_once():
    """Without contention nobody waits."""
    line = Line(4, 2)
    assert line.started == [line.ask("crm")]


def test_those_of_a_lane_are_served_in_their_order():
    """First come, first served."""
    line = Line(1, 1)
    tickets = [line.ask("crm") for _ in range(5)]
    for ticket in tickets:
        line.slots.release(ticket)
    assert line.started == tickets


def test_a_full_target_holds_up_no_other():
    """Who waits for its own target stands in nobody's way."""
    line = Line(4, 1)
    line.ask("slow")
    line.ask("slow")
    other = line.ask("quick")
    assert other in line.started
    assert len(line.started) == 2


def test_a_slot_is_left_for_the_proven():
    """Of four slots the unproven get three, over all and for a target."""
    for limits in ((4, 100), (100, 4)):
        line = Line(*limits)
        for _ in range(10):
            line.ask("crm", proven=False)
        assert len(line.started) == 3
        assert line.ask("crm") in line.started


def test_a_single_slot_is_for_everyone():
    """With one slot the two lanes take turns; nobody waits for ever."""
    line = Line(1, 1)
    line.ask("crm", proven=False)
    for proven in (False, False, True, True):
        line.ask("crm", proven)
    for _ in range(4):
        line.slots.release(line.started[-1])
    assert {ticket.proven for ticket in line.started[1:3]} == {True, False}
    assert {ticket.proven for ticket in line.started[3:5]} == {True, False}


def test_the_proven_leave_the_unproven_their_turn():
    """However many proven ones wait, a new source gets its chance."""
    line = Line(2, 2)
    for _ in range(20):
        line.ask("crm")
    newcomer = line.ask("crm", proven=False)
    for _ in range(4):
        line.slots.release(next(t for t in line.started if t.pools))
    assert newcomer in line.started


def test_limits_below_one_are_one():
    """Nothing would ever run with none."""
    line = Line(0, -3)
    assert line.ask("crm") in line.started


@given(st.integers(1, 300))
def test_the_share_of_the_unproven(size):
    """Three quarters at most, one at least, and never the last where there are two."""
    pool = Pool(size)
    assert 1 <= pool.size_unproven <= max(1, size * 3 // 4)
    assert pool.size_unproven < size or size == 1


class SlotsMachine(RuleBasedStateMachine):
    """Any order of asking, finishing, giving up, for a few targets and small limits."""

    def __init__(self):
        super().__init__()
        self.line = Line(4, 2)
        self.held = []

    @rule(where=st.sampled_from("abcd"), proven=st.booleans())
    def ask(self, where, proven):
        self.held.append(self.line.ask(where, proven))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def release(self, data):
        """Whether it runs or waits."""
        ticket = data.draw(st.sampled_from(self.held))
        self.held.remove(ticket)
        self.line.slots.release(ticket)

    @property
    def running(self):
        return [ticket for ticket in self.held if ticket in self.line.started]

    @property
    def waiting(self):
        return [ticket for ticket in self.held if ticket not in self.line.started]

    @invariant()
    def never_more_than_allowed(self):
        running = self.running
        assert len(running) <= 4
        assert sum(not t.proven for t in running) <= 3
        for target in "abcd":
            here = [t for t in running if t.target == target]
            assert len(here) <= 2
            assert sum(not t.proven for t in here) <= 1

    @invariant()
    def nobody_starts_twice(self):
        assert len(set(self.line.started)) == len(self.line.started)

    @invariant()
    def nobody_waits_who_could_run(self):
        """A proven one waits only where all slots, or all of its target's, are held."""
        for ticket in self.waiting:
            if ticket.proven:
                here = [t for t in self.held if t.target == ticket.target and len(t.pools) == 2]
                assert len(self.running) == 4 or len(here) == 2

    def teardown(self):
        """All get served in the end, and nothing is left behind."""
        while self.held:
            running = self.running
            assert running, "some wait, and nobody runs"
            self.held.remove(running[0])
            self.line.slots.release(running[0])
        assert not self.line.slots._targets
        assert self.line.slots._all.idle


TestSlots = SlotsMachine.TestCase
TestSlots.settings = settings(max_examples=100, stateful_step_count=60, deadline=None)

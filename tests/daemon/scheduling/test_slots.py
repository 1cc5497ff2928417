"""Who may run, and who is next, by example; `test_slots_machine.py` tries any order of events."""

from __future__ import annotations

import math

import pytest

from syseventd.scheduling import Limits
from syseventd.scheduling.line import Ticket
from syseventd.scheduling.record import Record
from syseventd.scheduling.slots import Slots

NEW, CONFIRMED, FAILING = ORDER = ("new", "confirmed", "failing")


def record_of(standing):
    answered = 1.0 if standing == CONFIRMED else -math.inf
    return Record(failing=standing == FAILING, answered=answered)


class Desk:
    """Slots with a clock of their own, and what has started."""

    def __init__(self, overall, per_target):
        self.now = 100.0
        self.slots = Slots(Limits(overall, per_target), clock=lambda: self.now)
        self.started = []

    def ask(self, target, standing=CONFIRMED, within=1.0, record=None):
        record = record or record_of(standing)
        ticket = Ticket(target, record, within, lambda: self.started.append(ticket))
        self.slots.request(ticket)
        return ticket

    def end(self, ticket, failed=False):
        self.slots.release(ticket, failed)


def test_a_free_slot_is_had_at_once():
    """Without contention nobody waits."""
    desk = Desk(4, 2)
    assert desk.started == [desk.ask("crm")]


def test_equals_are_served_in_their_order():
    """First come, first served, where all are asked equally often."""
    desk = Desk(1, 1)
    tickets = [desk.ask("crm") for _ in range(5)]
    for ticket in tickets:
        desk.end(ticket)
    assert desk.started == tickets


@pytest.mark.parametrize("targets", ["crm crm crm", "crm hr hr", "crm hr shop"])
def test_who_would_lose_its_beat_first_goes_first(targets):
    """A source of a second doesn't stand behind one of a minute that came before it.

    Neither in its target's line nor over all; nor does the other hold their target's slot while
    it waits for one over all.
    """
    desk = Desk(1, 1)
    first, seldom, often = (
        desk.ask(target, within=within)
        for target, within in zip(targets.split(), (1, 60, 1), strict=True)
    )
    desk.end(first)
    assert desk.started == [first, often]
    desk.end(often)
    assert desk.started == [first, often, seldom]


def test_nobody_is_overtaken_for_ever():
    """A source of a minute waits for a minute at most, however many of a second there are."""
    desk = Desk(1, 1)
    running = desk.ask("crm", within=1)
    seldom = desk.ask("crm", within=60)
    while seldom not in desk.started:
        desk.now += 1
        assert desk.now <= 161
        desk.ask("crm", within=1)
        desk.end(running)
        running = desk.started[-1]


def test_a_full_target_holds_up_no_other():
    """Who waits for its own target stands in nobody's way."""
    desk = Desk(4, 1)
    desk.ask("slow")
    desk.ask("slow")
    other = desk.ask("quick")
    assert other in desk.started
    assert len(desk.started) == 2


@pytest.mark.parametrize(("standing", "share"), [(FAILING, 2), (NEW, 3), (CONFIRMED, 4)])
@pytest.mark.parametrize("limits", [(4, 100), (100, 4)])
def test_the_shares_hold_over_all_and_for_a_target(limits, standing, share):
    """Of four slots the failing get two, the new three, those that answer all."""
    desk = Desk(*limits)
    for _ in range(10):
        desk.ask("crm", standing)
    assert len(desk.started) == share


def test_a_single_slot_is_for_everyone():
    """With one slot the standings take turns."""
    desk = Desk(1, 1)
    waiting = {standing: [desk.ask("crm", standing) for _ in range(3)] for standing in ORDER}
    for _ in range(8):
        desk.end(desk.started[-1])
    for turn in range(3):
        three = desk.started[3 * turn : 3 * turn + 3]
        assert all(len(set(three) & set(tickets)) == 1 for tickets in waiting.values())


@pytest.mark.parametrize("limits", [(2, 2), (2, 100), (100, 2)])
@pytest.mark.parametrize("standing", [NEW, FAILING])
def test_those_that_answer_leave_the_others_a_turn(limits, standing):
    """However many of them wait, a new source gets its chance, and a failing one another."""
    desk = Desk(*limits)
    for _ in range(20):
        desk.ask("crm")
    other = desk.ask("crm", standing)
    for number in range(4):
        desk.end(desk.started[number])
    assert other in desk.started


@pytest.mark.parametrize("standing", [NEW, FAILING])
def test_a_busy_target_leaves_each_of_its_own_a_turn(standing):
    """Though others of that standing run elsewhere, and all slots but the target's are free."""
    desk = Desk(100, 2)
    desk.ask("elsewhere", standing)
    for _ in range(20):
        desk.ask("crm")
    other = desk.ask("crm", standing)
    for number in range(1, 5):
        desk.end(desk.started[number])
    assert other in desk.started


def test_one_end_may_start_two():
    """One who waited for a slot of the target, and one for a slot of the failing over all."""
    desk = Desk(4, 2)
    ends = desk.ask("crm", FAILING)
    desk.ask("crm")
    desk.ask("hr", FAILING)
    waiting = [desk.ask("crm"), desk.ask("shop", FAILING)]
    assert len(desk.started) == 3
    desk.end(ends)
    assert set(desk.started[3:]) == set(waiting)


def test_a_run_that_overruns_gives_up_its_place_among_the_healthy():
    """Three confirmed runs of four that take too long: then only who answered since may start."""
    desk = Desk(4, 100)
    healthy = record_of(CONFIRMED)
    suspects = [desk.ask("crm") for _ in range(3)]
    desk.now += 0.01
    desk.end(desk.ask("crm", record=healthy))
    desk.now += 1
    waiting = desk.ask("crm")
    assert waiting not in desk.started
    assert desk.ask("crm", record=healthy) in desk.started
    desk.end(suspects[0], failed=True)
    assert waiting in desk.started


def test_who_waited_before_the_trouble_is_looked_at_again():
    """Who waited as confirmed, when the others turned hung, gets the share of the doubtful."""
    desk = Desk(5, 100)
    hung = [desk.ask("crm") for _ in range(4)]
    desk.now += 0.01
    desk.end(desk.ask("crm"))
    hung.append(desk.ask("crm"))
    waiting = [desk.ask("crm") for _ in range(5)]
    desk.now += 1
    for ticket in hung:
        desk.end(ticket, failed=True)
    assert desk.started[6:] == waiting[:4]


def test_an_answer_confirms():
    """While nobody answers, all slots are for trials; who does has the next free one."""
    desk = Desk(4, 100)
    hung = [desk.ask("crm") for _ in range(4)]
    tried = record_of(CONFIRMED)
    trial = desk.ask("crm", record=tried)
    others = [desk.ask("crm") for _ in range(4)]
    desk.now += 1
    for ticket in hung:
        desk.end(ticket, failed=True)
    assert desk.started[4:] == [trial, *others[:3]]
    desk.end(trial)
    assert others[3] not in desk.started
    assert desk.ask("crm", record=tried) in desk.started


@pytest.mark.parametrize("limits", [(2, 100), (100, 2)])
def test_one_that_hangs_alone_leaves_the_other_slot_to_all(limits):
    """Of two slots one is held by a run that overruns; the other is for whoever answered."""
    desk = Desk(*limits)
    desk.ask("crm")
    desk.now += 1
    for _ in range(3):
        ticket = desk.ask("crm")
        assert ticket in desk.started
        desk.end(ticket)


def test_a_late_answer_is_an_answer():
    """A run that overran and then answered leaves its source as confirmed as any."""
    desk = Desk(4, 100)
    record = record_of(CONFIRMED)
    slow = [desk.ask("crm", record=record), desk.ask("crm"), desk.ask("crm")]
    desk.now += 1
    desk.ask("elsewhere")
    for ticket in slow:
        desk.end(ticket)
    for _ in range(3):
        desk.ask("crm", NEW)
    assert desk.ask("crm", record=record) in desk.started


def test_trouble_at_one_target_is_its_own():
    """Where one target hangs, those of another are what they were."""
    desk = Desk(100, 4)
    for _ in range(4):
        desk.ask("hung")
    desk.now += 1
    others = [desk.ask("crm") for _ in range(4)]
    assert desk.started[4:] == others


def test_what_tells_nothing_changes_nothing():
    """A run that was cancelled says neither that its source fails nor that it answers."""
    desk = Desk(1, 1)
    record = record_of(CONFIRMED)
    ticket = desk.ask("crm", record=record)
    desk.slots.release(ticket)
    assert (record.failing, record.answered) == (False, 1.0)


def test_giving_back_twice_is_giving_back_once():
    """The second time there is nothing to give."""
    desk = Desk(1, 1)
    ticket = desk.ask("crm")
    desk.end(ticket)
    other = desk.ask("crm")
    desk.end(ticket)
    third = desk.ask("crm")
    assert other in desk.started
    assert third not in desk.started


def test_limits_below_one_are_one():
    """Nothing would ever run with none."""
    desk = Desk(0, -3)
    assert desk.ask("crm") in desk.started

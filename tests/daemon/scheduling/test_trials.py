"""Many that answered turn hung at once: who still answers is found soon, and keeps its beat.

In simulated time, so that hundreds of phases take seconds. `test_starvation.py` and
`test_turning_hung.py` show the same with real probes.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syseventd.scheduling import Limits

HUNG_FROM = 5.0
QUICK = 0.002
BEAT = 0.2
DEADLINE = 0.4


def quick(now):
    return QUICK, False


def hangs_later(now):
    return (DEADLINE, True) if now >= HUNG_FROM else (QUICK, False)


OVER_ALL = pytest.param(Limits(6, 4), lambda number: f"crm{number % 20}", id="over-all")
ONE_TARGET = pytest.param(Limits(200, 6), lambda number: "crm0", id="one-target")
everywhere = pytest.mark.parametrize(("limits", "target_of"), [OVER_ALL, ONE_TARGET])


@pytest.fixture
def wave(simulation, simulated):
    """Fifty-nine sources that answer until they hang, and one of a target of theirs that never."""

    def make(limits, target_of, interval, seed):
        random = Random(seed)
        healthy = simulated(target_of(0), BEAT, quick, random.uniform(0, BEAT))
        sim = simulation(limits)
        sim.add(healthy)
        for number in range(59):
            phase = random.uniform(0, interval)
            sim.add(simulated(target_of(number), interval, hangs_later, phase))
        return sim, healthy

    return make


@everywhere
@pytest.mark.parametrize("interval", [0.6, 1.0, 5.0])
def test_a_healthy_one_keeps_its_beat_from_the_start(wave, limits, target_of, interval):
    """Beside others asked less often it loses little more than one deadline."""
    for seed in range(20):
        sim, healthy = wave(limits, target_of, interval, seed)
        sim.run(HUNG_FROM + 5)
        assert healthy.beats(HUNG_FROM, HUNG_FROM + 5) >= 0.8 * 5 / BEAT


@everywhere
def test_a_healthy_one_among_its_like_is_found_within_the_bound(wave, limits, target_of):
    """Where all are asked equally often, each is tried once at most before it; then it's safe."""
    bound = DEADLINE * (1 + 59 / 4)  # of six slots five are for trials, and one of them in turns
    for seed in range(20):
        sim, healthy = wave(limits, target_of, BEAT, seed)
        sim.run(HUNG_FROM + 30)
        first = next(at for at, _ in healthy.starts if at >= HUNG_FROM + DEADLINE)
        assert first <= HUNG_FROM + bound + BEAT
        assert healthy.beats(first + BEAT, first + 20) >= 0.99 * 20 / BEAT - 2
        assert healthy.beats(HUNG_FROM, HUNG_FROM + 30) >= 0.8 * 30 / BEAT


@everywhere
def test_what_comes_back_is_found_again(simulation, simulated, limits, target_of):
    """Those that hung answer once more: within the next minute all keep their beats."""

    def hangs_between(now):
        return (DEADLINE, True) if 5.0 <= now < 15.0 else (QUICK, False)

    sim = simulation(limits)
    sources = [simulated(target_of(n), 1.0, hangs_between, n / 60) for n in range(60)]
    sim.add(*sources)
    sim.run(80.0)
    assert all(source.beats(20.0, 80.0) == 60 for source in sources)


def test_a_second_wave_is_as_the_first(simulation, simulated):
    """Those that answered since the first trouble may be the next to hang."""

    def hangs_second(now):
        return (DEADLINE, True) if now >= 15.0 else (QUICK, False)

    sim = simulation(Limits(6, 4))
    healthy = simulated("crm", BEAT, quick, 0.05)
    sim.add(healthy)
    for number in range(60):
        hangs = hangs_later if number % 2 else hangs_second
        sim.add(simulated(f"crm{number}", 1.0, hangs, number / 60))
    sim.run(25.0)
    assert healthy.beats(5.0, 15.0) >= 0.9 * 10 / BEAT
    assert healthy.beats(15.0, 25.0) >= 0.9 * 10 / BEAT


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), overall=st.integers(2, 12), per_target=st.integers(2, 6))
def test_the_maxima_hold_in_every_wave(simulation_types, seed, overall, per_target):
    """Never more at once than allowed, and never nobody while somebody could."""
    simulation, simulated = simulation_types
    random = Random(seed)
    sim = simulation(Limits(overall, per_target))
    healthy = simulated("crm0", BEAT, quick, random.uniform(0, BEAT))
    sim.add(healthy)
    for number in range(40):
        interval = random.choice([0.2, 0.5, 2.0])
        sim.add(simulated(f"crm{number % 7}", interval, hangs_later, random.uniform(0, 2)))
    sim.run(HUNG_FROM + 40)
    assert sim.most <= overall
    assert max(sim.most_of_target.values()) <= per_target
    assert healthy.beats(HUNG_FROM + 25, HUNG_FROM + 40) >= 70


# --- nobody is starved ------------------------------------------------------------------------


def test_slow_but_healthy_sources_get_their_turns(simulation, simulated):
    """Those that take nearly as long as they may keep their beats, in the midst of trouble."""

    def slow(now):
        return 0.9 * DEADLINE, False

    sim = simulation(Limits(8, 8))
    slow_ones = [simulated("crm", 2.0, slow, n / 2) for n in range(3)]
    sim.add(*slow_ones, *(simulated(f"hr{n}", 1.0, hangs_later, n / 30) for n in range(30)))
    sim.run(65.0)
    for source in slow_ones:
        assert source.beats(HUNG_FROM, 65.0, late=0.5) >= 27


def test_those_that_are_slow_now_and_then_get_their_turns(simulation, simulated):
    """Runs that overrun and then answer cost a source nothing, were all of them like that."""
    random = Random(7)

    def now_and_then(now):
        return (3.0 if random.random() < 0.1 else 0.01), False

    sim = simulation(Limits(4, 4))
    sources = [simulated(f"crm{n % 5}", 5.0, now_and_then, n / 4) for n in range(20)]
    sim.add(*sources)
    sim.run(505.0)
    for source in sources:
        assert len(source.starts) >= 85


@pytest.mark.parametrize(("limits", "targets"), [(Limits(2, 4), 10), (Limits(50, 2), 1)])
def test_too_much_work_is_shared_fairly(simulation, simulated, limits, targets):
    """With work for five slots and two of them, all are served, and equals equally often.

    None but the failing fares worse than those equals, which miss two beats of three.
    """

    def half(now):
        return 0.5, False

    sim = simulation(limits)
    equals = [simulated(f"crm{n % targets}", 1.0, half, n / 10) for n in range(10)]
    seldom = simulated("crm0", 30.0, half, 3.0)
    failing = simulated("crm0", 1.0, lambda now: (0.5, True), 0.3)
    newcomer = simulated("crm0", 1.0, half, 60.0)
    sim.add(*equals, seldom, failing, newcomer)
    sim.run(300.0)
    counts = [len(source.starts) for source in equals]
    assert max(counts) - min(counts) <= 0.2 * max(counts)
    assert len(seldom.starts) >= 4
    assert len(failing.starts) >= 10
    assert len(newcomer.starts) >= 60


def test_the_failing_are_tried_again_while_many_hang(simulation, simulated):
    """Amid a wave that presses on, a source that had failed and is well again is found."""

    def recovers(now):
        return (QUICK, False) if now >= HUNG_FROM else (DEADLINE, True)

    sim = simulation(Limits(6, 4))
    well_again = simulated("crm", BEAT, recovers, 0.1)
    sim.add(well_again, *(simulated(f"hr{n}", BEAT, hangs_later, n / 300) for n in range(59)))
    sim.run(HUNG_FROM + 40)
    assert well_again.beats(HUNG_FROM + 20, HUNG_FROM + 40) >= 98

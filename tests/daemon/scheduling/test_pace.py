"""How often a source is asked: pure arithmetic, so properties say it."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from syseventd import Outcome, Snapshot
from syseventd.model import ProbeResult
from syseventd.scheduling import PaceSettings
from syseventd.scheduling.pace import (
    DAY,
    NORMAL,
    SPREAD,
    TOGETHER,
    Pace,
    first_time,
    follow,
    next_time,
    phase_of,
)

NOW = 1_800_000_000.0
TIMES = st.floats(1.7e9, 2.5e9)
INTERVALS = st.floats(0.05, 7 * DAY)
PHASES = st.floats(0, 1, exclude_max=True)
WAITS = st.none() | st.floats(0, 1e9)
RESULTS = st.builds(
    ProbeResult,
    st.sampled_from(list(Outcome)),
    TIMES,
    st.just(0.0),
    st.builds(Snapshot, ask_again=st.none() | st.floats(-1e9, 1e9)),
    st.just(""),
    WAITS,
)
SETTINGS = st.builds(PaceSettings, INTERVALS)


def result(outcome, retry_after=None, ask_again=None):
    snapshot = Snapshot(ask_again=ask_again) if outcome is Outcome.OK else None
    return ProbeResult(outcome, NOW, 0.0, snapshot, "", retry_after)


def wait_after(settings, *results):
    """Seconds from a run to the next, once these results have come in a row."""
    pace = NORMAL
    for each in results:
        pace = follow(settings, pace, each, NOW)
    return next_time(settings, 0.0, pace, NOW, NOW) - NOW


# --- the grid ---------------------------------------------------------------------------------


@given(INTERVALS, PHASES, TIMES)
def test_the_normal_pace_is_the_interval(interval, phase, now):
    """From one point of the grid to the next it is one interval, whatever the phase."""
    settings = PaceSettings(interval)
    first = next_time(settings, phase, NORMAL, now - DAY * 30, now)
    second = next_time(settings, phase, NORMAL, first, first)
    assert second - first == pytest.approx(interval, abs=1e-5)
    assert now < first <= now + interval + 1e-5


@given(SETTINGS, PHASES, PHASES, TIMES)
def test_the_first_run_comes_within_its_interval_or_a_minute(settings, of_target, phase, now):
    """Nobody waits a day for the first look, and not all look at once."""
    first = first_time(settings, of_target, phase, now)
    assert now <= first <= now + min(settings.interval, 60) + 1e-5


@given(SETTINGS, PHASES, PHASES, TIMES, st.floats(0.01, 100))
def test_few_need_not_wait_a_minute_for_their_first_run(settings, of_target, phase, now, within):
    """One target with a few sources is seen whole a second after the start."""
    first = first_time(replace(settings, first_within=within), of_target, phase, now)
    assert now <= first <= now + within + 1e-5


@given(PHASES, PHASES, PHASES, TIMES)
def test_the_sources_of_a_target_run_first_together(of_target, one, other, now):
    """Some wait for what the others see; targets are spread over the minute all the same."""
    settings = PaceSettings(60.0)
    runs = [first_time(settings, of_target, phase, now) for phase in (one, other)]
    assert abs(runs[0] - runs[1]) <= TOGETHER + 1e-5


def test_targets_run_first_all_over_the_minute():
    """Thousands that start at once are asked one after the other."""
    targets = [phase_of(f"crm{number}") for number in range(1000)]
    tenths = [0] * 10
    for of_target in targets:
        first = first_time(PaceSettings(60.0), of_target, phase_of("crm", "x"), NOW)
        tenths[int((first - NOW) // 6)] += 1
    assert min(tenths) > 60


@given(SETTINGS, PHASES, PHASES, TIMES)
def test_joining_the_grid_makes_no_double_run(settings, of_target, phase, now):
    """Each wait is from half an interval to a whole one, and the third run is on the grid."""
    runs = [first_time(settings, of_target, phase, now)]
    for _ in range(3):
        runs.append(next_time(settings, phase, NORMAL, runs[-1], runs[-1]))
    for before, after in pairwise(runs):
        assert settings.interval * 0.5 - 1e-5 <= after - before <= settings.interval * 1.001 + 1e-5
    places = [(run / settings.interval - phase) % 1 for run in runs[2:]]
    assert all(min(place, 1 - place) < 2e-3 for place in places)


@given(SETTINGS, PHASES, TIMES, st.floats(0, DAY * 30), st.lists(RESULTS, max_size=8))
def test_the_next_run_is_always_ahead(settings, phase, previous, passed, results):
    """APScheduler asks until the answer lies ahead: after any history, one answer is enough."""
    pace, now = NORMAL, previous + passed
    for each in results:
        pace = follow(settings, pace, each, now)
    time = next_time(settings, phase, pace, previous, now)
    assert time > now
    assert time <= now + max(settings.ceiling, DAY, settings.interval * 1.5) + 1
    assert time == next_time(settings, phase, pace, previous, now)


@given(st.text(), st.text())
def test_the_phase_is_a_share_and_stable(target, source):
    """The same source has the same place after each restart."""
    phase = phase_of(target, source)
    assert 0 <= phase < 1
    assert phase == phase_of(target, source)


def test_phases_spread_evenly():
    """A thousand sources fill ten tenths of an interval about equally."""
    tenths = [0] * 10
    for number in range(1000):
        tenths[int(phase_of(f"crm{number}", "imports") * 10)] += 1
    assert min(tenths) > 60
    assert max(tenths) < 140


# --- failures ---------------------------------------------------------------------------------


def test_failures_double_the_wait_up_to_the_ceiling():
    """15 s, then 30 s, 60 s … and never over 15 minutes."""
    settings = PaceSettings(15.0)
    waits = [wait_after(settings, *[result(Outcome.TIMEOUT)] * n) for n in range(1, 9)]
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


@given(SETTINGS, st.integers(1, 2000))
def test_failures_never_shorten_the_wait_nor_pass_the_ceiling(settings, failures):
    """However often it failed, it waits its interval, or two minutes, and never too long."""
    pace = Pace(failures - 1)
    pace = follow(settings, pace, result(Outcome.ERROR), NOW)
    assert min(settings.interval, 2 * SPREAD) <= pace.every <= settings.ceiling


def test_a_configured_ceiling_counts():
    """It may be lower than 15 minutes, but never lower than the interval."""
    failures = [result(Outcome.UNREACHABLE)] * 9
    assert wait_after(PaceSettings(15.0, backoff_ceiling=40.0), *failures) == 40
    assert wait_after(PaceSettings(15.0, backoff_ceiling=5.0), *failures) == 15


@given(st.lists(RESULTS, max_size=8))
def test_success_is_at_once_back_to_normal(results):
    """Whatever came before, one plain success restores the pace."""
    settings, pace = PaceSettings(15.0), NORMAL
    for each in (*results, result(Outcome.OK)):
        pace = follow(settings, pace, each, NOW)
    assert pace == NORMAL


@pytest.mark.parametrize(
    ("retry_after", "wait"), [(5.0, 15.0), (40.0, 40.0), (7200.0, 7200.0), (9 * DAY, DAY)]
)
def test_a_failure_waits_as_long_as_the_target_asks(retry_after, wait):
    """Also longer than the ceiling, a day at most, and no faster than the pace."""
    throttled = result(Outcome.THROTTLED, retry_after)
    assert wait_after(PaceSettings(15.0), throttled, throttled, throttled) == wait


def test_the_wait_counts_from_when_the_target_asked():
    """A probe that took 10 s and was told to wait 60 s is 70 s apart from the next."""
    settings = PaceSettings(15.0)
    pace = follow(settings, NORMAL, result(Outcome.THROTTLED, 60.0), NOW + 10)
    assert next_time(settings, 0.0, pace, NOW, NOW + 10) == NOW + 70


# --- no failures ------------------------------------------------------------------------------


def test_a_pause_is_no_failure():
    """A paused target is asked at the normal pace, or when it said."""
    settings = PaceSettings(15.0)
    assert wait_after(settings, *[result(Outcome.PAUSED)] * 5) == 15
    assert wait_after(settings, result(Outcome.PAUSED, 3.0)) == 3
    assert wait_after(settings, result(Outcome.PAUSED, 300.0)) == 300
    assert wait_after(settings, result(Outcome.PAUSED, 9 * DAY)) == DAY


def test_a_pause_of_nothing_is_no_busy_loop():
    """`Retry-After: 0` means at once, which for us is a second."""
    assert wait_after(PaceSettings(15.0), result(Outcome.PAUSED, 0.0)) == 1


@pytest.mark.parametrize(("interval", "wait"), [(15.0, DAY), (2 * DAY, 2 * DAY)])
def test_what_is_not_available_is_asked_daily(interval, wait):
    """It may be installed one day; until then nobody is bothered."""
    assert wait_after(PaceSettings(interval), result(Outcome.NOT_AVAILABLE)) == wait


@pytest.mark.parametrize(("asked", "wait"), [(5, 5), (300, 300), (0.1, 2), (-3, 2), (9e9, 600)])
def test_a_source_says_when_to_ask_again_within_bounds(asked, wait):
    """Soon while a job runs, seldom when idle, and never beyond what its plugin declared."""
    settings = PaceSettings(15.0, ask_again_within=(2.0, 600.0))
    assert wait_after(settings, result(Outcome.OK, ask_again=asked)) == wait


def test_a_fast_source_may_be_asked_faster_than_the_bound():
    """Whoever configures an interval below the lower bound means it."""
    assert wait_after(PaceSettings(0.25), result(Outcome.OK, ask_again=0)) == 0.25


@given(st.floats(1, DAY), TIMES, st.floats(0, DAY))
def test_an_overtaken_wait_keeps_its_beat(every, previous, passed):
    """A probe that took longer than the wait is followed at the next beat, not at once."""
    assume(passed > every)
    now = previous + passed
    time = next_time(PaceSettings(15.0), 0.3, Pace(every=every), previous, now)
    beats = (time - previous) / every
    assert beats == pytest.approx(round(beats), abs=1e-4)
    assert now < time <= now + every + 1e-4


def test_nothing_asked_means_no_bound():
    """The normal pace has no time before which it must not run."""
    assert NORMAL.not_before == -math.inf


def test_a_seldom_asked_source_is_tried_again_soon():
    """What is asked once an hour doesn't stay unseen for two because the network came up late."""
    settings = PaceSettings(3600.0)
    waits, pace = [], NORMAL
    for _ in range(7):
        pace = follow(settings, pace, result(Outcome.UNREACHABLE), NOW)
        waits.append(pace.every)
    assert waits == [120.0, 240.0, 480.0, 960.0, 1920.0, 3600.0, 3600.0]

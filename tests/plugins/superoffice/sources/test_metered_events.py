"""Near a threshold, above it, bound to pass it: told once, and not back and forth."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syseventd import Meter, Observation
from syseventd_superoffice.metered.events import Reading, Told, keys_of, tell
from syseventd_superoffice.metered.forecasts import Growth, forecast
from syseventd_superoffice.metered.months import month_of

DAY = 86400.0
NOVEMBER = month_of(datetime(2026, 11, 15, tzinfo=UTC).timestamp(), UTC)
NEAR = 0.85


def reading(
    used: float,
    threshold: float | None = 1_000,
    days: float = 10,
    note: str = "",
    name: str = "chats",
) -> Reading:
    """A meter that began the month at zero and was read after so many days."""
    now = NOVEMBER.start + days * DAY
    meter = Meter(name, used, threshold, "Chat sessions started", estimated=True)
    growth = Growth(used, days * DAY)
    coming = forecast(used, threshold, growth, now, NOVEMBER.end) if threshold else None
    return Reading(meter, NOVEMBER, now, coming, note)


def told(used: float, before: Told | None = None, days: float = 10) -> Told:
    return tell(reading(used, days=days), NEAR, UTC, before.memory if before else None)


def kinds(told: Told) -> list[str]:
    return [observation.kind for observation in told.observations]


def one(told: Told) -> Observation:
    [observation] = told.observations
    return observation


def test_little_use_is_no_event() -> None:
    """What stays far below its threshold until the month's end says nothing."""
    assert told(100).observations == ()
    assert told(100).memory == {}


def test_without_threshold_nothing_is_told() -> None:
    """Nobody knows what costs extra."""
    assert tell(reading(10**9, None), NEAR, UTC).observations == ()


@pytest.mark.parametrize(
    ("used", "kind"), [(849, []), (850, ["metered-near"]), (1_000, ["metered-near"])]
)
def test_near_the_threshold(used: float, kind: list[str]) -> None:
    """From the configured share on it is near; at the threshold itself nothing costs extra yet."""
    assert kinds(told(used, days=30)) == kind


def test_above_the_threshold() -> None:
    """One event remains, which says about how much of the threshold is used."""
    event = one(told(1_234, days=10))
    assert event.kind == "metered-over"
    assert event.key == "metered-over:chats"
    assert event.message == "more than 120 % of 1,000 used this month, estimated"


def test_an_event_of_a_level_changes_seldom() -> None:
    """Each count moves the meter; the event moves with a percent, and above with ten of them."""
    assert told(861, days=30).observations == told(869, days=30).observations
    assert one(told(860, days=30)).message == "86 % of 1,000 used this month, estimated"
    assert told(1_101).observations == told(1_199).observations


def test_a_level_is_kept_a_little_below_where_it_began() -> None:
    """Storage that goes up and down at a limit does not start event after event."""
    near = told(850, days=30)
    assert kinds(told(835, near, days=30)) == ["metered-near"]
    assert kinds(told(829, near, days=30)) == []
    over = told(1_001, days=30)
    assert kinds(told(985, over, days=30)) == ["metered-over"]
    assert kinds(told(979, over, days=30)) == ["metered-near"]


def test_a_forecast_shows_its_evidence() -> None:
    """500 in ten days of thirty pass 1,000 after twenty, and come to 1,500."""
    event = one(told(500))
    assert (event.kind, event.key) == ("metered-forecast", "metered-forecast:chats")
    assert event.message == "passes 1,000 on 2026-11-21 at this month's rate, estimated"
    assert dict(event.details) == {
        "Counted until": "2026-11-11 00:00 UTC",
        "Used so far": "500",
        "Threshold": "1,000",
        "Days counted": "10.0",
        "Added in these days": "500",
        "Rate per day": "50",
        "Over its threshold on": "2026-11-21",
        "Expected at the month's end": "1,500",
    }


def test_a_forecast_beyond_the_month_is_no_event() -> None:
    """The next month begins at zero: what would be passed then is not."""
    assert told(330).observations == ()


def test_a_forecast_stands_while_its_day_stays() -> None:
    """The event changes when its day moves, and not with each count."""
    first = told(500)
    same = told(501, first, days=10.02)
    assert one(same) == one(first)
    assert same.memory == first.memory
    moved = one(told(600, same, days=10.1))
    assert dict(moved.details)["Over its threshold on"] != "2026-11-21"


def test_a_forecast_is_not_taken_back_at_once() -> None:
    """It stands while the month comes to nearly the threshold, and ends when it does not."""
    standing = told(340, days=10)
    assert kinds(standing) == ["metered-forecast"]
    assert kinds(told(370, standing, days=11.5)) == ["metered-forecast"]  # comes to 965
    assert kinds(told(360, standing, days=11.5)) == []  # comes to 939


def test_a_day_that_went_by_is_no_forecast() -> None:
    """Once the forecast's day is over and the rate fell, it was wrong."""
    first = told(500, days=10)
    assert kinds(told(700, first, days=21.9)) == []


def test_both_near_and_bound_to_pass() -> None:
    """A forecast is an event of its own, beside that of being near."""
    assert kinds(told(900, days=15)) == ["metered-near", "metered-forecast"]


def test_what_was_told_last_month_is_forgotten() -> None:
    """A forecast of the month before does not stand in this one."""
    last_month = {"metered-forecast:chats": '["2026-10", "2026-11-30", [["Threshold", "x"]]]'}
    assert tell(reading(320), NEAR, UTC, last_month).observations == ()


@pytest.mark.parametrize("text", ["", "{", "7", "[1]", '["2026-11", "2026-11-30", [1]]'])
def test_a_memory_that_says_nothing_is_no_forecast(text: str) -> None:
    """What can't be read stands for nothing."""
    assert tell(reading(320), NEAR, UTC, {"metered-forecast:chats": text}).observations == ()


def test_an_incomplete_count_says_so() -> None:
    """Each event of a number that is too low carries the note."""
    near = tell(reading(900, days=15, note="incomplete"), NEAR, UTC)
    assert [dict(o.details)["Note"] for o in near.observations] == ["incomplete"] * 2


def test_storage_is_shown_in_gigabytes() -> None:
    """Its meter counts bytes, which nobody reads."""
    event = one(tell(reading(60e9, 50e9, name="storage_bytes"), NEAR, UTC))
    assert event.message == "more than 120 % of 50.0 GB used this month, estimated"


def test_the_day_is_that_of_the_installations_clocks() -> None:
    """An evening in UTC is the next day in Auckland."""
    event = one(tell(reading(510), NEAR, ZoneInfo("Pacific/Auckland")))
    assert "on 2026-11-21" in event.message
    assert "on 2026-11-20" in one(tell(reading(510), NEAR, UTC)).message


def test_the_keys_that_a_meter_may_have() -> None:
    """They are those of its events, so that what can't be counted ends none of them."""
    assert keys_of("chats") >= {o.key for o in told(900, days=15).observations}
    assert keys_of("chats") >= {o.key for o in told(1_001).observations}


AMOUNTS = st.floats(0, 1e12)


@settings(deadline=None)
@given(AMOUNTS, st.floats(1, 1e12), st.floats(0.01, 29.99))
def test_a_forecast_lies_in_the_month_if_its_end_is_above(
    used: float, threshold: float, days: float
) -> None:
    """Both say the same: the day lies within the month, and the month ends above the threshold."""
    now = NOVEMBER.start + days * DAY
    coming = forecast(used, threshold, Growth(used, days * DAY), now, NOVEMBER.end)
    if coming is None:
        assert used == 0
        return
    assert coming.passed_at >= now
    if abs(coming.month_end - threshold) > threshold * 1e-9:
        assert (coming.passed_at < NOVEMBER.end) == (coming.month_end > threshold)


@settings(deadline=None)
@given(st.floats(-1e12, 1e12), st.floats(-1e6, 1e6))
def test_without_growth_there_is_no_forecast(gained: float, seconds: float) -> None:
    """What shrinks or stands still passes nothing; nothing is divided by zero."""
    coming = forecast(1, 2, Growth(gained, seconds), NOVEMBER.start, NOVEMBER.end)
    assert (coming is not None) == (gained > 0 and seconds > 0)


@settings(deadline=None)
@given(st.lists(st.floats(831, 860), min_size=2, max_size=30))
def test_noise_at_the_limit_starts_one_event_at_the_most(values: list[float]) -> None:
    """Within the margin, near begins once and goes on."""
    states, before = [], None
    for used in values:
        before = told(used, before, days=30)
        states.append("metered-near" in kinds(before))
    assert states == sorted(states)

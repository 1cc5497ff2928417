"""Months on an installation's clocks, and counts that add up although rows are removed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syseventd_superoffice.metered.months import day_of, month_of
from syseventd_superoffice.metered.tallies import LAG, Tally, add, show, window

ZONES = [
    UTC,
    *(
        ZoneInfo(name)
        for name in (
            "Europe/Stockholm",
            "America/New_York",
            "Australia/Lord_Howe",
            "America/Asuncion",
            "Pacific/Apia",
        )
    ),
]
HOUR = 3600.0
DAY = 86400.0
TIMES = st.floats(0, 4e9)


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("moment", "start", "end"),
    [
        ("2026-11-24T12:00+01:00", "2026-11-01T00:00+01:00", "2026-12-01T00:00+01:00"),
        ("2026-12-31T23:59+01:00", "2026-12-01T00:00+01:00", "2027-01-01T00:00+01:00"),
        ("2026-12-31T23:30+00:00", "2027-01-01T00:00+01:00", "2027-02-01T00:00+01:00"),
        ("2026-03-29T12:00+02:00", "2026-03-01T00:00+01:00", "2026-04-01T00:00+02:00"),
        ("2028-02-29T12:00+01:00", "2028-02-01T00:00+01:00", "2028-03-01T00:00+01:00"),
    ],
    ids=["november", "last minute of a year", "a new year's night", "clocks forward", "leap day"],
)
def test_a_month_in_stockholm(moment: str, start: str, end: str) -> None:
    """It begins and ends at midnight on the installation's clocks, whatever UTC says."""
    month = month_of(at(moment), ZoneInfo("Europe/Stockholm"))
    assert (month.start, month.end) == (at(start), at(end))


def test_months_are_longer_or_shorter_when_clocks_change() -> None:
    """March lacks an hour and October has one more."""
    stockholm = ZoneInfo("Europe/Stockholm")
    assert month_of(at("2026-03-15T00:00Z"), stockholm).length == 31 * DAY - HOUR
    assert month_of(at("2026-10-15T00:00Z"), stockholm).length == 31 * DAY + HOUR


@settings(deadline=None)
@given(TIMES, st.sampled_from(ZONES))
def test_every_moment_lies_in_its_month(moment: float, zone: ZoneInfo) -> None:
    """Months leave no gap and do not overlap, in every zone."""
    month = month_of(moment, zone)
    assert month.start <= moment < month.end
    assert month_of(month.end, zone).start == month.end
    assert month_of(month.start, zone) == month
    assert 27 * DAY < month.length < 32 * DAY


@settings(deadline=None)
@given(TIMES, st.sampled_from(ZONES))
def test_a_day_is_of_its_month(moment: float, zone: ZoneInfo) -> None:
    """The date that is shown begins with the month's name."""
    assert day_of(moment, zone).startswith(month_of(moment, zone).name)


NOVEMBER = month_of(at("2026-11-15T00:00Z"), UTC)


def count(rows: list[float], since: float, until: float, now: float, kept_for: float) -> int:
    """What a table shows of a stretch when old rows are removed."""
    return sum(since <= row < until and row > now - kept_for for row in rows)


def follow(rows: list[float], probes: list[float], kept_for: float = DAY) -> list[Tally]:
    """The tally after each probe."""
    text, tallies = "", []
    for now in probes:
        tally = Tally.read(text, NOVEMBER, now)
        tally = show(tally, count(rows, NOVEMBER.start, now, now, kept_for))
        if (stretch := window(tally, now)) is not None:
            tally = add(tally, count(rows, *stretch, now, kept_for), stretch[1], now, kept_for)
        tallies.append(tally)
        text = tally.written
    return tallies


OFFSETS = st.floats(0, 29 * DAY, allow_nan=False)


@settings(deadline=None)
@given(st.lists(OFFSETS, max_size=60), st.lists(st.floats(60, 20 * HOUR), min_size=1, max_size=40))
def test_every_row_is_counted_once(offsets: list[float], gaps: list[float]) -> None:
    """Asked at least daily, the count is what was begun so far, but for the last moments."""
    rows = [NOVEMBER.start + offset for offset in offsets]
    probes = [NOVEMBER.start + sum(gaps[: n + 1]) for n in range(len(gaps))]
    for now, tally in zip(probes, follow(rows, probes), strict=True):
        if now >= NOVEMBER.end:
            break
        settled = sum(row < now - LAG for row in rows)
        assert settled <= tally.shown <= sum(row < now for row in rows)
        assert tally.lost == 0


@settings(deadline=None)
@given(st.lists(OFFSETS, max_size=60), st.lists(st.floats(0, 5 * DAY), min_size=1, max_size=20))
def test_the_count_never_falls(offsets: list[float], gaps: list[float]) -> None:
    """Whatever is removed, and however seldom it is asked: within a month it only grows."""
    rows = [NOVEMBER.start + offset for offset in offsets]
    probes = [NOVEMBER.start + sum(gaps[: n + 1]) for n in range(len(gaps))]
    shown = [tally.shown for tally in follow(rows, probes)]
    assert shown == sorted(shown)
    assert all(number <= len(rows) for number in shown)


def test_an_outage_is_told_as_lost() -> None:
    """What was away for three days, while rows are kept for one, has lost two."""
    start = NOVEMBER.start
    tallies = follow([], [start + HOUR, start + HOUR - LAG + 3 * DAY])
    assert tallies[-1].lost == pytest.approx(2 * DAY)


def test_what_is_sure_leaves_out_what_went_by() -> None:
    """A stretch of which something may be lost says nothing of how many there are a day."""
    tally = add(Tally("2026-11", 0), 50, 3 * DAY, 3 * DAY + LAG, DAY)
    assert (tally.counted, tally.surely, tally.surely_for) == (50, 0, 0)
    tally = add(tally, 7, 3.5 * DAY, 3.5 * DAY + LAG, DAY)
    assert (tally.counted, tally.surely, tally.surely_for) == (57, 7, DAY / 2)


def test_what_began_late_has_lost_what_was_before() -> None:
    """Watched from the middle of the month on, it can't know of the first weeks."""
    [tally] = follow([], [NOVEMBER.start + 10 * DAY])
    assert tally.lost == pytest.approx(9 * DAY)


def test_a_new_month_begins_anew() -> None:
    """Nothing of the month before is counted in the next one."""
    before = Tally("2026-10", NOVEMBER.start - HOUR, 7, 7, 5.0)
    assert Tally.read(before.written, NOVEMBER, NOVEMBER.start + HOUR) == Tally(
        "2026-11", NOVEMBER.start
    )


def test_a_clock_that_was_ahead_stops_no_count() -> None:
    """What was counted up to a time that is yet to come is counted on from now."""
    now = NOVEMBER.start + DAY
    ahead = Tally("2026-11", now + 7 * DAY, 3, 3)
    assert Tally.read(ahead.written, NOVEMBER, now).until == now - LAG


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"month": "2026-11"}', '{"until": []}'])
def test_a_memory_that_says_nothing_is_a_new_tally(text: str) -> None:
    """What can't be read was written by nobody."""
    assert Tally.read(text, NOVEMBER, NOVEMBER.start).counted == 0


def test_rows_written_late_are_counted() -> None:
    """A row that comes some minutes after its own time is still counted once."""
    now = NOVEMBER.start + HOUR
    tally = Tally("2026-11", NOVEMBER.start)
    first = window(tally, now)
    assert first is not None
    tally = add(tally, 0, first[1], now, DAY)
    late = now - timedelta(minutes=5).total_seconds()
    second = window(tally, now + HOUR)
    assert second is not None
    assert second[0] <= late < second[1]

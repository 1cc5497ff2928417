"""Happenings without length: events for a day, whatever is restarted meanwhile."""

from __future__ import annotations

import json

import pytest

from syseventd import Observation
from syseventd_superoffice.news import MOST, News

NOW = 1_800_000_000.0
DAY = 86400.0


def test_a_happening_is_an_event_that_began_when_it_happened() -> None:
    """With its message and details, at once and after a restart."""
    news = News({}, NOW)
    news.tell("k", "kind", "Name", "message", (("A", "b"),))
    told = Observation(
        "k", "kind", "Name", message="message", activated_at=NOW, details=(("A", "b"),)
    )
    assert news.observations == (told,)
    assert News(news.memory, NOW + 1).observations == (told,)


@pytest.mark.parametrize(("after", "shown"), [(0, 1), (DAY - 1, 1), (DAY, 0), (-100, 1), (-DAY, 0)])
def test_it_is_shown_for_a_day(after: float, shown: int) -> None:
    """A clock that is put back a little ends nothing."""
    news = News({}, NOW)
    news.tell("k", "kind", "Name")
    later = News(news.memory, NOW + after)
    assert len(later.observations) == shown
    assert bool(later.memory) is bool(shown)


def test_the_same_key_is_told_anew() -> None:
    """The later happening takes the place of the earlier one."""
    news = News({}, NOW)
    news.tell("k", "kind", "first")
    again = News(news.memory, NOW + 60)
    again.tell("k", "kind", "second")
    assert [(o.name, o.activated_at) for o in again.observations] == [("second", NOW + 60)]


def test_the_oldest_go_first() -> None:
    """So much is kept and no more."""
    news = News({}, NOW)
    for number in range(MOST + 5):
        news.tell(f"k{number}", "kind", "Name")
    assert len(news.observations) == MOST
    assert news.observations[0].key == "k5"


def test_texts_are_cut() -> None:
    """What is told may have come from anywhere."""
    news = News({}, NOW)
    news.tell("k", "kind", "n" * 9999, "m" * 9999, (("A", "b" * 9999),) * 9999)
    [told] = news.observations
    assert (len(told.name), len(told.message)) == (256, 4000)
    assert len(told.details) == 100
    assert len(told.details[0][1]) == 256


@pytest.mark.parametrize(
    "item",
    [
        "{",
        "7",
        "[7]",
        "[{}]",
        json.dumps({"key": "k"}),
        '[{"key": "", "kind": "", "name": "", "message": "", "details": [], "at": 1}]',
        '[{"key": "k", "kind": "", "name": "", "message": "", "details": [], "at": NaN}]',
        '[{"key": "k", "kind": "", "name": "", "message": "", "details": [7], "at": 1}]',
        '[{"key": "k", "kind": "", "name": "", "message": "", "details": [], "at": 1%s}]'
        % ("0" * 400),
    ],
)
def test_what_nobody_wrote_counts_as_nothing(item: str) -> None:
    """It breaks no probe."""
    assert News({"news": item}, NOW).observations == ()

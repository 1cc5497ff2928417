"""Seats that run out: one event a module, that does not come and go with every user."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd import Step
from syseventd_superoffice.licences.licence import Module
from syseventd_superoffice.licences.seats import Limits, state_of

NEAR, FULL, OVER = "seats-nearly-used-up", "seats-used-up", "seats-over-waiting"
DAY = "2026-11-01"
LIMITS = Limits(0.85, 0.83)


def state(used: int | None, total: int | None, is_open: bool = False, **module: bool) -> str | None:
    return state_of(Module("m", used=used, total=total, **module), None, is_open, LIMITS)


@pytest.mark.parametrize(
    ("used", "kind"), [(0, None), (84, None), (85, NEAR), (99, NEAR), (100, FULL), (101, FULL)]
)
def test_when_seats_run_out(used: int, kind: str | None) -> None:
    """From 85 % on they are nearly used up, at 100 % they are."""
    assert state(used, 100) == kind


@pytest.mark.parametrize(("used", "kind"), [(84, NEAR), (83, NEAR), (82, None), (0, None)])
def test_an_event_lasts_down_to_the_lower_limit(used: int, kind: str | None) -> None:
    """It ends only below 83 %."""
    assert state(used, 100, is_open=True) == kind


@pytest.mark.parametrize(("total", "first", "last"), [(180, 153, 150), (10, 9, 8), (5, 5, 4)])
def test_few_seats(total: int, first: int, last: int) -> None:
    """Where one seat is more than the limits are apart, two of them must be free again."""
    assert state(first - 1, total) is None
    assert state(first, total) is not None
    assert state(last, total, is_open=True) == NEAR
    assert state(last - 1, total, is_open=True) is None


def test_a_share_that_no_float_holds() -> None:
    """55 % of a hundred are 55, not a little more."""
    assert state_of(Module("m", used=55, total=100), None, False, Limits(0.55, 0.5)) == NEAR


@given(st.integers(0, 400), st.integers(2, 400), st.integers(-1, 1))
def test_no_event_flaps_with_one_user(used: int, total: int, change: int) -> None:
    """One user more or less never ends an event that the number before would have started."""
    if state(used, total) and used + change > 0:
        assert state(used + change, total, is_open=True)


@given(st.integers(0, 400), st.integers(0, 400), st.booleans())
def test_more_use_is_never_less_serious(used: int, total: int, is_open: bool) -> None:
    """The states follow each other as use grows."""
    order = [None, NEAR, FULL]
    less, more = (state(n, total, is_open) for n in (used, used + 1))
    assert order.index(less) <= order.index(more)


@pytest.mark.parametrize(
    ("used", "total", "site"), [(None, 10, False), (9, None, False), (1, 1, True), (0, 0, False)]
)
def test_what_has_no_seats_to_run_out_of(used: int | None, total: int | None, site: bool) -> None:
    """Use that is unknown or unrestricted, and licences of the installation itself."""
    assert state(used, total, site=site) is None


def test_seats_from_start_to_end(watch: Any, entry: Any, module: Any) -> None:
    """One event for each module: it changes as more are used, and ends when some are free."""
    for used in (8, 9, 10, 9, 8, 7):
        watch.probe(DAY, entry("SUPEROFFICE", module("Web", used), module("calm", 1)))
    events = {step.event.id for step in watch.steps}
    assert len(events) == 1
    assert [s.event.observation.kind for s in watch.steps] == [NEAR, FULL, NEAR, NEAR, NEAR]
    assert [s.step for s in watch.steps][-1] is Step.ENDED
    seen = watch.steps[1].event.observation
    assert (seen.key, seen.name) == ("seats:SUPEROFFICE/web", "Seats of Web")
    assert (seen.status, seen.message) == ("used up", "10 of 10 in use")
    assert seen.details == (
        ("Licence owner", "SUPEROFFICE"),
        ("In use", "10"),
        ("Total", "10"),
    )


def test_more_in_use_than_there_are(watch: Any, entry: Any, module: Any) -> None:
    """The event says what the tab says, and its kind stays."""
    watch.probe(DAY, entry("A", module("m", 6, 5)))
    [seen] = watch.open(FULL)
    assert (seen.status, seen.message) == ("over the limit", "6 of 5 in use")


def test_the_shares_are_configured(watch: Any, entry: Any, module: Any) -> None:
    """An event starts at `seats_near` and ends below `seats_clear`."""
    shares = {"seats_near": 0.5, "seats_clear": 0.3}
    for used in (49, 50, 30, 29):
        watch.probe(DAY, entry("A", module("m", used, 100)), **shares)
    assert [step for step, _ in watch.told(NEAR)] == [Step.STARTED, Step.CHANGED, Step.ENDED]


def test_hidden_modules_have_events_on_demand(watch: Any, entry: Any, module: Any) -> None:
    """The option `hidden` watches what the installation hides."""
    licence = entry("A", module("m", 10, 10, IsHidden=True))
    watch.probe(DAY, licence)
    assert not watch.steps
    watch.probe(DAY, licence, hidden=True)
    assert watch.open(FULL)


def test_more_in_use_than_the_waiting_licence_allows(watch: Any, entry: Any, module: Any) -> None:
    """The same event says so, of modules without a limit as well; others are left alone."""
    modules = (module("a", 8, 10, new=7), module("b", 7, 10, new=7), module("free", 9, 0, new=5))
    modules[2]["Current"] = {**modules[2]["Current"], "Unrestricted": True}
    watch.probe(DAY, entry("A", *modules, New={}))
    first, second = watch.open(OVER)
    assert first.message == "8 of 10 in use; the waiting licence allows 7"
    assert second.message == "9 in use; the waiting licence allows 5"
    assert first.details[-1] == ("Total of the waiting licence", "7")
    watch.probe(DAY, entry("A", module("a", 7, 10, new=7), module("free", 5, 9, new=5), New={}))
    assert not watch.open(OVER)


@pytest.mark.parametrize(
    "unreadable",
    [
        {"NumberOfLicensesTotal": "many"},
        {"NumberOfLicensesInUse": -1},
        {"NumberOfLicensesInUse": None},
        {"Current": 7},
        {"Current": {}},
    ],
)
def test_seats_that_cant_be_read_end_nothing(
    watch: Any, entry: Any, module: Any, unreadable: dict[str, Any]
) -> None:
    """The event stays, and goes on when they can be read again."""
    full = module("m", 10, 10)
    watch.probe(DAY, entry("A", full))
    for lost in (entry("A", {**full, **unreadable}), entry("A") | {"ExtendedModuleLicenses": 7}):
        watch.probe(DAY, lost)
    watch.probe(DAY, {"New": {"OwnerName": "A"}}, entry("B"))
    watch.probe(DAY, entry("A", full))
    assert watch.told(FULL) == [(Step.STARTED, "used up")]


def test_a_module_that_is_gone_has_no_event(watch: Any, entry: Any, module: Any) -> None:
    """A licence without it has no seats of it."""
    watch.probe(DAY, entry("A", module("m", 10, 10), module("n")))
    watch.probe(DAY, entry("A", module("n")))
    assert watch.told(FULL)[-1] == (Step.ENDED, "used up")

"""What of each metered service is included: by users, packages, and one's own amounts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st
from pydantic import ValidationError

from syseventd_superoffice.metered.allowances import SERVICES, Allowance
from syseventd_superoffice.metered.settings import MeteredSettings

SERVICE = {service.key: service for service in SERVICES}


def settings(**written: object) -> MeteredSettings:
    return MeteredSettings.model_validate(written)


@pytest.mark.parametrize(
    ("users", "included"),
    [
        (1, (50e9, 15_000, 1_000, 1_500, 1_000)),
        (50, (50e9, 15_000, 1_000, 1_500, 1_000)),
        (51, (100e9, 30_000, 2_000, 2_000, 2_000)),
        (100, (100e9, 30_000, 2_000, 2_000, 2_000)),
        (101, (200e9, 60_000, 4_000, 2_500, 3_000)),
    ],
)
def test_what_is_included_by_number_of_users(users: int, included: tuple[float, ...]) -> None:
    """The built-in table, at the ends of its three steps; storage is in bytes."""
    assert tuple(Allowance(users).threshold(service) for service in SERVICES) == included


def test_without_users_there_is_no_threshold() -> None:
    """Nobody guesses how many users the agreement counts."""
    assert [Allowance().threshold(service) for service in SERVICES] == [None] * 5


def test_extra_packages_are_added() -> None:
    """Each package adds its own number; other services stay as they are."""
    allowance = settings(users=50, packages={"mailings": 1, "storage": 2}).allowance
    assert allowance.threshold(SERVICE["mailings"]) == 65_000
    assert allowance.threshold(SERVICE["storage"]) == 150e9
    assert allowance.threshold(SERVICE["chats"]) == 1_500


def test_an_amount_of_ones_own_is_the_whole_threshold() -> None:
    """It holds without users as well, in GB for storage."""
    allowance = settings(amounts={"chats": 5_000, "storage": 0.5}).allowance
    assert allowance.threshold(SERVICE["chats"]) == 5_000
    assert allowance.threshold(SERVICE["storage"]) == 5e8
    assert allowance.threshold(SERVICE["forms"]) is None


@how(deadline=None)
@given(st.integers(1, 10_000), st.integers(1, 10_000), st.sampled_from(SERVICES))
def test_more_users_never_have_less(some: int, more: int, service: Any) -> None:
    """The threshold grows with the number of users."""
    few, many = sorted((some, some + more))
    assert Allowance(few).threshold(service) <= Allowance(many).threshold(service)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ({"users": 0}, "users"),
        ({"users": "80"}, "users\n  Input should be a valid integer"),
        ({"users": True}, "users\n  Input should be a valid integer"),
        ({"users": 80, "packages": {"mailings": "2"}}, "packages.mailings\n  Input should be"),
        ({"amounts": {"forms": "3"}}, "amounts.forms\n  Input should be a valid number"),
        ({"users": 5, "amounts": {"chats": 0}}, "chats"),
        ({"amounts": {"chats": float("inf")}}, "chats"),
        ({"amounts": {"chats": float("nan")}}, "chats"),
        ({"users": 5, "packages": {"chats": -1}}, "chats"),
        ({"packages": {"chats": 1}}, "packages.chats says nothing without users"),
        ({"users": 5, "packages": {"chats": 1}, "amounts": {"chats": 9}}, "chats is in both"),
        ({"users": 5, "packages": {"chat": 1}}, "chat"),
        ({"near": 1}, "near"),
        ({"forecast_after": 0}, "forecast_after"),
        ({"time_zone": "Europe/Stokholm"}, 'write one such as "Europe/Stockholm"'),
        ({"time_zone": "Europe"}, "is no time zone"),
        ({"time_zone": "../../etc/passwd"}, "is no time zone"),
        ({"time_zone": "x" * 10_000}, "is no time zone"),
    ],
)
def test_settings_that_mean_nothing_are_faults(written: dict[str, object], reason: str) -> None:
    """Each is refused with what is wrong about it."""
    with pytest.raises(ValidationError) as caught:
        settings(**written)
    assert reason in str(caught.value)


def test_the_time_zone_by_default() -> None:
    """Months are those of UTC unless it is said whose clocks count."""
    assert str(settings().zone) == "UTC"
    assert str(settings(time_zone="Europe/Stockholm").zone) == "Europe/Stockholm"


def test_a_whole_amount_needs_no_point() -> None:
    """Quotes are refused; a number is taken with a fraction or without."""
    assert settings(amounts={"forms": 3}).amounts.forms == 3.0
    assert settings(amounts={"storage": 62.5}).amounts.storage == 62.5

"""How long a refused login stays unsent: no common policy locks it out, and people are told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from syseventd import Unauthorized
from syseventd_superoffice.auth_settings import BasicAuth, TicketAuth
from syseventd_superoffice.redaction import Secrets
from syseventd_superoffice.refused_login import (
    MINUTE,
    PASSWORD_PAUSES,
    TOKEN_PAUSES,
    LoginGuard,
)
from syseventd_superoffice.webapi.auth.basic import BasicLogin
from syseventd_superoffice.webapi.auth.renewed import Granted, RenewedLogin
from syseventd_superoffice.webapi.auth.ticket import TicketLogin
from syseventd_superoffice.webapi.login import Login

AT = 1795532400.0
"""2026-11-24 15:00 UTC."""


class Directory:
    """Whether a password is right, and when it was sent, by the clock of the guard before it."""

    def __init__(self, pauses: Sequence[float] = PASSWORD_PAUSES) -> None:
        self.now = 0.0
        self.is_right = False
        self.wrong: list[float] = []
        self.guard = LoginGuard(pauses, lambda: self.now, lambda: AT + self.now)

    async def ask(self) -> str:
        """What whoever asks is told; "" where it was let in."""
        try:
            async with self.guard.use() as turn:
                await turn.take()
                if self.is_right:
                    return ""
                self.wrong.append(self.now)
                raise Unauthorized("crm", "no")
        except Unauthorized as refusal:
            return refusal.reason

    async def ask_for(self, seconds: float, every: float = 7.5) -> None:
        """Eight sources at a minute's interval ask, for so long."""
        until = self.now + seconds
        while self.now < until:
            await self.ask()
            self.now += every


def is_locked_out(wrong: Sequence[float], threshold: int, window: float) -> bool:
    """As Active Directory counts: from 0 again once `window` has passed without a wrong one."""
    count, before = 0, float("-inf")
    for at in wrong:
        count = 1 if at - before >= window else count + 1
        before = at
        if count >= threshold:
            return True
    return False


@pytest.mark.parametrize("was_good", [False, True])
@pytest.mark.parametrize(
    ("threshold", "minutes"), [(3, 15), (3, 30), (5, 30), (5, 60), (10, 10), (10, 60)]
)
def test_common_policies_lock_nobody_out(threshold: int, minutes: float, was_good: bool) -> None:
    """However long it stays wrong, and whether or not it was right before."""

    async def use() -> None:
        directory = Directory()
        if was_good:
            directory.is_right = True
            await directory.ask()
            directory.is_right = False
        await directory.ask_for(24 * 3600.0)
        assert len(directory.wrong) > 20
        assert not is_locked_out(directory.wrong, threshold, minutes * MINUTE)

    asyncio.run(use())


def test_a_password_each_minute_would_be_locked_out() -> None:
    """Else the test above would prove nothing."""
    assert is_locked_out([60.0 * n for n in range(30)], 5, 30 * MINUTE)
    assert not is_locked_out([60.0 * n for n in range(30)], 5, MINUTE)


def test_pauses_grow_with_each_refusal() -> None:
    """Up to the longest, and no further: an account is mended some day."""

    async def use() -> None:
        directory = Directory((10.0, 20.0, 30.0))
        await directory.ask_for(131.0, every=1.0)
        assert directory.wrong == [0.0, 10.0, 30.0, 60.0, 90.0, 120.0]

    asyncio.run(use())


def test_pauses_begin_short_again_once_it_was_accepted() -> None:
    """What was mended and breaks anew is a new story."""

    async def use() -> None:
        directory = Directory((10.0, 20.0, 30.0))
        await directory.ask_for(15.0, every=1.0)
        directory.is_right, directory.now = True, 40.0
        assert await directory.ask() == ""
        directory.is_right, directory.wrong = False, []
        await directory.ask_for(25.0, every=1.0)
        assert directory.wrong == [40.0, 41.0, 61.0]

    asyncio.run(use())


def test_whoever_asks_meanwhile_is_told_since_when_and_until_when() -> None:
    """The same words for as long as a pause lasts; the first refusal's time stays."""

    async def use() -> None:
        directory = Directory()
        told = await directory.ask()
        assert told == (
            "no; refused since 2026-11-24 15:00 UTC, "
            "tried again after 2026-11-24 15:05 UTC or a reload"
        )
        directory.now = 60.0
        assert await directory.ask() == told
        directory.now = 301.0
        told = await directory.ask()
        assert "since 2026-11-24 15:00 UTC, tried again after 2026-11-24 15:40 UTC" in told
        assert len(directory.wrong) == 2

    asyncio.run(use())


def test_the_first_refusal_of_a_good_login_says_nothing_of_pauses() -> None:
    """It may be of that one question; the second one tells since when it is so."""

    async def use() -> None:
        directory = Directory()
        directory.is_right = True
        await directory.ask()
        directory.is_right = False
        assert await directory.ask() == "no"
        directory.now = 120.0
        assert "refused since 2026-11-24 15:00 UTC" in await directory.ask()

    asyncio.run(use())


def test_only_passwords_are_spared_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """No ticket or token locks anybody out: they are tried again within minutes."""
    monkeypatch.setenv("SECRET", "7T:x")
    basic = BasicAuth.model_validate(
        {"method": "basic", "user": "monitor", "password_env": "SECRET"}
    )
    ticket = TicketAuth.model_validate({"method": "ticket", "ticket_env": "SECRET"})

    async def grant() -> Granted:
        raise AssertionError("nobody asks")

    logins: list[Login] = [BasicLogin(basic), TicketLogin(ticket, Secrets())]
    logins.append(RenewedLogin("the application", Secrets(), grant))
    assert [login.has_password for login in logins] == [True, False, False]
    assert max(TOKEN_PAUSES) < PASSWORD_PAUSES[1]


def test_a_server_that_answers_late_is_sent_it_twice_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A cold server counts each try, although it has answered none."""
    monkeypatch.setattr("syseventd_superoffice.refused_login.MOST_WAITING", 0.01)

    async def use() -> None:
        guard, answered, two = LoginGuard(), asyncio.Event(), asyncio.Event()
        sent = 0

        async def ask() -> None:
            nonlocal sent
            async with guard.use() as turn:
                await turn.take()
                sent += 1
                if sent == 2:
                    two.set()
                await answered.wait()
                raise Unauthorized("crm", "no")

        tasks = [asyncio.create_task(ask()) for _ in range(6)]
        async with asyncio.timeout(5):
            await two.wait()
            await asyncio.sleep(0.05)  # in which others would send it, if they were let
            answered.set()
            refusals = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(refusal) for refusal in refusals] == [Unauthorized] * 6
        assert sent == 2

    asyncio.run(use())

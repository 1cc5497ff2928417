"""A password that is changed while it is in use: few wrong ones go out, and nobody is slowed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable
from typing import Any

import pytest
from aiohttp import web

from syseventd import NotAvailable, ProbeEnded, Unauthorized
from syseventd_superoffice import refused_login
from syseventd_superoffice.refused_login import PASSWORDS_AT_ONCE, LoginGuard
from syseventd_superoffice.webapi.client import Client

MANY = 8


class Installation:
    """Counts the logins that it is sent, by whether they are good, and answers all together."""

    def __init__(self) -> None:
        self.is_good = True
        self.sent: Counter[bool] = Counter()
        self.out = self.most_out = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        is_good = self.is_good
        self.sent[is_good] += 1
        self.out += 1
        self.most_out = max(self.out, self.most_out)
        await asyncio.sleep(0.02)
        self.out -= 1
        return web.json_response({}) if is_good else web.Response(status=401)


async def ended(asking: Awaitable[object]) -> type:
    try:
        return type(await asking)
    except ProbeEnded as error:
        return type(error)


async def ask_many(client: Client) -> set[type]:
    asked = (ended(client.ask(f"/api/v1/Q{number}")) for number in range(MANY))
    return set(await asyncio.gather(*asked))


def test_a_password_that_was_changed_goes_out_twice(crm: Any) -> None:
    """Strict directories lock an account after three; whoever waits is told what was heard."""
    crm._description = None
    installation = Installation()

    async def use(client: Client) -> set[type]:
        await client.ask("/api/v1/Q")
        installation.is_good = False
        return await ask_many(client) | await ask_many(client)

    assert crm.ask(installation.answer, use) == {Unauthorized}
    assert installation.sent[False] == PASSWORDS_AT_ONCE == 2


def test_a_ticket_locks_nobody_out(crm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """All sources may send it at once."""
    crm._description = None
    monkeypatch.setenv("CRM_TICKET", "7T:not-a-secret")
    installation = Installation()

    async def use(client: Client) -> None:
        await client.ask("/api/v1/Q")
        await ask_many(client)

    crm.ask(installation.answer, use, auth={"method": "ticket", "ticket_env": "CRM_TICKET"})
    assert installation.most_out == MANY


class Guarded:
    """A guard of a good password, and those who went out with it."""

    def __init__(self, at_once: float = PASSWORDS_AT_ONCE) -> None:
        self.guard = LoginGuard(at_once=at_once)
        self.out = 0
        self.refuse, self.let_in = asyncio.Event(), asyncio.Event()

    async def send(self, verdict: asyncio.Event | None = None) -> None:
        """Sends it, and hears of it at once, or when the event comes."""
        async with self.guard.use() as turn:
            await turn.take()
            self.out += 1
            if verdict is not None:
                await verdict.wait()
            if verdict is self.refuse:
                raise Unauthorized("crm", "no")

    def start(self, verdict: asyncio.Event) -> asyncio.Task[type]:
        return asyncio.create_task(ended(self.send(verdict)))

    async def until_out(self, count: int) -> None:
        """Waits until so many went out."""
        async with asyncio.timeout(5):
            # It tells nobody.
            while self.out < count:  # noqa: ASYNC110
                await asyncio.sleep(0.001)

    async def settle(self) -> None:
        """Lets everybody do what he can."""
        for _ in range(10):
            await asyncio.sleep(0)


def test_who_waits_stays_until_the_last_that_is_out_was_heard() -> None:
    """He would be the third with a wrong password."""

    async def use() -> None:
        guarded = Guarded()
        await guarded.send()
        tasks = [guarded.start(guarded.refuse), guarded.start(guarded.let_in)]
        await guarded.until_out(3)
        third = guarded.start(guarded.let_in)
        await guarded.settle()
        guarded.refuse.set()
        await tasks[0]
        await guarded.settle()
        assert guarded.out == 3
        guarded.let_in.set()
        await asyncio.gather(*tasks, third)
        assert guarded.out == 4
        assert guarded.guard.is_good

    asyncio.run(use())


def test_who_waits_is_told_of_a_pause_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is still under way."""
    monkeypatch.setattr(refused_login, "SOON", 60.0)

    async def use() -> None:
        guarded = Guarded(at_once=3)
        await guarded.send()
        slow = guarded.start(guarded.let_in)
        refused = [guarded.start(guarded.refuse) for _ in range(2)]
        await guarded.until_out(4)
        waiting = guarded.start(guarded.let_in)
        await guarded.settle()
        guarded.refuse.set()
        await asyncio.gather(*refused)
        await guarded.settle()
        assert waiting.done()
        assert waiting.result() is Unauthorized
        guarded.let_in.set()
        await slow

    asyncio.run(use())


def test_who_was_let_in_with_the_old_password_says_nothing_of_the_new() -> None:
    """What works slowly is done long after: it does not make a refused password good again."""

    async def use() -> None:
        guarded = Guarded()
        await guarded.send()
        slow = guarded.start(guarded.let_in)
        await guarded.until_out(2)
        guarded.refuse.set()
        assert await guarded.start(guarded.refuse) is Unauthorized
        guarded.let_in.set()
        assert await slow is type(None)
        assert not guarded.guard.is_good
        await guarded.send()
        assert guarded.guard.is_good

    asyncio.run(use())


def test_a_pause_is_not_ended_by_who_went_out_before_it() -> None:
    """Else each slow question of an hour ago would send the wrong password anew."""

    async def use() -> None:
        guarded = Guarded(at_once=3)
        await guarded.send()
        slow = guarded.start(guarded.let_in)
        refused = [guarded.start(guarded.refuse) for _ in range(2)]
        await guarded.until_out(4)
        guarded.refuse.set()
        await asyncio.gather(*refused)
        guarded.let_in.set()
        await slow
        assert await guarded.start(guarded.let_in) is Unauthorized
        assert guarded.out == 4

    asyncio.run(use())


def test_what_takes_long_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was let in, or it would have been refused: the next ones go out."""
    monkeypatch.setattr(refused_login, "SOON", 0.01)

    async def use() -> None:
        guarded = Guarded()
        await guarded.send()
        tasks = [guarded.start(guarded.let_in) for _ in range(MANY)]
        await guarded.settle()
        assert guarded.out == 1 + PASSWORDS_AT_ONCE
        await guarded.until_out(1 + MANY)
        guarded.let_in.set()
        await asyncio.gather(*tasks)
        assert not guarded.guard._out

    asyncio.run(use())


def test_who_was_let_in_makes_room_for_one() -> None:
    """And not for as many as are still out."""

    async def use() -> None:
        guarded = Guarded()
        await guarded.send()
        tasks = [guarded.start(guarded.let_in)]
        await guarded.until_out(2)
        await guarded.send()
        tasks += [guarded.start(guarded.let_in) for _ in range(2)]
        await guarded.settle()
        assert guarded.out == 3 + 1
        guarded.let_in.set()
        await asyncio.gather(*tasks)

    asyncio.run(use())


def test_a_login_that_nobody_knows_to_be_good_is_not_let_in_by_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A cold server that hangs may still refuse it."""
    monkeypatch.setattr(refused_login, "SOON", 0.0)

    async def use() -> None:
        guarded = Guarded()
        tasks = [guarded.start(guarded.let_in) for _ in range(2)]
        await guarded.settle()
        assert guarded.out == 1
        guarded.let_in.set()
        await asyncio.gather(*tasks)

    asyncio.run(use())


def test_who_is_about_to_send_it_is_told_that_it_was_refused_meanwhile() -> None:
    """Such as one who asked for the tenant's state first."""

    async def use() -> None:
        guarded = Guarded()
        guarded.refuse.set()

        async def late() -> None:
            async with guarded.guard.use() as turn:
                assert await guarded.start(guarded.refuse) is Unauthorized
                await turn.take()
                guarded.out += 1

        assert await ended(late()) is Unauthorized
        assert guarded.out == 1

    asyncio.run(use())


def test_whoever_sends_it_twice_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as one who is sent on to where the tenant is now."""
    monkeypatch.setattr(refused_login, "MOST_WAITING", 60.0)

    async def use() -> None:
        guard = LoginGuard(at_once=1)
        async with asyncio.timeout(1), guard.use() as turn:
            await turn.take()
            await turn.take()
            assert len(guard._out) == 1
        assert not guard._out

    asyncio.run(use())


def test_who_hung_before_it_was_known_to_be_good_holds_up_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A cold server may hang with the first question, and answer the second one."""
    monkeypatch.setattr(refused_login, "MOST_WAITING", 0.01)

    async def use() -> None:
        guard = LoginGuard(at_once=1)
        async with asyncio.timeout(5), guard.use() as hanging:
            await hanging.take()
            async with guard.use() as second:
                await second.take()
            async with asyncio.timeout(1), guard.use() as third:
                await third.take()
                assert third in guard._out

    asyncio.run(use())


class Walled:
    """An installation that lacks a path, behind a server that wants a login for all it has."""

    def __init__(self, accepts: bool) -> None:
        self.accepts = accepts
        self.sent: list[tuple[str, bool]] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        has_login = "Authorization" in request.headers
        self.sent.append((request.path.rpartition("/")[2], has_login))
        if request.path != "/api":
            return web.Response(status=404)
        if not (has_login and self.accepts):
            return web.Response(status=401, headers={"WWW-Authenticate": "Basic"})
        return web.json_response({"v1": "x"})


def test_who_answers_there_is_asked_without_our_login(crm: Any) -> None:
    """`/api` needs none, and the address may be a stranger's."""
    crm._description = None
    heard = list[tuple[str, bool]]()

    async def answer(request: web.Request) -> web.StreamResponse:
        path = request.path.rpartition("/")[2]
        heard.append((path, "Authorization" in request.headers))
        return web.json_response({"v1": "x"}) if path == "api" else web.Response(status=404)

    with pytest.raises(NotAvailable):
        crm.ask(answer, lambda client: client.ask("/api/v1/Lacking"))
    assert heard == [("Lacking", True), ("api", False)]


def test_a_server_that_wants_a_login_even_there_is_sent_it(crm: Any) -> None:
    """That says nothing of whether SuperOffice is behind it."""
    crm._description = None
    walled = Walled(accepts=True)
    with pytest.raises(NotAvailable, match="has no /api/v1/Lacking"):
        crm.ask(walled.answer, lambda client: client.ask("/api/v1/Lacking"))
    assert walled.sent == [("Lacking", True), ("api", False), ("api", True)]


def test_a_login_that_is_refused_there_counts_as_refused(crm: Any) -> None:
    """A wrong password would else be sent by each question, with nobody to count it."""
    crm._description = None
    walled = Walled(accepts=False)

    async def use(client: Client) -> list[type]:
        return [await ended(client.ask("/api/v1/Lacking")) for _ in range(3)]

    assert crm.ask(walled.answer, use) == [Unauthorized] * 3
    assert walled.sent == [("Lacking", True), ("api", False), ("api", True)]


def test_what_is_asked_without_a_login_sends_none_there_either(crm: Any) -> None:
    """Nor does it say anything of the login."""
    crm._description = None
    walled = Walled(accepts=True)
    with pytest.raises(ProbeEnded, match="nothing there answers as SuperOffice"):
        crm.ask(walled.answer, lambda client: client.ask("/api/v1/Lacking", with_login=False))
    assert walled.sent == [("Lacking", False), ("api", False)]

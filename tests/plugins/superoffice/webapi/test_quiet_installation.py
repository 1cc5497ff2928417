"""An installation that is busy is left alone by all sources, ever longer if it doesn't say."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web
from yarl import URL

from syseventd import Throttled
from syseventd_superoffice.webapi import WebApi, quiet
from syseventd_superoffice.webapi.client import Client
from syseventd_superoffice.webapi.quiet import FIRST_PAUSE, MOST_PAUSE, Quiet

HERE = URL("http://crm/api")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def left(silence: Quiet) -> float | None:
    """How long the pause still lasts, as it is told to who would ask."""
    try:
        silence.keep(HERE)
    except Throttled as failure:
        return failure.retry_after
    return None


def test_a_pause_of_the_length_that_was_asked_for() -> None:
    """Not a second more."""
    clock = Clock()
    silence = Quiet(clock)
    assert silence.begin(429, 60.0) == 60.0
    clock.now += 59
    assert left(silence) == 1.0
    clock.now += 1
    assert left(silence) is None


def test_a_longer_pause_is_not_cut_short() -> None:
    """Two requests under way may be told different lengths."""
    silence = Quiet(Clock())
    silence.begin(429, 60.0)
    assert silence.begin(429, 5.0) == 60.0
    assert silence.begin(429, None) == 60.0


def test_pauses_of_our_own_grow_to_a_bound() -> None:
    """Each time that it is still busy after one, the next is twice as long."""
    clock, lengths = Clock(), []
    silence = Quiet(clock)
    for _ in range(9):
        lengths.append(silence.begin(503, None))
        clock.now += lengths[-1]
    assert lengths[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert lengths[-2:] == [MOST_PAUSE, MOST_PAUSE]


def test_several_refusals_at_once_are_one() -> None:
    """Four requests under way that are refused together begin one pause."""
    silence = Quiet(Clock())
    assert [silence.begin(503, None) for _ in range(4)] == [FIRST_PAUSE] * 4


def test_an_answer_makes_the_next_pause_short_again() -> None:
    """It is not busy any more."""
    clock = Clock()
    silence = Quiet(clock)
    clock.now += silence.begin(503, None)
    clock.now += silence.begin(503, None)
    silence.end()
    assert silence.begin(503, None) == FIRST_PAUSE


@pytest.mark.parametrize("status", [429, 503])
def test_without_a_word_how_long_all_sources_pause(crm: Any, status: int) -> None:
    """The length of our own goes with the failure, for the daemon to plan with."""

    async def busy(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status)

    async def use(client: Client) -> list[Throttled]:
        access, failures = WebApi(client), list[Throttled]()
        for ask in (access.system_events, access.freetext_status, access.versions):
            with pytest.raises(Throttled) as caught:
                await ask()
            failures.append(caught.value)
        return failures

    first, *others = crm.ask(busy, use)
    assert first.retry_after == pytest.approx(FIRST_PAUSE, abs=0.5)
    assert all("which still lasts" in other.reason for other in others)
    assert len(crm.requests) == 1


def test_an_answer_between_two_pauses_makes_the_second_as_short_as_the_first(
    crm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only an installation that stays busy is left alone for longer."""
    monkeypatch.setattr(quiet, "FIRST_PAUSE", 0.01)
    statuses = iter([503, 200, 503])

    async def sometimes(request: web.Request) -> web.StreamResponse:
        return web.json_response({"value": []}, status=next(statuses))

    async def use(client: Client) -> list[float]:
        access, pauses = WebApi(client), list[float]()
        async with asyncio.timeout(10):
            while len(pauses) < 2:
                try:
                    await access.system_events()
                except Throttled as failure:
                    if "which still lasts" not in failure.reason:
                        pauses.append(failure.retry_after or 0.0)
                    await asyncio.sleep(0.01)
        return pauses

    assert crm.ask(sometimes, use) == pytest.approx([0.01, 0.01], abs=0.005)

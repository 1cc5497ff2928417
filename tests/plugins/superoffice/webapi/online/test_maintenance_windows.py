"""SuperOffice Online's own windows: inside of them, not to be reached is no failure."""

from __future__ import annotations

import socket
from datetime import datetime
from typing import Any

import pytest
from aiohttp import web

from syseventd import Paused, ProbeEnded, ProbeFailed, Throttled, Unreachable
from syseventd_superoffice.webapi import WebApi
from syseventd_superoffice.webapi.client import Client
from syseventd_superoffice.webapi.windows import window_at

ALL = ("nightly", "weekend", "patching", "upgrade")

TUESDAY_NIGHT = datetime.fromisoformat("2026-11-24T01:30:00+01:00").timestamp()
TUESDAY_NOON = datetime.fromisoformat("2026-11-24T12:00:00+01:00").timestamp()


async def probe(client: Client) -> None:
    await WebApi(client).system_events()


@pytest.mark.parametrize(
    ("name", "opens", "closes"),
    [
        ("nightly", "2026-11-25T01:00", "2026-11-25T03:00"),
        ("nightly", "2026-11-29T01:00", "2026-11-29T03:00"),
        ("weekend", "2026-11-28T20:00", "2026-11-29T06:00"),
        ("patching", "2026-11-26T22:00", "2026-11-27T06:00"),
        ("upgrade", "2026-11-24T20:00", "2026-11-25T05:00"),
        ("upgrade", "2026-11-27T20:00", "2026-11-28T05:00"),
        ("weekend", "2026-07-25T20:00", "2026-07-26T06:00"),
    ],
)
def test_when_a_window_is_open(name: Any, opens: str, closes: str) -> None:
    """From its first second to its last, in UTC+1, in summer too."""
    first = datetime.fromisoformat(f"{opens}:00+01:00").timestamp()
    end = datetime.fromisoformat(f"{closes}:00+01:00").timestamp()
    assert window_at([name], first - 1) is None
    assert window_at([name], first) == name
    assert window_at([name], end - 1) == name
    assert window_at([name], end) is None


def test_only_the_windows_that_are_named_count() -> None:
    """Without any, none is open."""
    assert window_at((), TUESDAY_NIGHT) is None
    assert window_at(("weekend",), TUESDAY_NIGHT) is None
    assert window_at(ALL, TUESDAY_NIGHT) == "nightly"
    assert window_at(ALL, TUESDAY_NOON) is None


def ended(online: Any, at: float, **settings: Any) -> ProbeEnded:
    with pytest.raises(ProbeEnded) as caught:
        online.ask(probe, "ticket", clock=lambda: at, **settings)
    return caught.value


def hangs_up(online: Any) -> None:
    async def close(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    online.on_api = close


def answers(online: Any, status: int, **headers: str) -> None:
    async def refuse(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers=headers)

    online.on_api = refuse


@pytest.mark.parametrize(
    ("at", "windows", "expected"),
    [
        (TUESDAY_NIGHT, ["nightly"], Paused),
        (TUESDAY_NIGHT, ["weekend", "nightly"], Paused),
        (TUESDAY_NIGHT, ["weekend"], Unreachable),
        (TUESDAY_NIGHT, [], Unreachable),
        (TUESDAY_NOON, ["nightly"], Unreachable),
    ],
)
def test_a_tenant_that_hangs_up(
    online: Any, at: float, windows: list[str], expected: type[ProbeEnded]
) -> None:
    """Inside of a window it is paused, outside it fails."""
    hangs_up(online)
    assert type(ended(online, at, maintenance=windows)) is expected


def test_what_is_said_inside_of_a_window(online: Any) -> None:
    """Which window it is, and what was found."""
    answers(online, 503, **{"Retry-After": "60"})
    paused = ended(online, TUESDAY_NIGHT, maintenance=["nightly"])
    assert "paused: in SuperOffice Online's nightly maintenance window; http" in str(paused)
    assert "HTTP 503" in str(paused)
    assert isinstance(paused, Paused)
    assert paused.retry_after == 60.0


def test_the_night_counts_where_nothing_is_configured(online: Any) -> None:
    """The pools of all customers are recycled every night."""
    hangs_up(online)
    assert type(ended(online, TUESDAY_NIGHT, maintenance=None)) is Paused


@pytest.mark.parametrize(("status", "expected"), [(429, Throttled), (500, ProbeFailed)])
def test_other_failures_fail_inside_of_a_window_too(
    online: Any, status: int, expected: type[ProbeEnded]
) -> None:
    """A window excuses that nobody is there, not that somebody is wrong."""
    answers(online, status)
    assert type(ended(online, TUESDAY_NIGHT, maintenance=["nightly"])) is expected


def test_a_pause_goes_on_as_a_pause(online: Any) -> None:
    """Who asks while a 503 of the window still counts is paused as well."""
    answers(online, 503, **{"Retry-After": "60"})

    async def use(client: Client) -> list[str]:
        said = []
        for _ in range(2):
            with pytest.raises(Paused) as caught:
                await probe(client)
            said.append(str(caught.value))
        return said

    first, second = online.ask(use, "ticket", clock=lambda: TUESDAY_NIGHT, maintenance=["nightly"])
    assert "HTTP 503" in first
    assert "which still lasts" in second


def test_a_part_that_is_lacking_can_not_be_told_inside_of_a_window(online: Any) -> None:
    """404, and then nobody there: it may be anything."""

    async def half(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/api"):
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=404)

    online.on_api = half
    assert type(ended(online, TUESDAY_NIGHT, maintenance=["nightly"])) is Paused


def test_nobody_at_all_inside_of_a_window(online: Any) -> None:
    """The login host may be recycled as well."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        error = ended(online, TUESDAY_NIGHT, maintenance=["nightly"], login_url=url)
    assert type(error) is Paused
    assert "connection refused" in str(error)


def test_a_certificate_is_no_maintenance(online: Any, authority: Any) -> None:
    """Somebody answered, and is not who it should be."""

    async def use(client: Client) -> Client:
        url = online.host.replace("http:", "https:")
        await online.visit(
            probe,
            "ticket",
            clock=lambda: TUESDAY_NIGHT,
            maintenance=["nightly"],
            login_url=url,
        )
        return client

    with pytest.raises(Unreachable, match="TLS handshake failed"):
        online.ask(use)

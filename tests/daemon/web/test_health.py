"""The daemon's own health, and reloading over HTTP."""

from __future__ import annotations

import pytest


def test_healthy_while_alive(world):
    """200 even while it is not ready."""
    reply = world.get("/-/healthy", ready=lambda: "starting")
    assert (reply.status, reply.json) == (200, {"status": "healthy"})


def test_ready(world):
    """200 once everything is watched."""
    assert world.get("/-/ready").status == 200


def test_not_ready_says_why(world):
    """503 with the reason before and while stopping."""
    reply = world.get("/-/ready", ready=lambda: "stopping")
    assert (reply.status, reply.json) == (503, {"error": "stopping"})


def test_reload_that_is_off_says_how_to_turn_it_on(world):
    """404 with the key to write."""
    reply = world.send("POST", "/-/reload")
    assert reply.status == 404
    assert "reload_enabled = true under [web]" in reply.json["error"]


async def done() -> None:
    return None


async def undone() -> str:
    return "targets.crm.url: is missing"


def test_reload_that_is_done(world):
    """200 once the new configuration holds."""
    reply = world.send("POST", "/-/reload", reload=done)
    assert (reply.status, reply.json) == (200, {"status": "reloaded"})


def test_reload_that_fails_says_why(world):
    """500, as Prometheus answers, with what is wrong."""
    reply = world.send("POST", "/-/reload", reload=undone)
    assert (reply.status, reply.json) == (500, {"error": "targets.crm.url: is missing"})


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://[broken"},
    ],
)
def test_reload_from_another_site_is_refused(world, headers):
    """A page elsewhere can't make a browser reload the daemon."""
    reply = world.send("POST", "/-/reload", headers=headers, reload=done)
    assert reply.status == 403
    assert "refused from other sites" in reply.json["error"]


def test_reload_from_our_own_site_is_done(world):
    """The same browser headers, from here."""
    headers = {"Host": "box:9965", "Origin": "http://box:9965", "Sec-Fetch-Site": "same-origin"}
    assert world.send("POST", "/-/reload", headers=headers, reload=done).status == 200


def test_metrics_are_served_by_what_was_handed_in(world):
    """The room passes `/metrics` on."""
    assert world.get("/metrics").text == "syseventd_build_info 1\n"

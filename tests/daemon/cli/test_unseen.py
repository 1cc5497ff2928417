"""`syseventd events` says what it could not see: on standard error, so that lists stay clean."""

from __future__ import annotations

import asyncio
import http.server
import json
import re
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from syseventd.cli import unseen
from syseventd.cli.client import SourceHealth, Watched
from syseventd.testing import RunningDaemon, running_daemon, wait_until

Write = Callable[..., Path]
ADDRESS = "http://127.0.0.1:9965"


def _health(state: str = "failing", outcome: str = "timeout", since: str = "02:14") -> SourceHealth:
    return SourceHealth(state, f"2026-11-24T{since}:05.25Z", outcome, "")


def _notes(sources: dict[str, dict[str, str]], **more: Any) -> list[str]:
    return unseen.notes(
        Watched(sources, more.get("unwatched", {})),
        more.get("health", {}),
        more.get("not_ready"),
        ADDRESS,
    )


# --- the words ----------------------------------------------------------------------------------


def test_all_seen_is_not_worth_a_word() -> None:
    assert _notes({"crm": {"imports": "ok", "saint": "unavailable"}}) == []


def test_no_target_is_told() -> None:
    assert _notes({}) == ["nothing is watched: no target is configured"]


def test_daemon_that_is_not_ready_is_told_first() -> None:
    assert _notes({}, not_ready="the store is full")[0] == (
        "the daemon is not ready: the store is full"
    )


@pytest.mark.parametrize(
    ("sources", "told"),
    [
        ({"a": "new", "b": "ok"}, "1 of 2 sources has not been asked yet"),
        ({"a": "new", "b": "new", "c": "new", "d": "ok"}, "3 of 4 sources have not been asked yet"),
        ({"a": "new"}, "1 of 1 source has not been asked yet"),
    ],
)
def test_sources_that_wait_are_counted(sources: dict[str, str], told: str) -> None:
    assert _notes({"crm": sources}) == [told]


def test_target_without_its_plugin_does_not_wait() -> None:
    """It will never be asked: its reason says all."""
    told = ["crm can't be watched: its plugin was refused"]
    reasons = {"crm": "its plugin was refused"}
    assert _notes({"crm": {"imports": "new"}}, unwatched=reasons) == told


def test_many_targets_without_their_plugin_are_counted() -> None:
    reasons = {f"t{n}": "its plugin was refused" for n in range(11)}
    assert _notes({}, unwatched=reasons) == [
        "11 targets can't be watched, t0 among them: its plugin was refused"
    ]


@pytest.mark.parametrize(
    ("states", "sources", "told"),
    [
        ({"a": "failing"}, [_health()], " since 2026-11-24T02:14:05Z: timeout"),
        ({"a": "failing"}, [_health()._replace(reason="gone")], None),
        (
            {"a": "failing"},
            [_health()._replace(answered=False)],
            " since at least 2026-11-24T02:14:05Z: timeout",
        ),
        (
            {"a": "ok", "b": "failing", "c": "unavailable"},
            [_health("ok", "ok", "01:00"), _health(), _health("unavailable")],
            " in full since 2026-11-24T02:14:05Z: timeout (1 of 2 sources)",
        ),
        (
            {"a": "failing", "b": "failing", "c": "failing"},
            [
                _health(outcome="malformed"),
                _health()._replace(reason="http://a.example/x is gone"),
                _health(since="01:59")._replace(reason="http://a.example/y is gone"),
            ],
            " since 2026-11-24T01:59:05Z: timeout: http://a.example is gone (and 1 other reason)",
        ),
    ],
)
def test_target_that_could_not_be_asked(
    states: dict[str, str], sources: list[SourceHealth], told: str | None
) -> None:
    """Since its first source failed, with the commonest reason."""
    health = dict(zip(states, sources, strict=True))
    told = told or " since 2026-11-24T02:14:05Z: timeout: gone"
    assert _notes({"crm": states}, health={"crm": health}) == [f"crm could not be asked{told}"]


def test_target_that_answers_again_meanwhile_is_not_told() -> None:
    assert _notes({"crm": {"a": "failing"}}, health={"crm": {"a": _health("ok")}}) == []


def _many(number: int) -> dict[str, dict[str, str]]:
    return {f"t{n:03}": {"a": "failing"} for n in range(number)} | {"well": {"a": "ok"}}


def test_many_targets_are_counted_by_outcome() -> None:
    """Ten are told of nevertheless, and where the others can be seen."""
    sources = _many(11)
    health = {name: {"a": _health(outcome="unreachable")} for name in list(sources)[:11]}
    health["t000"] = {"a": _health(since="01:01"), "b": _health()}
    counted, first, *others = _notes(sources, health=health)
    assert counted == (
        "11 of 12 targets could not be asked since 2026-11-24T01:01:05Z: "
        "unreachable (10), timeout (1)"
    )
    assert first == "t000 could not be asked since 2026-11-24T01:01:05Z: timeout"
    assert len(others) == 10
    assert others[-1] == f"and 1 more; {ADDRESS}/ names them"
    assert _notes(sources) == []


@pytest.mark.parametrize(
    ("sources", "told"),
    [
        ([_health("paused", "paused")], "crm is paused: paused"),
        (
            [_health("paused", "paused")._replace(reason="an upgrade")] * 2,
            "crm is paused: an upgrade",
        ),
        (
            [_health("paused", "paused")._replace(reason="an upgrade"), _health("ok")],
            "crm is paused: an upgrade (1 of 2 sources)",
        ),
    ],
)
def test_paused_target_is_named_with_its_reason(sources: list[SourceHealth], told: str) -> None:
    health = dict(zip("ab", sources, strict=False))
    states = {name: source.state for name, source in health.items()}
    watched = Watched({"crm": states}, {})
    assert unseen.worth_asking(watched) == ["crm"]
    assert _notes({"crm": states}, health={"crm": health}) == [told]


def test_too_many_paused_targets_are_counted() -> None:
    sources = {f"t{n:03}": {"a": "paused"} for n in range(51)}
    assert unseen.worth_asking(Watched(sources, {})) == []
    assert _notes(sources) == [f"51 of 51 targets are paused; {ADDRESS}/ says why"]


def test_too_many_targets_are_not_looked_at_one_by_one() -> None:
    assert unseen.worth_asking(Watched(_many(50), {})) == [f"t{n:03}" for n in range(50)]
    assert unseen.worth_asking(Watched(_many(51), {})) == []
    assert _notes(_many(51)) == [
        f"51 of 52 targets could not be asked; {ADDRESS}/ says since when and why"
    ]


# --- with a daemon ------------------------------------------------------------------------------


@pytest.fixture
def silent() -> Iterator[str]:
    """An endpoint that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def closed() -> str:
    """An endpoint that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def file(tmp_path: Path, certificate: Callable[[datetime], bytes]) -> dict[str, Any]:
    """A target that answers: one event, for its certificate has ended."""
    (tmp_path / "a.pem").write_bytes(certificate(datetime(2021, 1, 1, tzinfo=UTC)))
    paths = [str(tmp_path / "a.pem")]
    return {"type": "certificates", "paths": paths, "interval": "100ms"}


def _asked(
    targets: dict[str, Any],
    until: Callable[[RunningDaemon], Awaitable[Any]],
    syseventd: Any,
    write: Write,
    *options: str,
) -> Any:
    """What the command prints of a daemon with these targets, once it is so."""

    async def live() -> Any:
        path = write()
        async with running_daemon({"targets": targets}, path.parent / "state") as daemon:
            await wait_until(lambda: until(daemon))
            write(listen=daemon.url.removeprefix("http://").rstrip("/"))
            return await asyncio.to_thread(syseventd, "events", "--config", path, *options)

    return asyncio.run(live())


def _state(name: str, state: str) -> Callable[[RunningDaemon], Awaitable[bool]]:
    async def reached(daemon: RunningDaemon) -> bool:
        targets = (await daemon.json("api/v1/targets"))["targets"]
        return any(t["name"] == name and state in t["sources"].values() for t in targets)

    return reached


@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_before_the_first_probe_it_is_told(
    form: str, syseventd: Any, write: Write, silent: str
) -> None:
    targets = {"tls": {"type": "certificates", "endpoints": [silent], "timeout": "60s"}}
    done = _asked(targets, _state("tls", "new"), syseventd, write, form)
    assert (done.code, done.err) == (0, "1 of 1 source has not been asked yet\n")
    assert done.out.splitlines()[0].startswith("[]" if form == "--json" else "id,state,")


def test_target_that_fails_is_told_since_when_and_why(
    syseventd: Any, write: Write, closed: str, file: dict[str, Any]
) -> None:
    tls = {"type": "certificates", "endpoints": [closed], "interval": "100ms"}
    targets = {"tls": tls, "host": file}
    done = _asked(targets, _state("tls", "failing"), syseventd, write)
    assert done.code == 0
    (line,) = (line for line in done.err.splitlines() if line.startswith("tls "))
    told = r"tls could not be asked since at least \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ: unreachable: .+"
    assert re.fullmatch(told, line)


def test_what_was_not_asked_for_is_not_told(
    syseventd: Any, write: Write, closed: str, file: dict[str, Any]
) -> None:
    """One target alone is asked for, and answers."""
    tls = {"type": "certificates", "endpoints": [closed], "interval": "100ms"}

    async def both(daemon: RunningDaemon) -> bool:
        return await _state("tls", "failing")(daemon) and await _state("host", "ok")(daemon)

    options = ("--target", "host", "--json")
    done = _asked({"tls": tls, "host": file}, both, syseventd, write, *options)
    assert (done.code, done.err) == (0, "")
    assert [event["target"] for event in json.loads(done.out)] == ["host"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("hots", 'no target "hots"; there are: host; did you mean "host"?'),
        ("\udcff", 'no target " "; there are: none'),
    ],
)
def test_unknown_target_of_the_daemon_is_an_error(
    name: str, told: str, syseventd: Any, write: Write, file: dict[str, Any]
) -> None:
    """The daemon is asked, not the file: that may have been changed since."""
    done = _asked({"host": file}, _state("host", "ok"), syseventd, write, "--target", name)
    assert done == (1, "", f"syseventd: there is {told}\n")


def test_target_that_was_taken_out_of_the_daemon_is_still_listed(
    syseventd: Any, write: Write, file: dict[str, Any]
) -> None:
    """Its events ended with it, and are known."""

    async def live() -> list[Any]:
        path = write()
        state = path.parent / "state"
        async with running_daemon({"targets": {"old": file}}, state) as daemon:
            await wait_until(lambda: _state("old", "ok")(daemon))
        async with running_daemon({"targets": {"host": file}}, state) as daemon:
            write(listen=daemon.url.removeprefix("http://").rstrip("/"))
            command = ("events", "--json", "--config", path, "--target", "old")
            return [
                await asyncio.to_thread(syseventd, *command, "--state", wanted)
                for wanted in ("active", "all")
            ]

    active, known = asyncio.run(live())
    told = "old is not configured any more: these are its events from before\n"
    assert active == (0, "[]\n", told)
    assert (known.code, known.err) == (0, told)
    assert [event["target"] for event in json.loads(known.out)] == ["old"]


# --- what else answers --------------------------------------------------------------------------


def _failing_daemon(reply: str) -> dict[str, str]:
    """Answers as a daemon with one target that fails, and this on the target itself."""
    source = '{"sources": {"imports": "failing"}, "name": "crm"}'
    return {
        "/api/v1/events": '{"events": [], "next": null}',
        "/api/v1/targets": f'{{"targets": [{source}], "unwatched": []}}',
        "/api/v1/targets/crm": reply,
        "/-/ready": '{"error": "the store is full"}',
    }


def _asked_of(answers: dict[str, str], statuses: dict[str, int], syseventd: Any, path: Any) -> Any:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            route = self.path.partition("?")[0]
            self.send_response(statuses.get(route, 200))
            self.send_header("Content-Type", "application/json")
            self.send_header("Location", "/moved")
            self.end_headers()
            self.wfile.write(answers[route].encode())

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        path = path(listen=f"127.0.0.1:{server.server_address[1]}")
        done = syseventd("events", "--config", path)
        server.shutdown()
        thread.join()
    return done


def test_target_that_goes_while_it_is_looked_at_is_not_told(syseventd: Any, write: Write) -> None:
    """A reload took it out between two questions. That the daemon is not ready is told."""
    answers = _failing_daemon('{"error": "there is no target"}')
    statuses = {"/api/v1/targets/crm": 404, "/-/ready": 503}
    done = _asked_of(answers, statuses, syseventd, write)
    assert done == (0, "no events\n", "the daemon is not ready: the store is full\n")


@pytest.mark.parametrize("reply", ["{}", '{"sources": 5}', '{"sources": {"a": 5}}'])
def test_nonsense_on_a_target_is_no_daemon_s(reply: str, syseventd: Any, write: Write) -> None:
    done = _asked_of(_failing_daemon(reply), {}, syseventd, write)
    assert done.code == 1
    assert "something else answers there" in done.err.splitlines()[0]


def test_daemon_sends_nobody_elsewhere(syseventd: Any, write: Write) -> None:
    """What answers there with a redirection would have the command ask whomever it likes."""
    answers = _failing_daemon('{"sources": {}}')
    answers["/moved"] = answers["/api/v1/events"]
    done = _asked_of(answers, {"/api/v1/events": 302}, syseventd, write)
    assert done.code == 1
    assert "no daemon answers at" in done.err.splitlines()[0]


@pytest.mark.parametrize("event", ["{}", "5", '{"id": "1"}'])
def test_nonsense_among_the_events_is_no_daemon_s(event: str, syseventd: Any, write: Write) -> None:
    answers = _failing_daemon('{"sources": {}}')
    answers["/api/v1/events"] = f'{{"events": [{event}], "next": null}}'
    done = _asked_of(answers, {}, syseventd, write)
    assert done.code == 1
    assert "something else answers there" in done.err.splitlines()[0]

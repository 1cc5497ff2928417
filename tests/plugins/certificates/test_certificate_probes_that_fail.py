"""Probes that fail, probes that are late, and what is said of them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from syseventd import ProbeFailed, Snapshot, Unreachable
from syseventd_certificates.source import CertificatesSource


def probe(source: CertificatesSource) -> Snapshot:
    return asyncio.run(source.probe())


def test_a_single_unreachable_endpoint_is_a_failed_probe(watch: Any) -> None:
    """The source itself then says what is wrong."""
    with pytest.raises(Unreachable) as caught:
        probe(watch(endpoints=["127.0.0.1:1"]))
    assert str(caught.value) == "127.0.0.1:1 can't be reached: connection refused"


def test_a_failed_probe_names_each_place_with_its_reason(tmp_path: Path, watch: Any) -> None:
    """Paths first: they are at hand."""
    with pytest.raises(Unreachable) as caught:
        probe(watch(paths=[tmp_path / "a"], endpoints=["127.0.0.1:2", "127.0.0.1:1"]))
    assert str(caught.value) == (
        f"each of 1 path and 2 endpoints can't be reached: "
        f"{tmp_path}/a: no such file or directory; "
        "127.0.0.1:2: connection refused; 127.0.0.1:1: connection refused"
    )


def test_of_many_places_that_failed_each_reason_is_told(tmp_path: Path, watch: Any) -> None:
    """Five places, and how many more there are: the rest has the reasons of these."""
    (tmp_path / "empty").touch()
    paths = [*(tmp_path / str(number) for number in range(6)), tmp_path / "empty"]
    with pytest.raises(Unreachable) as caught:
        probe(watch(paths=paths, endpoints=["127.0.0.1:1", "127.0.0.1:2"]))
    _, places = str(caught.value).split("can't be reached: ")
    assert places.split("; ") == [
        f"{tmp_path}/0: no such file or directory",
        f"{tmp_path}/1: no such file or directory",
        f"{tmp_path}/2: no such file or directory",
        f"{tmp_path}/empty: is empty",
        "127.0.0.1:1: connection refused",
        "and 4 more",
    ]


def test_a_probe_that_fails_again_fails_in_the_same_words(watch: Any) -> None:
    """A failure that repeats is logged once: the order of the places must stay."""
    source = watch(endpoints=["127.0.0.1:2", "localhost:1", "127.0.0.1:1"])
    texts = set()
    for _ in range(3):
        with pytest.raises(Unreachable) as caught:
            probe(source)
        texts.add(str(caught.value))
        source._failed_at["127.0.0.1:2"] = time.monotonic() + 100  # it was asked last
    assert len(texts) == 1


def test_paths_that_all_fail_are_a_failed_probe(tmp_path: Path, watch: Any) -> None:
    """Nothing was unreachable: it failed."""
    with pytest.raises(ProbeFailed) as caught:
        probe(watch(paths=[tmp_path / "a", tmp_path / "b"]))
    assert str(caught.value).startswith("each of 2 paths failed: ")


async def _say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while await reader.read(4096):
            pass
    except OSError:
        pass
    finally:
        writer.transport.abort()


def test_a_silent_endpoint_does_not_fail_the_rest(
    tmp_path: Path, mint: Any, watch: Any, serve: Any
) -> None:
    """The probe ends in time, and says who was late."""
    (tmp_path / "a.pem").write_bytes(mint().pem)

    async def scenario() -> tuple[str, Snapshot]:
        async with serve(client=_say_nothing) as endpoint:
            source = watch(timeout=0.5, paths=[tmp_path], endpoints=[endpoint])
            return endpoint, await asyncio.wait_for(source.probe(), 5)

    endpoint, snapshot = asyncio.run(scenario())
    assert [expiry.name for expiry in snapshot.expiries] == [str(tmp_path / "a.pem")]
    assert [str(problem) for problem in snapshot.problems] == [
        f"{endpoint}: no answer within 450ms"
    ]


def test_endpoints_that_hang_keep_the_others_waiting_only_once(
    mint: Any, watch: Any, serve: Any
) -> None:
    """With more of them than are asked at once, the others are heard at the second probe."""
    silent = [socket.create_server(("127.0.0.1", 0)) for _ in range(25)]  # nobody accepts
    names = [f"127.0.0.1:{server.getsockname()[1]}" for server in silent]

    async def scenario() -> tuple[str, Snapshot]:
        async with serve(mint()) as talking:
            source = watch(timeout=0.5, endpoints=[*names, talking])
            with pytest.raises(Unreachable):
                await source.probe()
            return talking, await source.probe()

    with contextlib.ExitStack() as stack:
        for server in silent:
            stack.enter_context(server)
        talking, snapshot = asyncio.run(scenario())
    assert [expiry.name for expiry in snapshot.expiries] == [talking]
    reasons = [problem.reason for problem in snapshot.problems]
    # Five were not asked the first time; now they were, and five others had to wait.
    assert reasons.count("was not asked: the others took all the time") == 5
    assert reasons.count("no answer within 450ms") == 20


def test_a_cancelled_probe_leaves_nothing_running(watch: Any, serve: Any) -> None:
    """The daemon ends a probe at its deadline."""

    async def scenario() -> set[Any]:
        connected = asyncio.Event()

        async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connected.set()
            await _say_nothing(reader, writer)

        async with serve(client=client) as endpoint:
            before = asyncio.all_tasks()
            task = asyncio.create_task(watch(endpoints=[endpoint]).probe())
            await asyncio.wait_for(connected.wait(), 10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return {
                left.get_coro()
                for left in asyncio.all_tasks() - before
                if "client" not in repr(left)
            }

    assert asyncio.run(scenario()) == set()

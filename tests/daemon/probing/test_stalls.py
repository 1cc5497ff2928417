"""Whoever blocks the event loop is named."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import structlog

from syseventd import Snapshot, SourceId
from syseventd.interface import Isolation
from syseventd.probing import StallWatch, prepare
from syseventd.probing.stalls import _place_of, _stack_of

THRESHOLD = 0.1


def block(logs, seen, longer=0.0):
    """Blocks until `seen` stalls have been logged, 15 s at most, and `longer` seconds more."""
    deadline = time.monotonic() + 15
    while len(logs) < seen:
        assert time.monotonic() < deadline, "nobody noticed"
        time.sleep(0.01)
    time.sleep(longer)  # the stall itself, nothing to wait for


def watched(act):
    """Runs `act(logs)` under a watch; returns what was logged and the stalls that were told."""
    stalls = []

    async def main():
        told = asyncio.Event()
        watch = StallWatch(THRESHOLD, lambda stall: (stalls.append(stall), told.set()))
        watch.start()
        try:
            await act(logs)
            await asyncio.wait_for(told.wait(), 15)
        finally:
            watch.stop()

    with structlog.testing.capture_logs() as logs:
        asyncio.run(main())
    return logs, stalls


def test_a_source_that_blocks_the_loop_is_named():
    """Target, source and line are in the log once; then comes how long it was."""

    async def act(logs):
        class Blocking:
            async def probe(self):
                block(logs, 1)
                return Snapshot()

        await prepare(Blocking(), Isolation.SHARED, SourceId("crm", "imports")).probe(30)

    logs, (stall,) = watched(act)
    blocked, turns = logs
    assert (blocked["event"], turns["event"]) == ("event_loop_blocked", "event_loop_turns_again")
    assert blocked["log_level"] == "warning"
    for entry in logs:
        assert (entry["target"], entry["source"]) == ("crm", "imports")
        assert entry["task"] == "probe crm/imports"
    assert "test_stalls.py" in blocked["place"]
    assert "in_thread" not in blocked["stack"]
    assert " probe > " in blocked["stack"]
    assert THRESHOLD <= blocked["seconds"] <= turns["seconds"]
    assert stall.source == SourceId("crm", "imports")
    assert stall.seconds >= THRESHOLD


def test_another_task_that_blocks_is_named_by_its_task():
    """The daemon's own tasks block, too; they have no source."""

    async def act(logs):
        async def work():
            block(logs, 1)

        await asyncio.create_task(work(), name="pruning")

    (blocked, _), (stall,) = watched(act)
    assert (blocked["task"], stall.source) == ("pruning", None)
    assert "source" not in blocked


def test_a_callback_that_blocks_is_named_by_its_place():
    """Callbacks run in no task; the line tells."""

    async def act(logs):
        asyncio.get_running_loop().call_soon(block, logs, 1)
        await asyncio.sleep(0)

    (blocked, _), _ = watched(act)
    assert blocked["task"] == ""
    assert "test_stalls.py" in blocked["place"]


def test_each_stall_is_told(eventually):
    """A second one is told like the first."""

    async def act(logs):
        block(logs, 1)
        await eventually(lambda: len(logs) == 2)
        block(logs, 3)
        await eventually(lambda: len(logs) == 4)

    logs, stalls = watched(act)
    assert len(logs) == 4
    assert len(stalls) == 2


def test_the_watch_stops_during_a_stall():
    """Stopping needs no turn of the loop."""

    async def main():
        watch = StallWatch(THRESHOLD)
        watch.start()
        block(logs, 1)
        watch.stop()
        assert not watch._thread.is_alive()

    with structlog.testing.capture_logs() as logs:
        asyncio.run(main())
    assert [entry["event"] for entry in logs] == ["event_loop_blocked"]


def test_a_long_stall_is_logged_when_it_begins_and_when_it_ends():
    """Not each time that somebody looks. Nobody need be told but the log."""

    async def main():
        watch = StallWatch(0.05)
        watch.start()
        block(logs, 1, longer=0.3)
        turned = asyncio.Event()
        asyncio.get_running_loop().call_later(0.3, turned.set)
        await turned.wait()
        watch.stop()

    with structlog.testing.capture_logs() as logs:
        asyncio.run(main())
    assert [e["event"] for e in logs] == ["event_loop_blocked", "event_loop_turns_again"]
    assert logs[1]["seconds"] >= 0.3


def test_a_stall_that_ends_while_we_look_is_not_told():
    """What we saw then may be somebody else at work."""

    async def main():
        turned = threading.Event()
        turned.set()
        loop = asyncio.get_running_loop()
        StallWatch(THRESHOLD)._follow(loop, threading.get_ident(), turned, time.monotonic())

    with structlog.testing.capture_logs() as logs:
        asyncio.run(main())
    assert logs == []


def test_a_thread_without_frames_has_no_place():
    """A thread that just ended leaves nothing to point at."""
    assert (_place_of(None), _stack_of(None)) == ("", "")


def test_a_suspension_is_told_from_a_stall():
    """Long, and nobody did anything: suspended. Long and busy, or short: a stall."""
    watch = StallWatch(THRESHOLD)
    now, spent = time.monotonic(), time.process_time()
    assert watch._was_suspended(now - 10, spent)
    assert not watch._was_suspended(now - 10, spent - 9)
    assert not watch._was_suspended(now - 1.5 * THRESHOLD, spent)


def test_a_watch_that_never_started_stops():
    """Nothing to stop is no error, and starts nothing."""
    watch = StallWatch()
    watch.stop()
    assert watch._thread is None


def test_a_closed_loop_ends_the_watch():
    """A watch that nobody stopped ends with its loop."""

    async def main():
        watch = StallWatch(0.02)
        watch.start()
        return watch

    watch = asyncio.run(main())
    watch._thread.join(15)
    assert not watch._thread.is_alive()


def test_a_stopped_process_blames_nobody():
    """After SIGSTOP and SIGCONT the watch knows that it slept as well."""
    script = f"""
        import asyncio, sys
        sys.path[:] = {sys.path!r}
        from syseventd.probing import StallWatch

        async def main():
            StallWatch({THRESHOLD}).start()
            print("ready", flush=True)
            while not await asyncio.to_thread(sys.stdin.readline):
                pass

        asyncio.run(main())
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        os.kill(process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        time.sleep(10 * THRESHOLD)  # the pause itself, nothing to wait for
        os.kill(process.pid, signal.SIGCONT)
        rest, _ = process.communicate("done\n", timeout=15)
    assert rest == ""

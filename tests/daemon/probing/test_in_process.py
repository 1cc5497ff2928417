"""Sources in a process of their own, which can be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from syseventd import Outcome, SourceId
from syseventd.interface import Isolation
from syseventd.probing import in_process, prepare

NAME = SourceId("crm", "imports")
PLENTY = 30.0


def prober_of(source):
    return prepare(source, Isolation.PROCESS, NAME)


def ask(source, deadline=PLENTY, times=1):
    async def main():
        prober = prober_of(source)
        try:
            return [await prober.probe(deadline) for _ in range(times)]
        finally:
            await prober.aclose()

    return asyncio.run(main())


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def pid_in(path):
    text = path.read_text() if path.exists() else ""
    return int(text) if text.endswith("\n") else None


def test_one_process_serves_many_probes(sources):
    """The process lasts, and with it what the source remembers; it isn't ours."""
    first, second = ask(sources.Counting(), times=2)
    assert first.snapshot.facts["pid"] == second.snapshot.facts["pid"] != str(os.getpid())
    assert second.snapshot.facts["asked"] == "2"


def test_async_sources_work_there_too(sources):
    """A source written as `async def` has an event loop in its process."""
    for result in ask(sources.Awaiting(), times=2):
        assert result.outcome is Outcome.OK
        assert result.snapshot.observations[0].name == "One"


def test_errors_of_ours_come_home(sources):
    """Outcome, reason and retry_after cross from the process."""
    (result,) = ask(sources.Raising())
    assert (result.outcome, result.retry_after) == (Outcome.THROTTLED, 7.0)
    assert result.reason == "crm asked to be left alone: too many"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Buggy", "KeyError: 'missing'"),
        ("Odd", "probe() returned a function, not a Snapshot"),
        ("Exiting", "SystemExit: enough"),
        ("Unpicklable", "its snapshot does not pickle: TypeError: it is locked"),
    ],
)
def test_a_plugins_mistake_ends_the_probe_not_the_process(sources, name, reason):
    """The process answers again after a mistake."""
    for result in ask(getattr(sources, name)(), times=2):
        assert (result.outcome, result.reason) == (Outcome.ERROR, reason)


def test_an_answer_that_cannot_be_read_is_an_error(sources):
    """A snapshot that pickles but does not unpickle is named, and the next is asked anew."""
    for result in ask(sources.Poisoned(), times=2):
        assert result.outcome is Outcome.ERROR
        assert result.reason.startswith("its process sent what can't be read: ValueError")


def test_a_busy_loop_is_killed_at_the_deadline(sources):
    """It times out; the next probe has a new process."""
    source = sources.Busy(after=1)
    first, second, third = ask(source, deadline=0.5, times=3)
    assert [first.outcome, second.outcome, third.outcome] == [
        Outcome.OK,
        Outcome.TIMEOUT,
        Outcome.OK,
    ]
    assert first.snapshot.facts["pid"] != third.snapshot.facts["pid"]
    assert second.duration < 5


def test_what_the_process_started_is_killed_with_it(sources, tmp_path, eventually):
    """A source that runs a command leaves none behind."""
    file = tmp_path / "child"

    async def main():
        prober = prober_of(sources.Parent(str(file)))
        call = asyncio.create_task(prober.probe(PLENTY))
        await eventually(lambda: pid_in(file))
        call.cancel()
        await asyncio.wait({call})
        await eventually(lambda: not alive(pid_in(file)))
        await prober.aclose()

    asyncio.run(main())
    assert not alive(pid_in(file))


def test_a_crash_is_an_error_that_names_the_signal(sources):
    """It died: with which signal; the next probe has a new process."""
    source = sources.Crashing(after=1)
    first, second, third = ask(source, times=3)
    assert (first.outcome, third.outcome) == (Outcome.OK, Outcome.OK)
    assert second.outcome is Outcome.ERROR
    assert second.reason == "its process died with signal 11 (SIGSEGV)"


def test_leaving_is_an_error_that_names_the_status(sources):
    """It ended by itself: with which exit status."""
    (result,) = ask(sources.Leaving())
    assert (result.outcome, result.reason) == (
        Outcome.ERROR,
        "its process ended with exit status 7",
    )


def test_a_signal_without_a_name_is_its_number():
    """Real-time signals have no names."""
    assert in_process._describe(-40) == "died with signal 40"


def test_a_process_that_drops_its_socket_is_killed(sources, monkeypatch):
    """One that closes what it must not is told from one that died."""
    monkeypatch.setattr(in_process, "DYING_ALLOWANCE", 0.1)
    (result,) = ask(sources.Deaf())
    assert (result.outcome, result.reason) == (
        Outcome.ERROR,
        "its process closed the socket to the daemon",
    )


def test_a_process_that_died_between_probes_is_replaced(sources, eventually):
    """The kernel may kill an idle process for its memory; the next probe succeeds all the same."""

    async def main():
        prober = prober_of(sources.Counting())
        pid = int((await prober.probe(PLENTY)).snapshot.facts["pid"])
        os.kill(pid, signal.SIGKILL)
        await eventually(lambda: prober._runner._worker.process.returncode is not None)
        result = await prober.probe(PLENTY)
        assert result.outcome is Outcome.OK
        assert result.snapshot.facts["pid"] != str(pid)
        await prober.aclose()

    asyncio.run(main())


def test_a_tight_deadline_does_not_count_the_start(sources):
    """Starting Python and importing the plugin is no fault of the source."""
    (result,) = ask(sources.Slow(), deadline=0.3)
    assert result.outcome is Outcome.OK


def test_a_start_that_hangs_is_a_timeout(sources, monkeypatch):
    """Importing a plugin may hang as well; that is bounded too."""
    monkeypatch.setattr(in_process, "START_ALLOWANCE", 0.5)
    (result,) = ask(sources.Stuck(), deadline=0.1)
    assert (result.outcome, result.reason) == (
        Outcome.TIMEOUT,
        "its process did not start within 0.5 s",
    )


def test_a_source_that_does_not_pickle_is_an_error_that_says_so():
    """It is said each time, in words that name the remedy."""

    class Local:
        def probe(self): ...

    (result,) = ask(Local())
    assert result.outcome is Outcome.ERROR
    assert result.reason.startswith("a source with a process of its own must pickle: ")


def test_a_source_that_does_not_unpickle_is_an_error_that_says_so(sources):
    """What goes wrong while the process takes the source is told as such."""
    for result in ask(sources.Refusing(), times=2):
        assert (result.outcome, result.reason) == (
            Outcome.ERROR,
            "its process could not take the source: RuntimeError: not here",
        )


def test_an_interpreter_that_does_not_start_is_an_error(sources, monkeypatch, tmp_path):
    """Where Python is gone (an upgrade under way), the probe fails and says why."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    (result,) = ask(sources.Counting())
    assert result.outcome is Outcome.ERROR
    assert result.reason == "its process could not be started: No such file or directory"


def test_an_interpreter_that_ends_at_once_is_an_error(sources, monkeypatch):
    """A process that never gets to the source is told by how it ended."""
    monkeypatch.setattr(in_process, "_BOOT", "raise SystemExit(9)")
    (result,) = ask(sources.Counting())
    assert result.reason == "its process ended with exit status 9"


def test_what_a_source_prints_is_not_taken_for_its_answer(sources):
    """A stray print goes to standard error, where the journal has it."""
    assert [result.outcome for result in ask(sources.Printing(), times=2)] == [Outcome.OK] * 2


def test_two_calls_at_once_don_t_overlap(sources):
    """A source is asked by one at a time."""

    async def main():
        prober = prober_of(sources.Counting())
        first = asyncio.create_task(prober.probe(PLENTY))
        await asyncio.sleep(0)
        assert prober.running_since is not None
        assert "is still running" in (await prober.probe(PLENTY)).reason
        assert (await first).outcome is Outcome.OK
        await prober.aclose()

    asyncio.run(main())


def test_the_source_is_closed_in_its_process(sources, tmp_path):
    """Closing lets the process close its source and end by itself."""
    file = tmp_path / "closed"
    (result,) = ask(sources.Closing(str(file)))
    assert pid_in(file) == int(result.snapshot.facts["pid"])


def test_closing_kills_a_process_that_does_not_end(sources, monkeypatch):
    """A source that hangs while it closes is killed."""
    monkeypatch.setattr("syseventd.probing.prober.PATIENCE", 0.2)
    (result,) = ask(sources.HangingUpLate())
    assert not alive(int(result.snapshot.facts["pid"]))


def test_closing_during_a_probe_kills_it(sources, tmp_path, eventually):
    """Closing doesn't wait for a deadline that is far away."""
    file = tmp_path / "busy"

    async def main():
        prober = prober_of(sources.Busy(str(file)))
        call = asyncio.create_task(prober.probe(PLENTY))
        await eventually(lambda: pid_in(file))
        await prober.aclose()
        result = await call
        assert result.outcome is Outcome.ERROR
        assert not alive(pid_in(file))

    asyncio.run(main())


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux, whose kernel ends orphans")
def test_a_busy_process_dies_with_a_killed_daemon(sources, tmp_path):
    """Even SIGKILL leaves no busy loop behind."""
    file = tmp_path / "busy"
    script = f"""
        import asyncio, sys
        sys.path[:] = {sys.path!r}
        from {sources.__name__} import Busy
        from syseventd import SourceId
        from syseventd.interface import Isolation
        from syseventd.probing import prepare
        asyncio.run(prepare(Busy({str(file)!r}), Isolation.PROCESS, SourceId("t", "s")).probe(60))
    """
    daemon = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)])
    try:
        deadline = time.monotonic() + PLENTY
        while pid_in(file) is None:
            assert time.monotonic() < deadline
            assert daemon.poll() is None
            time.sleep(0.01)
    finally:
        daemon.kill()
        daemon.wait()
    while alive(pid_in(file)):
        assert time.monotonic() < deadline, "the process outlived its daemon"
        time.sleep(0.01)


def test_a_process_whose_daemon_is_gone_does_not_start(sources):
    """One that was started by a daemon that died meanwhile ends at once."""
    boot = "from syseventd.probing.worker import serve; serve(0, 1)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    orphan = subprocess.run([sys.executable, "-c", boot], env=environment, timeout=PLENTY)
    assert orphan.returncode == 1

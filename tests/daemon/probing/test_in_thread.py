"""Sources written as `def`, in a thread for each run."""

from __future__ import annotations

import asyncio
import threading

import pytest

from syseventd import Outcome, Snapshot, SourceId, Unauthorized
from syseventd.interface import Isolation
from syseventd.probing import prepare

PLENTY = 30.0


class Source:
    def __init__(self, probe):
        self._probe = probe

    def probe(self):
        return self._probe()


def prober_of(probe, name="imports"):
    return prepare(Source(probe), Isolation.SHARED, SourceId("crm", name))


def test_it_runs_in_a_thread_that_bears_its_name():
    """A plain function doesn't run on the event loop's thread."""
    threads = []

    def probe():
        threads.append(threading.current_thread())
        return Snapshot()

    result = asyncio.run(prober_of(probe).probe(PLENTY))
    assert result.outcome is Outcome.OK
    assert threads[0] is not threading.current_thread()
    assert threads[0].name == "probe crm/imports"
    assert threads[0].daemon


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Unauthorized("crm", "401"), Outcome.UNAUTHORIZED),
        (ValueError("no"), Outcome.ERROR),
        (SystemExit(), Outcome.ERROR),
    ],
)
def test_an_error_is_a_result(error, outcome):
    """What a source raises in its thread comes home as the result."""

    def probe():
        raise error

    assert asyncio.run(prober_of(probe).probe(PLENTY)).outcome is outcome


def test_a_hung_thread_occupies_its_source_only(eventually):
    """It times out, is refused while it hangs, and other sources go on; then it is asked again."""

    async def main():
        release = threading.Event()

        def probe():
            release.wait(PLENTY)
            return Snapshot()

        hung = prober_of(probe)
        try:
            assert (await hung.probe(0.05)).outcome is Outcome.TIMEOUT
            for _ in range(40):
                refused = await hung.probe(PLENTY)
                assert refused.outcome is Outcome.TIMEOUT
                assert "is still running" in refused.reason
            assert sum(t.name == "probe crm/imports" for t in threading.enumerate()) == 1
            for _ in range(40):
                healthy = await prober_of(Snapshot, "saint").probe(PLENTY)
                assert healthy.outcome is Outcome.OK
        finally:
            release.set()
        await eventually(lambda: hung.running_since is None)
        assert (await hung.probe(PLENTY)).outcome is Outcome.OK

    asyncio.run(main())


def test_a_thread_that_outlives_the_loop_ends_quietly(monkeypatch):
    """Its answer has nowhere to go; that is no reason for a traceback."""
    monkeypatch.setattr("syseventd.probing.prober.PATIENCE", 0.02)
    release = threading.Event()
    threads = []

    def probe():
        threads.append(threading.current_thread())
        release.wait(PLENTY)
        return Snapshot()

    async def main():
        prober = prober_of(probe)
        assert (await prober.probe(0.02)).outcome is Outcome.TIMEOUT
        await prober.aclose()

    asyncio.run(main())
    release.set()
    threads[0].join(PLENTY)
    assert not threads[0].is_alive()


def test_cancelling_the_call_leaves_the_thread_to_itself():
    """A thread can't be cancelled; the source stays refused until it ends."""

    async def main():
        begun, release = threading.Event(), threading.Event()

        def probe():
            begun.set()
            release.wait(PLENTY)
            return Snapshot()

        prober = prober_of(probe)
        call = asyncio.create_task(prober.probe(PLENTY))
        await asyncio.to_thread(begun.wait, PLENTY)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert prober.running_since is not None
        release.set()
        await prober.aclose()
        assert prober.running_since is None

    asyncio.run(main())


def test_no_thread_left_is_a_result(monkeypatch):
    """A machine out of threads is an error of this probe, and the next may do better."""

    def refuse(self):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as broken:
        broken.setattr(threading.Thread, "start", refuse)
        prober = prober_of(Snapshot)
        result = asyncio.run(prober.probe(PLENTY))
    assert result.outcome is Outcome.ERROR
    assert "can't start new thread" in result.reason
    assert asyncio.run(prober.probe(PLENTY)).outcome is Outcome.OK

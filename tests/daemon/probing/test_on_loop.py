"""Sources written as `async def`, on the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time

import pytest

from syseventd import Observation, Outcome, Snapshot, SourceId, Unreachable
from syseventd.interface import Isolation
from syseventd.probing import answers, on_loop, prepare
from syseventd.probing.checking import LARGE
from syseventd.probing.cutting import LONGEST_TEXT

NAME = SourceId("crm", "imports")
PLENTY = 30.0


def prober_of(probe):
    source = type("Source", (), {"probe": lambda self: None})()
    source.probe = probe
    return prepare(source, Isolation.SHARED, NAME)


def ask(probe, deadline=PLENTY):
    return asyncio.run(prober_of(probe).probe(deadline))


def test_a_snapshot_comes_back_with_when_and_how_long():
    """The result holds what the source saw, when it was asked and how long it took."""
    snapshot = Snapshot(facts={"version": "10"})

    async def probe():
        return snapshot

    before = time.time()
    result = ask(probe)
    assert (result.outcome, result.snapshot, result.reason) == (Outcome.OK, snapshot, "")
    assert before <= result.started_at <= time.time()
    assert 0 < result.duration < 5


def test_the_probe_runs_in_a_task_that_bears_its_name():
    """Whoever looks at the loop sees which source is at work."""
    names = []

    async def probe():
        names.append(asyncio.current_task().get_name())
        return Snapshot()

    ask(probe)
    assert names == ["probe crm/imports"]


def test_an_error_is_a_result():
    """What a source raises never leaves the prober."""

    async def probe():
        raise Unreachable("crm", "refused")

    result = ask(probe)
    assert (result.outcome, result.reason) == (
        Outcome.UNREACHABLE,
        "crm can't be reached: refused",
    )


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), RecursionError("deep")])
def test_even_what_would_stop_the_loop_is_a_result(error):
    """`sys.exit()` in a plugin ends its probe, not the daemon."""

    async def probe():
        raise error

    assert ask(probe).outcome is Outcome.ERROR


def test_a_hanging_source_is_cancelled_at_its_deadline():
    """The deadline ends the wait, and the source gets to clean up."""
    cleaned = []

    async def probe():
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    async def main():
        prober = prober_of(probe)
        result = await prober.probe(0.05)
        await prober.aclose()
        assert prober.running_since is None
        return result

    result = asyncio.run(main())
    assert (result.outcome, result.reason) == (Outcome.TIMEOUT, "no answer within 0.05 s")
    assert 0.04 < result.duration < 5
    assert cleaned == [True]


def stubborn(release):
    """A probe that swallows its cancellation until `release` is set."""

    async def probe():
        while not release.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await release.wait()
        return Snapshot()

    return probe


def test_a_source_that_swallows_cancellation_holds_nobody(eventually):
    """It is left behind, refused while it lives, and asked again once it has ended."""

    async def main():
        release = asyncio.Event()
        prober = prober_of(stubborn(release))
        first = await prober.probe(0.05)
        assert first.outcome is Outcome.TIMEOUT
        assert prober.running_since == pytest.approx(first.started_at, abs=1)
        second = await prober.probe(PLENTY)
        assert second.outcome is Outcome.TIMEOUT
        assert "is still running" in second.reason
        assert second.duration < 5
        release.set()
        await eventually(lambda: prober.running_since is None)
        assert (await prober.probe(PLENTY)).outcome is Outcome.OK

    asyncio.run(main())


def test_closing_ends_even_what_swallows_cancellation(monkeypatch):
    """Else the event loop, which waits for its tasks, would never end."""
    monkeypatch.setattr("syseventd.probing.prober.PATIENCE", 0.05)

    async def main():
        prober = prober_of(stubborn(asyncio.Event()))
        await prober.probe(0.02)
        await prober.aclose()
        assert prober.running_since is None

    asyncio.run(main())


def test_closing_ends_even_what_swallows_everything(monkeypatch):
    """Not even `except BaseException` in a loop keeps the daemon from ending."""
    monkeypatch.setattr("syseventd.probing.prober.PATIENCE", 0.05)

    async def main():
        swallowed = []

        async def probe():
            while swallowed.count("GeneratorExit") < 2:  # the second is the garbage collector's
                try:
                    await asyncio.Event().wait()
                except BaseException as error:
                    swallowed.append(type(error).__name__)
            return Snapshot()

        prober = prober_of(probe)
        await prober.probe(0.02)
        await prober.aclose()
        assert prober.running_since is None
        assert "GeneratorExit" in swallowed

    asyncio.run(main())


def test_a_source_that_cancels_itself_is_an_error():
    """A cancellation that isn't ours is the source's mistake, and nobody else's end."""

    async def probe():
        never = asyncio.get_running_loop().create_future()
        never.cancel()
        await never

    result = ask(probe)
    assert result.outcome is Outcome.ERROR
    assert "cancelled" in result.reason


def test_cancelling_the_call_cancels_the_source():
    """Whoever waits for a probe may give up; then the source is told, and the call says so."""

    async def main():
        begun, cancelled = asyncio.Event(), asyncio.Event()

        async def probe():
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.set()
                raise

        call = asyncio.create_task(prober_of(probe).probe(PLENTY))
        await begun.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.wait_for(cancelled.wait(), PLENTY)

    asyncio.run(main())


def test_two_calls_at_once_don_t_overlap():
    """A source is asked by one at a time."""

    async def main():
        release = asyncio.Event()

        async def probe():
            await release.wait()
            return Snapshot()

        prober = prober_of(probe)
        first = asyncio.create_task(prober.probe(PLENTY))
        await asyncio.sleep(0)
        assert "is still running" in (await prober.probe(PLENTY)).reason
        release.set()
        assert (await first).outcome is Outcome.OK

    asyncio.run(main())


def test_a_probe_that_fails_after_its_deadline_troubles_nobody(eventually):
    """What a late source raises is nobody's any more: no warning, no log, no result."""

    async def main():
        async def probe():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                raise RuntimeError("at last") from None

        prober = prober_of(probe)
        assert (await prober.probe(0.02)).outcome is Outcome.TIMEOUT
        await eventually(lambda: prober.running_since is None)

    asyncio.run(main())


# --- large snapshots ----------------------------------------------------------------------------


def large(**more):
    return Snapshot(tuple(Observation(f"k{n}", "job", "n", **more) for n in range(LARGE + 1)))


def test_a_large_snapshot_is_checked_while_others_work(monkeypatch):
    """A check of tens of thousands of items must not hold up the loop."""
    others_worked = threading.Event()
    seen = []

    def returned(value):
        seen.append(others_worked.wait(10.0))  # for ever, if it were on the loop
        return answers.returned(value)

    monkeypatch.setattr(on_loop, "returned", returned)
    answer = large()

    async def probe():
        return answer

    async def main():
        probing = asyncio.create_task(prober_of(probe).probe(PLENTY))
        while not probing.done():
            await asyncio.sleep(0.001)
            others_worked.set()
        return await probing

    assert asyncio.run(main()).snapshot is answer
    assert seen == [True]


def test_a_large_snapshot_is_checked_again_only_if_it_is_another(monkeypatch):
    """The same object is as sound as it was."""
    checked = []
    monkeypatch.setattr(
        on_loop, "returned", lambda value: checked.append(value) or answers.returned(value)
    )
    one, two, bad = large(), large(), Snapshot((*large().observations, Observation("k", "job", 5)))
    told = iter([one, one, two, one, bad, bad])

    async def probe():
        return next(told)

    async def main():
        prober = prober_of(probe)
        return [(await prober.probe(PLENTY)).outcome for _ in range(6)]

    assert asyncio.run(main()) == [Outcome.OK] * 4 + [Outcome.ERROR] * 2
    assert list(map(id, checked)) == list(map(id, (one, two, one, bad, bad)))


def test_a_large_snapshot_that_had_to_be_cut_is_cut_each_time():
    """What was found sound is never one that was not."""
    answer = large(message="m" * 10_000)

    async def probe():
        return answer

    async def main():
        prober = prober_of(probe)
        return [(await prober.probe(PLENTY)).snapshot for _ in range(2)]

    for snapshot in asyncio.run(main()):
        assert {len(o.message) for o in snapshot.observations} == {LONGEST_TEXT}
        assert snapshot.problems

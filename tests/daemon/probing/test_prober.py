"""What every prober does, wherever its source runs."""

from __future__ import annotations

import asyncio

import pytest
import structlog

from syseventd import Outcome, Snapshot, SourceId
from syseventd.interface import Isolation
from syseventd.probing import prepare

NAME = SourceId("crm", "imports")


class Source:
    """Raises or returns what it is given, in turn, and can be closed."""

    def __init__(self, *answers, closing=None):
        self.answers = list(answers)
        self.closing = closing
        self.closed = 0

    async def probe(self):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def aclose(self):
        self.closed += 1
        if self.closing is not None:
            await self.closing()


def events_of(*answers):
    async def main():
        prober = prepare(Source(*answers), Isolation.SHARED, NAME)
        for _ in answers:
            await prober.probe(30)

    with structlog.testing.capture_logs() as logs:
        asyncio.run(main())
    return logs


def test_a_bug_is_logged_with_its_traceback():
    """The plugin's author finds target, source, error and the line."""
    (entry,) = events_of(ValueError("no"))
    assert (entry["event"], entry["log_level"]) == ("source_raised", "error")
    assert (entry["target"], entry["source"]) == NAME
    assert entry["error"] == "ValueError: no"
    assert "test_prober.py" in entry["exception"]


def test_a_repeated_bug_is_logged_once():
    """The same traceback again says nothing new; another one does, and one after a success."""
    bugs = [ValueError("a"), ValueError("a"), ValueError("b"), Snapshot(), ValueError("b")]
    assert [entry["error"] for entry in events_of(*bugs)] == [
        "ValueError: a",
        "ValueError: b",
        "ValueError: b",
    ]


def test_closing_closes_the_source():
    """A source with `aclose` gets its call, once."""
    source = Source()
    asyncio.run(prepare(source, Isolation.SHARED, NAME).aclose())
    assert source.closed == 1


def test_a_source_without_aclose_needs_none():
    """Closing is optional for sources."""

    class Plain:
        def probe(self):
            return Snapshot()

    with structlog.testing.capture_logs() as logs:
        asyncio.run(prepare(Plain(), Isolation.SHARED, NAME).aclose())
    assert logs == []


def test_a_source_that_fails_to_close_is_logged():
    """Closing goes on, and says who failed."""

    async def fail():
        raise OSError("disk")

    with structlog.testing.capture_logs() as logs:
        asyncio.run(prepare(Source(closing=fail), Isolation.SHARED, NAME).aclose())
    assert [entry["event"] for entry in logs] == ["source_failed_closing"]


def test_a_source_that_hangs_while_closing_is_left(monkeypatch):
    """Closing is bounded in time, and says who hung."""
    monkeypatch.setattr("syseventd.probing.prober.PATIENCE", 0.05)

    async def hang():
        await asyncio.Event().wait()

    with structlog.testing.capture_logs() as logs:
        asyncio.run(prepare(Source(closing=hang), Isolation.SHARED, NAME).aclose())
    assert [entry["event"] for entry in logs] == ["source_hangs_closing"]


@pytest.mark.parametrize("isolation", list(Isolation))
def test_an_unused_prober_closes(isolation):
    """Nothing was started, so there is nothing to end."""
    prober = prepare(Source(), isolation, NAME)
    assert prober.running_since is None
    asyncio.run(prober.aclose())


def test_the_outcome_of_a_snapshot_is_ok():
    """The plain case, for comparison."""
    prober = prepare(Source(Snapshot()), Isolation.SHARED, NAME)
    assert asyncio.run(prober.probe(30)).outcome is Outcome.OK

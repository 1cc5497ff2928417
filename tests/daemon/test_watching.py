"""One target at work: what its plugin can't make fails alone, and what it made is closed."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from structlog.testing import capture_logs

from syseventd import Outcome, Snapshot, SourceId, Target, config, hookimpl, watching
from syseventd.interface import Isolation, SourceType, TargetType
from syseventd.model import ProbeResult
from syseventd.service import offered_by
from syseventd.settings import Settings
from syseventd.testing import catalogue_of
from syseventd.watching import WatchedTarget

ATTIC = SourceId("attic", "lids")


class Closing:
    """Notes in `story` that it was closed. Serves as connection and as source."""

    def __init__(self, name: str, story: list[str]) -> None:
        self._name = name
        self._story = story

    async def probe(self) -> Snapshot:
        return Snapshot()

    async def aclose(self) -> None:
        self._story.append(self._name)


def target_of(
    create: Callable[..., Any],
    connect: Callable[[Target], Any] | None = None,
    isolation: Isolation = Isolation.SHARED,
) -> config.TargetConfig:
    """A target `attic` with the sources `lids` and `nails`; `create` makes both."""
    module = ModuleType("boxes")
    names = ("lids", "nails")
    types = [TargetType("boxes", Settings, connect)]
    sources = [SourceType(name, "boxes", create, isolation=isolation) for name in names]
    for hook, offers in {"target_types": types, "source_types": sources}.items():
        setattr(module, hook, hookimpl(specname=hook)(_constant(offers)))
    offered = offered_by(catalogue_of(module))
    return config.understand({"targets": {"attic": {"type": "boxes"}}}, offered).targets["attic"]


def _constant(value: Any) -> Callable[[], Any]:
    return lambda: value


def probes_of(target: config.TargetConfig) -> dict[str, ProbeResult]:
    """The result of each source, by name; the target is closed after them."""

    async def story() -> dict[str, ProbeResult]:
        watched = WatchedTarget(target)
        try:
            return {n.source: await s.prober.probe(5) for n, s in watched.sources.items()}
        finally:
            await watched.aclose()

    return asyncio.run(story())


def failing(*given: object) -> Any:
    raise LookupError("no attic")


def leaving(*given: object) -> Any:
    sys.exit("enough")


def test_sources_share_what_the_type_connected() -> None:
    """One connection a target, handed to each source."""
    story: list[str] = []
    handed: list[object] = []

    def create(target: Target, connection: object, settings: object) -> Closing:
        handed.append(connection)
        return Closing("source", story)

    connection = Closing("connection", story)
    probes_of(target_of(create, lambda target: connection))
    assert handed == [connection, connection]


def test_sources_are_closed_before_what_they_share() -> None:
    """A source may say good-bye over it."""
    story: list[str] = []
    target = target_of(
        lambda *given: Closing("source", story), lambda target: Closing("connection", story)
    )
    probes_of(target)
    assert story == ["source", "source", "connection"]


@pytest.mark.parametrize("create", [failing, leaving])
def test_a_source_that_can_not_be_made_fails_with_the_reason(create: Callable[..., Any]) -> None:
    """Making the target does not fail: the daemon must start."""
    with capture_logs() as logs:
        result = probes_of(target_of(create))["lids"]
    assert result.outcome is Outcome.ERROR
    assert result.reason.startswith("attic/lids failed: its plugin could not make it: ")
    assert [entry["source"] for entry in logs if entry["event"] == "source_not_made"] == [
        "lids",
        "nails",
    ]


def test_a_source_without_probe_fails_with_the_reason() -> None:
    """Nothing else would ever tell its author."""
    result = probes_of(target_of(lambda *given: "a lid"))["lids"]
    assert result.reason.endswith("TypeError: 'a lid' has no probe()")


def test_a_source_that_can_not_be_made_does_not_take_the_others_along() -> None:
    """The same target's other source works."""
    made = iter([failing, lambda *given: Closing("source", [])])
    results = probes_of(target_of(lambda *given: next(made)(*given)))
    assert [result.outcome for result in results.values()] == [Outcome.ERROR, Outcome.OK]


@pytest.mark.parametrize("connect", [failing, leaving])
def test_a_target_that_can_not_be_connected_has_failing_sources(
    connect: Callable[..., Any],
) -> None:
    """Each says why, and none is made with a connection that is missing."""
    with capture_logs() as logs:
        results = probes_of(target_of(leaving, connect))
    assert {result.outcome for result in results.values()} == {Outcome.ERROR}
    assert "its plugin could not connect it: " in results["nails"].reason
    assert [entry["event"] for entry in logs] == ["target_not_connected"]


@pytest.mark.parametrize("connection", [None, "a string"])
def test_a_connection_that_can_not_be_closed_is_none(connection: object) -> None:
    """It is told at once, not when the daemon stops."""
    result = probes_of(target_of(failing, lambda target: connection))["lids"]
    assert "has no aclose()" in result.reason


def test_what_could_not_be_made_needs_no_process() -> None:
    """The reason is told on the spot, wherever the source would have run."""
    watched = probes_of(target_of(failing, isolation=Isolation.PROCESS))
    assert watched["lids"].reason.endswith("its plugin could not make it: LookupError: no attic")
    assert watched["lids"].duration < 0.1


class Stubborn:
    """A connection that hangs, or raises, when it is closed."""

    def __init__(self, error: BaseException | None) -> None:
        self._error = error

    async def aclose(self) -> None:
        if self._error is not None:
            raise self._error
        await asyncio.Event().wait()


@pytest.mark.parametrize("error", [None, LookupError("gone"), SystemExit("enough")])
def test_a_connection_that_does_not_close_keeps_nobody(
    error: BaseException | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The daemon stops in time, and says which target it was."""
    monkeypatch.setattr(watching, "PATIENCE", 0.05)
    target = target_of(lambda *given: Closing("source", []), lambda target: Stubborn(error))
    began = time.monotonic()
    with capture_logs() as logs:
        probes_of(target)
    assert time.monotonic() - began < 5
    assert [(e["event"], e["target"]) for e in logs] == [("connection_not_closed", "attic")]


def test_a_connection_whose_closing_is_no_coroutine_keeps_nobody() -> None:
    """`def aclose` instead of `async def aclose`."""

    class Plain:
        def aclose(self) -> None:
            return None

    with capture_logs() as logs:
        probes_of(target_of(lambda *given: Closing("source", []), lambda target: Plain()))
    assert [entry["event"] for entry in logs] == ["connection_not_closed"]

"""A plugin that uses every public name; type checkers must find nothing to say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, assert_type

from pydantic import Field

from syseventd import (
    NEVER,
    Ending,
    EndReason,
    Event,
    EventKey,
    Expiry,
    Malformed,
    Measurement,
    Meter,
    NotAvailable,
    Observation,
    Outcome,
    Paused,
    Picture,
    ProbeEnded,
    ProbeFailed,
    Problem,
    Seats,
    Snapshot,
    SourceId,
    Step,
    SyseventdError,
    Target,
    Throttled,
    TimedOut,
    Timestamp,
    Transition,
    Unauthorized,
    Unreachable,
    day_of,
    days_until,
    hookimpl,
)
from syseventd.interface import (
    Connection,
    Demo,
    EventKind,
    Gauge,
    Isolation,
    Severity,
    Share,
    Sink,
    SinkType,
    Source,
    SourceType,
    Tab,
    Table,
    TargetType,
    TargetView,
)
from syseventd.settings import (
    Duration,
    Fraction,
    SecretFile,
    SecretVariable,
    Settings,
    SourceSettings,
)


class MySettings(Settings):
    """A target's block."""

    url: str
    every: Duration = Field(default=60.0)
    share: Fraction = Field(default=0.5)
    password_file: SecretFile | None = None
    password_env: SecretVariable | None = None


class MySourceSettings(SourceSettings):
    """A source's block."""

    depth: int = Field(default=1, ge=1)


class Pool:
    """What sources share."""

    async def aclose(self) -> None:
        pass


class OnLoop:
    """Written as `async def`."""

    async def probe(self) -> Snapshot:
        return Snapshot()


class Remembering:
    """Says how things ended, measures, shows a picture, and recalls what it said."""

    def __init__(self) -> None:
        self._told = ""

    def recall(self, memory: Mapping[str, str]) -> None:
        self._told = memory.get("told", "")

    async def probe(self) -> Snapshot:
        done = Observation("1", "job", "Job", marks=frozenset({"job:1"}), portrait="kim")
        return Snapshot(
            endings=(Ending(done, EndReason.FAILED, fresh=self._told != "1"),),
            measurements=(Measurement(DEPTH.name, 3.0, part="eu"),),
            pictures=(Picture("kim", b"\x89PNG"),),
            memory={"told": "1"},
        )


DEPTH = Gauge("job_depth", "How deep the jobs lie.")


@hookimpl
def gauges() -> Iterable[Gauge]:
    return [DEPTH]


class InThread:
    """Written as `def`, with an end of its own."""

    def probe(self) -> Snapshot:
        return Snapshot(
            observations=(Observation("1", "job", "Job", progress=0.5, scope="eu"),),
            expiries=(Expiry("licence", "crm", NEVER, not_before=0.0),),
            seats=(Seats("ours", "user", 3, None),),
            meters=(Meter("mails", 7.0, 10.0),),
            facts={"version": "1"},
            problems=(Problem("there", "why"),),
            complete=False,
            unseen=frozenset({"2"}),
            unseen_under=("3/",),
            ask_again=5,
        )

    async def aclose(self) -> None:
        pass


def errors() -> Iterable[ProbeEnded]:
    """All that a probe may raise."""
    yield NotAvailable("not licensed")
    yield Paused("maintenance", retry_after=60.0)
    yield TimedOut(10.0)
    yield Unreachable("crm", "no route")
    yield Unauthorized("crm", "wrong password")
    yield Throttled("crm", "too many", retry_after=None)
    yield Malformed("crm", "no JSON")
    yield ProbeFailed("crm", "status 500")


def read(transition: Transition, target: Target) -> None:
    """What words hold, as a type checker sees it."""
    assert_type(transition.step, Step)
    assert_type(transition.at, Timestamp)
    assert_type(transition.event, Event)
    assert_type(transition.event.source, SourceId)
    assert_type(transition.event.source.target, str)
    assert_type(transition.event.observation.identity, EventKey)
    assert_type(transition.event.observation.expected_end, float | None)
    assert_type(transition.changes, Mapping[str, tuple[object, object]])
    assert_type(target.settings, object)
    assert_type(Outcome.OK.failed, bool)
    assert_type(MySettings(url="x").every, float)
    assert_type(MySettings.model_validate({}).url, str)


class Mine:
    """A sink."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name

    async def deliver(self, transitions: Sequence[Transition]) -> None:
        for transition in transitions:
            if transition.event.ended_at is None:
                raise SyseventdError


def connect(target: Target) -> Pool:
    return Pool()


def on_loop(target: Target, connection: Pool, settings: SourceSettings) -> OnLoop:
    return OnLoop()


def in_thread(target: Target, connection: Pool, settings: MySourceSettings) -> Source:
    return InThread()


def table(view: TargetView) -> Table:
    assert_type(view.events, tuple[Event, ...])
    assert_type(view.snapshots, Mapping[str, Snapshot])
    days = days_until(view.events[0].started_at, 0.0)
    assert_type(days, int)
    rows = ((f"{day_of(0.0):%A}", Share(0.5)), ("2", Share(1.0, "all")))
    return Table(("A", "B"), rows, caption="mine", numbers=frozenset("A"), facts=frozenset("f"))


def tables(view: TargetView) -> Sequence[Table]:
    return [table(view), table(view)]


@asynccontextmanager
async def start(speed: float, language: str) -> AsyncIterator[dict[str, Any]]:
    yield {"type": "mine"}


def needs(settings: MySettings) -> str:
    return "" if settings.password_file is None else f"less than {settings.password_file.origin}"


@hookimpl
def target_types() -> Iterable[TargetType]:
    return [TargetType("mine", MySettings, connect, description="mine")]


@hookimpl
def source_types() -> Iterable[SourceType]:
    yield SourceType("on-loop", "mine", on_loop, interval=60.0, timeout=5.0)
    yield SourceType(
        "in-thread",
        "mine",
        in_thread,
        MySourceSettings,
        ask_again_within=(1.0, 60.0),
        needs=needs,
        isolation=Isolation.PROCESS,
    )


@hookimpl
def sink_types() -> Iterable[SinkType]:
    return (SinkType("mine", Settings, Mine),)


@hookimpl
def event_kinds() -> Iterable[EventKind]:
    return {EventKind("job", "Job", effect="Slow", severity=Severity.INFO)}


@hookimpl
def tabs() -> Iterable[Tab]:
    return [Tab("mine", "Mine", "mine", table), Tab("two", "Two", "mine", tables, "in-thread")]


@hookimpl
def demos() -> Iterable[Demo]:
    return [Demo("mine", start)]


assert_type(target_types(), Iterable[TargetType])

A_CONNECTION: Connection = Pool()
A_SINK: Sink = Mine("mine", Settings())
SOURCES: tuple[Source, ...] = (OnLoop(), InThread())

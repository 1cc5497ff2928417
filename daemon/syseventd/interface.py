"""What a plugin offers and what it is handed: the shapes behind the hooks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Protocol, TypeAlias, runtime_checkable

from syseventd.model import Event, Snapshot, Target, Transition
from syseventd.settings import Settings, SourceSettings


@runtime_checkable
class Source(Protocol):
    """What can be asked about one target. `probe()` is the whole of it.

    Written as `async def`, it runs on the daemon's event loop and must not block it; written as
    `def`, it runs in a thread. It returns a Snapshot, or raises one of the errors of this
    package that derive from ProbeEnded. It needs no timeout of its own: the daemon ends it at
    its deadline. If it has `async def aclose(self)`, that is called once at the end; if it has
    `def recall(self, memory: Mapping[str, str])`, that is called before each probe with the
    memory that was stored with its last snapshot that had one, restarts included.
    """

    def probe(self) -> Snapshot | Awaitable[Snapshot]: ...


@runtime_checkable
class Connection(Protocol):
    """What the sources of one target share: a pool, a login. Closed after its last source."""

    async def aclose(self) -> None: ...


@runtime_checkable
class Sink(Protocol):
    """Where transitions are delivered."""

    async def deliver(self, transitions: Sequence[Transition]) -> None:
        """Called with a few transitions, oldest first. Raising means: not delivered, try again.

        The same transition may come twice; its `id` tells.
        """


class Isolation(Enum):
    """Where a source's probe runs."""

    SHARED = "shared"
    """On the event loop when it is `async def`, else in a thread, which can't be killed."""
    PROCESS = "process"
    """In a process of its own, which is killed at the deadline. The source must pickle."""


@dataclass(frozen=True, slots=True)
class TargetType:
    """A kind of system that can be watched: what `type = "…"` in the configuration names.

    `settings` checks the target's block. `connect`, where given, is called once a target, on
    the event loop, and what it returns is handed to every source of that target.
    """

    name: str
    settings: type[Settings]
    connect: Callable[[Target], Connection] | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class SourceType:
    """Something that can be watched on every target of one type, whoever offers that type.

    `create(target, connection, settings)` is called on the event loop for each target;
    `connection` is what the target's type connected, or None. `interval` and `timeout` are this
    source's own defaults in seconds; without them those of `[defaults]` hold.
    `ask_again_within` bounds what a snapshot's `ask_again` may ask for, in seconds.
    `needs(settings)`, where given, says what a target's settings lack without which this source
    sees nothing there, as the end of "it needs …"; "" where nothing. It is asked while the
    configuration is read, so it asks nobody else. Such a source is made only where the
    configuration names it.
    """

    name: str
    target_type: str
    create: Callable[[Target, Any, Any], Source]
    settings: type[SourceSettings] = SourceSettings
    interval: float | None = None
    timeout: float | None = None
    ask_again_within: tuple[float, float] = (1.0, 86400.0)
    isolation: Isolation = Isolation.SHARED
    description: str = ""
    needs: Callable[[Any], str] | None = None


@dataclass(frozen=True, slots=True)
class SinkType:
    """A kind of place that transitions are delivered to: what a sink's `type = "…"` names."""

    name: str
    settings: type[Settings]
    create: Callable[[str, Any], Sink]
    description: str = ""


class Severity(StrEnum):
    """How bad it is, the worst first: pages show events in this order."""

    CRITICAL = "critical"
    """Users are stopped now, or what they have may be damaged."""
    WARNING = "warning"
    """Something works less well, or will stop."""
    INFO = "info"
    """It is going on, or is to be planned."""


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of event. `effect` says what users lose while such an event lasts.

    Only declared kinds become metric labels; an event of any other kind counts as "other".
    `severity` is an event's of this kind that goes as it should. One whose expected end has
    passed, or that stands still, is a degree worse.
    """

    name: str
    title: str
    effect: str = ""
    severity: Severity = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Gauge:
    """A gauge that sources of this plugin measure: the metric `syseventd_<name>`.

    `name` is in small letters and ends with its unit, as Prometheus names metrics:
    `freetext_words`, `saint_last_generated_timestamp_seconds`; not in what other types of metric
    end with, such as `_total`, `_count` or `_info`. `help` says what is measured, in one sentence
    on one line: the page shows it too. Its samples have the labels target, source and part.
    """

    name: str
    help: str


@dataclass(frozen=True, slots=True)
class TargetView:
    """What a tab is drawn from: the present of one target."""

    target: Target
    events: tuple[Event, ...]
    snapshots: Mapping[str, Snapshot]
    """Each source's newest snapshot, by the source's name."""


@dataclass(frozen=True, slots=True)
class Share:
    """A cell that says how much of what may be used is: a bar and its percentage.

    `value` is 1.0 where all is; `words` stand behind it.
    """

    value: float
    words: str = ""


Cell: TypeAlias = str | Share
"""What stands in a table: plain text, or a share."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings, plain text but for shares. The page escapes it all.

    The first cell of a row names it. `caption` says what the rows are, and `numbers` names the
    headings under which numbers stand. `facts` are names of facts that the table tells: the
    page's list of facts does not repeat them.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    numbers: frozenset[str] = frozenset()
    facts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Tab:
    """A further part of the page of every target of one type: a table, or several.

    `source` names the source whose licences and meters it shows, all of them: the page tells
    how old they are, and does not list them a second time. Where that source isn't watched, it
    has no such tab.
    """

    name: str
    title: str
    target_type: str
    table: Callable[[TargetView], Table | Sequence[Table]]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Demo:
    """A simulated system that `syseventd demo` can watch.

    `start(speed, language)` runs it while the context lasts and yields the target's block of
    settings, as it would stand in the configuration. Everything it shows says that it is
    simulated.
    """

    name: str
    start: Callable[[float, str], AbstractAsyncContextManager[dict[str, Any]]]

"""Scenes of the story, and how they are played: what of them stands at any second. Pure.

A lap takes ten minutes, and three laps are a day of the story: a night, a morning, an afternoon.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from syseventd_superoffice.simulator.vocabulary import (
    NO_TEXT,
    MessageType,
    Scope,
    TaskState,
    Text,
    marked,
)
from syseventd_superoffice.simulator.world import (
    BatchTask,
    Person,
    SystemEvent,
    SystemMessage,
    TaskDefinition,
)

T = TypeVar("T")

LAP = 600.0
NIGHT, MORNING, AFTERNOON = 0, 1, 2
EVERY_LAP = (NIGHT, MORNING, AFTERNOON)
DAY = LAP * len(EVERY_LAP)

FIRST_ID = 101
HEARTBEAT = 60.0
"""Seconds between two signs of life of whatever runs: the vendor's own number."""

TAKING = 1.0
"""Seconds for which a task is taken and has not started."""


@dataclass(frozen=True, slots=True)
class EventType:
    """A kind of system event: its key, and how people call it."""

    key: str
    name: Text


@dataclass(frozen=True, slots=True)
class EventScene:
    """A system event of the story, from `start` to `end` in seconds of its lap.

    `expected_end` is what the installation promises, also in seconds of the lap: the event may
    well outlive it. `amount` is how much there is to do: where it is given, `message` holds
    `{done}` and `{amount}`, and the status shows the share, which comes to `reaches` percent.
    """

    start: float
    end: float
    type: EventType
    message: Text
    by: Person
    expected_end: float | None = None
    scope: Scope = Scope.Database
    owner: int = 0
    amount: int | None = None
    reaches: int = 100
    extra_info: int = 0
    laps: tuple[int, ...] = EVERY_LAP

    @property
    def gone(self) -> float:
        return self.end


@dataclass(frozen=True, slots=True)
class TaskScene:
    """A batch task of the story, from `start` to `end` in seconds of its lap.

    It `waits` so many seconds until it is taken; it is `silent` from one second to another: it
    gives no sign of life. What ended stays in the list while it `lingers`. `reaches` is the
    percentage that it comes to; `progress` is told with `{done}` and `{amount}`.
    """

    start: float
    end: float
    definition: TaskDefinition
    description: Text
    by: Person | None = None
    progress: Text = field(default_factory=lambda: NO_TEXT)
    amount: int = 100
    reaches: int = 100
    waits: float = 2.0
    silent: tuple[float, float] | None = None
    restarts: tuple[float, ...] = ()
    outcome: TaskState = TaskState.Succeeded
    response: Text = field(default_factory=lambda: NO_TEXT)
    lingers: float = 0.0
    file_name: str = ""
    laps: tuple[int, ...] = EVERY_LAP

    @property
    def gone(self) -> float:
        return self.end + self.lingers

    @property
    def begins(self) -> float:
        """When it is first started."""
        return self.start + self.waits + TAKING


@dataclass(frozen=True, slots=True)
class MessageScene:
    """A message of the yellow banner, from `start` to `end` in seconds of its lap."""

    start: float
    end: float
    name: str
    text: Text
    type: MessageType
    expires: float
    associate_id: int = 0
    laps: tuple[int, ...] = EVERY_LAP

    @property
    def gone(self) -> float:
        return self.end


class Scene(Protocol):
    """What has a part of the story's laps."""

    @property
    def start(self) -> float: ...
    @property
    def gone(self) -> float: ...
    @property
    def laps(self) -> tuple[int, ...]: ...


S = TypeVar("S", bound=Scene)


def _playing(scenes: Sequence[S], seconds: float) -> Iterator[tuple[int, S, float]]:
    """What stands at a second: its id, its scene, and the second at which its lap began.

    Ids grow with the starts, as in a database, where the scenes are in the order of theirs.
    """
    current = math.floor(seconds / LAP)
    # What runs on past the end of a lap belongs to the lap that it started in.
    for lap in range(max(0, current - 1), current + 1):
        second = seconds - lap * LAP
        for index, scene in enumerate(scenes):
            if lap % len(EVERY_LAP) in scene.laps and scene.start <= second < scene.gone:
                yield FIRST_ID + lap * len(scenes) + index, scene, lap * LAP


def events_at(scenes: Sequence[EventScene], seconds: float) -> tuple[SystemEvent, ...]:
    """The rows of the system events."""
    return tuple(_event(*found, seconds) for found in _playing(scenes, seconds))


def _event(number: int, scene: EventScene, began: float, seconds: float) -> SystemEvent:
    share = (seconds - began - scene.start) / (scene.end - scene.start) * scene.reaches / 100
    done = None if scene.amount is None else math.floor(scene.amount * share)
    percent = None if scene.amount is None else 100 * (done or 0) // scene.amount
    return SystemEvent(
        id=number,
        key=scene.type.key,
        name=scene.type.name,
        status=_status(percent),
        message=scene.message if done is None else _told(scene.message, done, scene.amount),
        scope=scene.scope,
        owner=scene.owner,
        by=scene.by,
        registered=began + scene.start,
        eta=None if scene.expected_end is None else began + scene.expected_end,
        updated_count=done or 0,
        extra_info=scene.extra_info,
    )


def _status(percent: int | None) -> Text:
    if percent is None:
        return marked("Active", "Aktiv")
    return marked(f"Running, {percent} %", f"Pågår, {percent} %")


def _told(text: Text, done: int, amount: int | None) -> Text:
    return {language: t.format(done=done, amount=amount) for language, t in text.items()}


def tasks_at(scenes: Sequence[TaskScene], seconds: float) -> tuple[BatchTask, ...]:
    """The rows of the batch tasks."""
    return tuple(_task(*found, seconds) for found in _playing(scenes, seconds))


def _task(number: int, scene: TaskScene, began: float, seconds: float) -> BatchTask:
    second = seconds - began
    state = _state(scene, second)
    waiting = state in (TaskState.New, TaskState.Aquired)
    starts = [at for at in (scene.begins, *scene.restarts) if at <= second and not waiting]
    alive = _last_sign(scene, second)
    share = max(0.0, alive - scene.begins) / (scene.end - scene.begins)
    percent = math.floor(scene.reaches * share)
    return BatchTask(
        id=number,
        definition=scene.definition,
        description=scene.description,
        state=state,
        by=scene.by,
        registered=began + scene.start,
        updated=began + _heartbeat(scene, alive),
        last_started=began + starts[-1] if starts else None,
        start_count=len(starts),
        progress_percent=None if waiting else percent,
        progress_description=NO_TEXT
        if waiting
        else _told(scene.progress, scene.amount * percent // 100, scene.amount),
        response=scene.response if state is scene.outcome else NO_TEXT,
        updated_count=max(0, math.floor((alive - scene.start) / HEARTBEAT)),
        file_name=scene.file_name,
    )


def _state(scene: TaskScene, second: float) -> TaskState:
    if second >= scene.end:
        return scene.outcome
    if second >= scene.begins:
        return TaskState.Started
    return TaskState.Aquired if second >= scene.start + scene.waits else TaskState.New


def _last_sign(scene: TaskScene, second: float) -> float:
    """The second until which a task moved."""
    second = min(second, scene.end)
    if scene.silent is not None and scene.silent[0] <= second < scene.silent[1]:
        return scene.silent[0]
    return second


def _heartbeat(scene: TaskScene, alive: float) -> float:
    """When its row was last written: registered, taken, once a minute since, at its end."""
    if alive < scene.begins or alive == scene.end:
        return scene.end if alive == scene.end else scene.start
    return scene.begins + math.floor((alive - scene.begins) / HEARTBEAT) * HEARTBEAT


def messages_at(scenes: Sequence[MessageScene], seconds: float) -> tuple[SystemMessage, ...]:
    """The messages of the yellow banner."""
    return tuple(
        SystemMessage(
            number, scene.associate_id, scene.name, scene.text, scene.type, began + scene.expires
        )
        for number, scene, began in _playing(scenes, seconds)
    )


def happened(moments: Iterable[float], seconds: float) -> tuple[int, float | None]:
    """How often any of these seconds of a day has passed by then, and when one last did."""
    passed = [
        (math.floor((seconds - moment) / DAY), moment) for moment in moments if moment <= seconds
    ]
    latest = max((days * DAY + moment for days, moment in passed), default=None)
    return sum(days + 1 for days, _ in passed), latest


def standing(steps: Sequence[tuple[float, T]], seconds: float, every: float) -> T:
    """What the last step says that was passed, of steps that come again `every` so often.

    Each step is a second and what holds from then on; the first one is at 0.
    """
    second = seconds % every
    return next(what for at, what in reversed(steps) if at <= second)

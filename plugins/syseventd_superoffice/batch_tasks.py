"""Reads rows of batch tasks: what each is, in which state, and how far. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from syseventd import Malformed, Problem, Timestamp
from syseventd_superoffice.access import Listing
from syseventd_superoffice.kinds import BATCH_TASKS, Signs
from syseventd_superoffice.turns import in_turns
from syseventd_superoffice.values import (
    Fields,
    Problems,
    is_object,
    read_count,
    read_flag,
    read_message,
    read_name,
    read_text,
    read_time,
    read_whole,
    short_key,
    shown,
    why_no_object,
)

IDS = ("PrimaryKey", "Id", "BatchTask_id")

LARGEST = 2**31 - 1
"""The largest number that a task can have."""


class State(StrEnum):
    """How far a task is."""

    UNKNOWN = "unknown"
    NEW = "new"
    ACQUIRED = "acquired"
    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CLEANUP = "succeeded_manual_cleanup"


_NUMBERS = dict(enumerate(State))
_NAMES = {
    "unknown": State.UNKNOWN,
    "new": State.NEW,
    "aquired": State.ACQUIRED,  # the vendor's spelling
    "acquired": State.ACQUIRED,
    "assigned": State.ACQUIRED,
    "started": State.STARTED,
    "succeeded": State.SUCCEEDED,
    "failed": State.FAILED,
    "succeededmanualcleanup": State.CLEANUP,
}

RUNNING = frozenset({State.ACQUIRED, State.STARTED})
ENDED = frozenset({State.SUCCEEDED, State.FAILED, State.CLEANUP})


@dataclass(frozen=True, slots=True)
class Task:
    """One batch task. Times are Unix seconds; `progress` is a share from 0 to 1.

    `heartbeat` is when its row was last written: once a minute while it runs. `number` is its
    id as a number, which grows from task to task; 0 where it is none.
    """

    id: str
    state: State
    kind: str
    name: str
    number: int = 0
    description: str = ""
    definition: str = ""
    stage: str = ""
    response: str = ""
    by: str = ""
    is_system: bool = False
    starts: int = 0
    registered: Timestamp | None = None
    started: Timestamp | None = None
    heartbeat: Timestamp | None = None
    progress: float | None = None

    @property
    def key(self) -> str:
        return short_key(f"task-{self.id}")

    @property
    def mark(self) -> str:
        return short_key(f"task:{self.id}")

    @property
    def began_at(self) -> Timestamp | None:
        """When it was last started; else when it was ordered."""
        return self.registered if self.started is None else self.started

    @property
    def is_active(self) -> bool:
        """Whether it runs, or is to be started again after it ran."""
        return self.state in RUNNING or (self.state is State.NEW and self._has_run)

    @property
    def is_waiting(self) -> bool:
        """Whether nothing has taken it so far."""
        return self.state is State.NEW and not self._has_run

    @property
    def _has_run(self) -> bool:
        return self.starts > 0 and self.started is not None


@dataclass(frozen=True, slots=True)
class Tasks:
    """All tasks of one list, by what becomes of them, and what could not be read.

    `waiting` and `ended` go by their numbers. `counts` is how many are in each state; `highest`
    is the highest number of all. `unseen` are the keys and marks of those that are `unclear`:
    nobody knows how far they are.
    """

    active: tuple[Task, ...] = ()
    waiting: tuple[Task, ...] = ()
    ended: tuple[Task, ...] = ()
    unclear: tuple[Task, ...] = ()
    counts: Mapping[State, int] = field(default_factory=Counter)
    highest: int = 0
    problems: tuple[Problem, ...] = ()
    unseen: frozenset[str] = frozenset()
    complete: bool = True


async def read_tasks(listing: Listing, signs: Signs = BATCH_TASKS) -> Tasks:
    """Rows → tasks. Rows are as the archive has them, or as a BatchTaskInfo.

    Raises Malformed if there are rows and none of them says which task it is.
    """
    problems, complete = Problems(listing.problems), listing.complete
    tasks: dict[str, Task] = {}
    async for number, row in in_turns(enumerate(listing.rows, 1)):
        try:
            task = _read_row(number, row, problems, signs)
        except ValueError as error:
            problems.append(Problem(f"row {number}", str(error)))
            complete = False
        else:
            # A list that moves while its pages are asked for shows one task twice.
            tasks[task.id] = task
    if listing.rows and not tasks:
        reason = f"none of {len(listing.rows)} rows can be read; {problems[-1]}"
        raise Malformed(listing.where, reason)
    return _sorted(tasks.values(), problems, complete)


def _sorted(tasks: Iterable[Task], problems: Problems, complete: bool) -> Tasks:
    in_order = sorted(tasks, key=lambda task: task.number)
    unclear = tuple(task for task in in_order if task.state is State.UNKNOWN)
    return Tasks(
        active=tuple(task for task in in_order if task.is_active),
        waiting=tuple(task for task in in_order if task.is_waiting),
        ended=tuple(task for task in in_order if task.state in ENDED),
        unclear=unclear,
        counts=Counter(task.state for task in in_order),
        highest=in_order[-1].number if in_order else 0,
        problems=problems.told(),
        unseen=frozenset(name for task in unclear for name in (task.key, task.mark)),
        complete=complete,
    )


def _read_row(number: int, row: object, problems: list[Problem], signs: Signs) -> Task:
    """One task. Raises ValueError where nobody knows which it is."""
    if not is_object(row):
        raise ValueError(why_no_object(row))
    fields = Fields(f"row {number}", row, problems)
    key = next((text for text in (fields.need(name, read_text) for name in IDS) if text), "")
    if not key:
        raise ValueError(f"has none of {', '.join(IDS)}")
    fields.where = f"row {number} (task {key[:20]})"
    state = fields.read("State", read_state, State.UNKNOWN)
    definition = _either(fields, "DefinitionName", "Name")
    meaning = fields.read("DefinitionDescription", read_name, "")
    description = fields.read("Description", read_name, "")
    hints = [hint for hint in (definition, meaning) if hint] or [description]
    name = definition or meaning or description or f"Task {key[:20]}"
    by = fields.read("registeredBy", read_name, "")
    return Task(
        id=key,
        number=_number(key),
        state=state,
        kind=signs.kind_of(*hints, further=(description,)),
        name=name,
        description=description if description != name else "",
        definition=meaning if meaning != name else "",
        stage=fields.read("ProgressDescription", read_name, ""),
        response=fields.read("Response", read_message, ""),
        by=by if by != "0" else "",
        is_system=_is_system(fields),
        starts=fields.read("StartCount", read_count, None) or 0,
        registered=_time(fields, "registeredDate", "Created"),
        started=_time(fields, "LastStarted"),
        heartbeat=_time(fields, "updatedDate"),
        progress=fields.read("ProgressPercent", read_share, None),
    )


def _number(key: str) -> int:
    digits = key.isascii() and key.isdigit() and len(key) <= len(str(LARGEST))
    number = int(key) if digits else 0
    return number if number <= LARGEST else 0


def _either(fields: Fields, *names: str) -> str:
    return next((text for name in names if (text := fields.read(name, read_name, ""))), "")


def _time(fields: Fields, *names: str) -> Timestamp | None:
    times = (fields.read(name, read_time, None) for name in names)
    return next((at for at in times if at is not None), None)


def _is_system(fields: Fields) -> bool:
    """Whether no user began it: where it says so, or that it belongs to nobody."""
    nobody = "AssociateId" in fields and fields.read("AssociateId", read_whole, None) == 0
    return nobody or fields.read("IsSystemTask", read_flag, False)


def read_state(value: object) -> State:
    """A state as number, number in text or name. Raises ValueError for none that is described."""
    if isinstance(value, str) and value.strip().lower() in _NAMES:
        return _NAMES[value.strip().lower()]
    if value is None or value == "":
        raise ValueError("is missing")
    try:
        return _NUMBERS[read_whole(value) or 0]
    except (KeyError, ValueError):
        raise ValueError(f"{shown(value)} is no state of a task") from None


def read_share(value: object) -> float | None:
    """Percents → a share from 0 to 1; None where there is none. Raises ValueError."""
    percent = read_count(value)
    if percent is not None and percent > 100:
        raise ValueError(f"{percent} is more than 100")
    return None if percent is None else percent / 100

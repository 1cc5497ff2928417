"""Batch tasks as events, as endings of events, and as numbers. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from syseventd import Ending, EndReason, Measurement, Observation, Timestamp
from syseventd_superoffice.batch_tasks import RUNNING, State, Task, Tasks
from syseventd_superoffice.claims import ONE_AT_A_TIME
from syseventd_superoffice.moments import moment
from syseventd_superoffice.values import known_marks

WAITING = "batch-waiting"
"""The kind of the event that tasks wait too long, and its key."""

WORDS = {
    State.NEW: "Waiting to be started again",
    State.ACQUIRED: "Acquired",
    State.STARTED: "Started",
    State.SUCCEEDED: "Succeeded",
    State.FAILED: "Failed",
    State.CLEANUP: "Succeeded, to be cleaned up by hand",
}

MOST_OLD = 100
"""Endings that are told of tasks which had ended before we first looked. Nearly all are no news."""

STILL_SHOWN = "still shown as running elsewhere"


def observed(task: Task, now: Timestamp, heartbeat_limit: float) -> Observation:
    """A task that runs, as an event. Stalled where it gave no sign of life for too long."""
    stalled = (
        task.state in RUNNING
        and task.heartbeat is not None
        and now - task.heartbeat > heartbeat_limit
    )
    status = WORDS[task.state] if task.starts < 2 else f"{WORDS[task.state]}, start {task.starts}"
    status = f"{status}: {task.stage}" if task.stage else status
    if stalled and task.heartbeat is not None:
        status = f"{status}; no sign of life since {moment(task.heartbeat)}"
    return Observation(
        key=task.key,
        kind=task.kind,
        name=task.name,
        status=status,
        message=task.description,
        activated_at=task.began_at,
        activated_by=task.by,
        progress=task.progress,
        heartbeat=task.heartbeat,
        stalled=stalled,
        details=tuple(_details(task)),
        marks=known_marks(frozenset({task.mark})),
    )


def _details(task: Task) -> Iterator[tuple[str, str]]:
    yield "Task", task.id
    if task.definition:
        yield "Definition", task.definition
    if task.is_system:
        yield "System task", "yes"
    if task.starts:
        yield "Starts", str(task.starts)
    if task.stage:
        yield "Stage", task.stage
    if task.response:
        yield "Response", task.response


def _ended(task: Task) -> Observation:
    """A task as it stood at its end. What it answered says how it ended."""
    last = observed(task, 0.0, 0.0)
    return replace(last, status=WORDS[task.state], message=task.response or task.description)


def held_back(task: Task) -> Observation:
    """A task that ended, as an event which goes on: its work is shown as running elsewhere."""
    last = _ended(task)
    details = (*last.details, ("Task ended", WORDS[task.state]))
    return replace(last, status=f"{last.status}; {STILL_SHOWN}", details=details)


def endings(
    fresh: Sequence[Task], held: Sequence[Task], never_looked_at: Sequence[Task]
) -> Iterator[Ending]:
    """What is told of tasks that ended. All that the daemon finds at its first look is old."""
    for task in never_looked_at[-MOST_OLD:]:
        yield Ending(_ended(task), _reason(task))
    together: dict[str, list[Task]] = {}
    for task in fresh:
        if task not in held:
            name = task.kind if task.kind in ONE_AT_A_TIME else task.key
            together.setdefault(name, []).append(task)
    for several in together.values():
        # Of one occurrence one ending is told: that of a task which failed, if any did.
        worst = next((task for task in several if task.state is State.FAILED), several[-1])
        last = replace(_ended(worst), marks=frozenset(task.mark for task in several))
        yield Ending(last, _reason(worst), fresh=True)


def _reason(task: Task) -> EndReason:
    return EndReason.FAILED if task.state is State.FAILED else EndReason.SUCCEEDED


def registered(task: Task) -> Timestamp:
    """When a task was ordered, for comparisons: infinite where it is not told."""
    return float("inf") if task.registered is None else task.registered


def oldest_waiting(tasks: Tasks) -> Task | None:
    """The task that has waited longest, of those that say since when they wait."""
    known = (task for task in tasks.waiting if task.registered is not None)
    return min(known, key=registered, default=None)


def waiting_event(oldest: Task, tasks: Tasks, since: Timestamp) -> Observation:
    """The event that tasks wait too long: `oldest` longest. It is so since `since`."""
    running = sum(task.state in RUNNING for task in tasks.active)
    waiting = _counted(len(tasks.waiting), "wait")
    taken = _counted(running, "run") if running else "none runs"
    at = moment(registered(oldest))
    return Observation(
        key=WAITING,
        kind=WAITING,
        name="Batch tasks wait too long",
        status=waiting,
        message=f"{waiting}, {taken}; the oldest is {oldest.name} ({oldest.key}), since {at}",
        activated_at=since,
    )


def _counted(count: int, verb: str) -> str:
    """`"1 waits"`, `"3 run"`."""
    return f"{count} {verb}s" if count == 1 else f"{count} {verb}"


def measured(tasks: Tasks) -> tuple[Measurement, ...]:
    """The tasks in each state, and since when the oldest waits."""
    counts = tasks.counts
    numbers = tuple(Measurement("batch_tasks", counts.get(s, 0), s.value) for s in State)
    oldest = oldest_waiting(tasks)
    if oldest is None:
        return numbers
    gauge = "batch_tasks_oldest_waiting_timestamp_seconds"
    return (*numbers, Measurement(gauge, registered(oldest)))

"""The calls by POST: methods of the vendor's agents. One of them changes something."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from syseventd_superoffice.simulator import cast
from syseventd_superoffice.simulator.ask import Ask, Route
from syseventd_superoffice.simulator.carriers import (
    events,
    licences,
    people,
    rebuilds,
    steps,
    tasks,
)
from syseventd_superoffice.simulator.errors import bad_request, not_found
from syseventd_superoffice.simulator.vocabulary import TaskState
from syseventd_superoffice.simulator.world import BatchTask, Holding

Chosen = Callable[[Ask, BatchTask], bool]

STATES = {name: state for state in TaskState for name in (state.name.lower(), str(int(state)))}
ALL = ("all", "99999")


def _exists_event(ask: Ask) -> bool:
    key = ask.text("Key").casefold()
    return any(event.key.casefold() == key for event in ask.state.events)


def _messages(ask: Ask) -> list[dict[str, Any]]:
    reader = ask.number("AssociateId")
    return [
        events.system_message(message, ask.reading)
        for message in ask.state.messages
        if message.associate_id in (0, reader)
    ]


# ---- Batch --------------------------------------------------------------------------------------


def _task(ask: Ask) -> dict[str, Any]:
    for task in ask.state.tasks:
        if task.id == ask.number("Id"):
            return tasks.batch_task(task, ask.state.serial, ask.reading)
    raise not_found(f"batch task {ask.number('Id')}")


def _of_users(_: Ask, task: BatchTask) -> bool:
    return task.by is not None


def _of_system(_: Ask, task: BatchTask) -> bool:
    return task.by is None


def _of_associates(ask: Ask, task: BatchTask) -> bool:
    return (0 if task.by is None else task.by.id) in ask.numbers("AssociateIds")


def _in_state(ask: Ask, task: BatchTask) -> bool:
    word = str(ask.body.get("State", "")).lower()
    return word in ALL or task.state is STATES.get(word)


def _named(field: str) -> Chosen:
    return lambda ask, task: task.definition.name.casefold() == ask.text(field).casefold()


def _tasks(*chosen: Chosen) -> Callable[[Ask], list[dict[str, Any]]]:
    """Answers with the tasks for which all of these hold."""

    def answer(ask: Ask) -> list[dict[str, Any]]:
        return [
            tasks.batch_task(task, ask.state.serial, ask.reading)
            for task in ask.state.tasks
            if all(is_chosen(ask, task) for is_chosen in chosen)
        ]

    return answer


# ---- SAINT and free text ------------------------------------------------------------------------


def _counters(ask: Ask) -> list[dict[str, Any]]:
    return [rebuilds.counters(row, ask.reading) for row in ask.state.counters]


def _periods(ask: Ask) -> dict[str, Any]:
    return rebuilds.periods(ask.state.counters)


def _monitors(ask: Ask) -> list[dict[str, Any]]:
    """Those of one kind. What an id chooses is not published; here it chooses nothing."""
    kind = ask.text("Type").casefold()
    return [
        rebuilds.status_monitor(monitor, ask.reading)
        for monitor in ask.state.monitors
        if monitor.kind == kind
    ]


def _monitor(ask: Ask) -> dict[str, Any]:
    for monitor in ask.state.monitors:
        if monitor.id == ask.number("Id"):
            return rebuilds.status_monitor(monitor, ask.reading)
    raise not_found(f"status monitor {ask.number('Id')}")


def _freetext(ask: Ask) -> dict[str, Any]:
    return rebuilds.freetext(ask.state.index, ask.reading)


# ---- Licences -----------------------------------------------------------------------------------


def _licences(ask: Ask) -> list[dict[str, Any]]:
    return [licences.extended(holding, ask.reading) for holding in ask.state.holdings]


def _licence(ask: Ask) -> dict[str, Any]:
    return licences.extended(ask.holding(ask.text("OwnerName")), ask.reading)


def _licence_status(ask: Ask) -> dict[str, Any]:
    return licences.server_status(ask.holding(ask.text("OwnerName")), ask.reading)


def _installation_status(ask: Ask) -> dict[str, Any]:
    return licences.installation_status(ask.state, ask.reading)


def _plan_limit(ask: Ask) -> dict[str, Any]:
    return licences.plan_limit(ask.state.plan_limit, ask.reading)


def _validate(ask: Ask) -> dict[str, Any]:
    return _judged(_given(ask, "LicenseInfo"), ask)


def _activate(ask: Ask) -> dict[str, Any]:
    """The only call that changes something: what waits holds from now on."""
    holding = _given(ask, "NewLicense")
    if holding.waiting is not None and not holding.overused:
        ask.installation.activated.add(holding.current.owner)
    return _judged(holding, ask)


def _judged(holding: Holding, ask: Ask) -> dict[str, Any]:
    if holding.waiting is None:
        return licences.result(False, "No new licence is waiting (simulated)")
    if holding.overused:
        return licences.result(False, ask.reading.say(holding.answer))
    return licences.result(True)


def _given(ask: Ask, field: str) -> Holding:
    """The licence that a body names by its owner, in what waits."""
    info = ask.body.get(field)
    new = info.get("New") if isinstance(info, dict) else None
    owner = new.get("OwnerName") if isinstance(new, dict) else None
    if not isinstance(owner, str):
        raise bad_request(f"{field} has no New licence with an OwnerName")
    return ask.holding(owner)


# ---- The installation ---------------------------------------------------------------------------


def _code_steps(ask: Ask) -> list[dict[str, Any]]:
    return [steps.step(step) for step in ask.state.code_steps]


def _database_steps(ask: Ask) -> list[dict[str, Any]]:
    return [steps.step(step) for step in ask.state.database_steps]


def _portraits(ask: Ask) -> list[dict[str, Any]]:
    wanted, size = ask.numbers("PersonIds"), (ask.number("ScaledWidth"), ask.number("ScaledHeight"))
    return [people.portrait(person, *size) for person in cast.PEOPLE if person.id in wanted]


def _agent(name: str, answer: Callable[[Ask], Any], *, slow: bool = False) -> Route:
    return Route("POST", f"/Agents/{name}", answer, slow)


ROUTES = (
    _agent("Configuration/ExistsSystemEvent", _exists_event),
    _agent("Diagnostics/GetSystemMessages", _messages),
    _agent("Batch/GetBatchTaskInfo", _task),
    _agent("Batch/GetBatchTaskInfosByState", _tasks(_of_users, _in_state)),
    _agent("Batch/GetBatchTaskInfosByAssociates", _tasks(_of_associates)),
    _agent("Batch/GetBatchTaskInfosByAssociatesAndState", _tasks(_of_associates, _in_state)),
    _agent("Batch/GetBatchTaskInfosByNameAndAssociates", _tasks(_named("Name"), _of_associates)),
    _agent("Batch/GetBatchTaskInfosByNameAndState", _tasks(_of_users, _named("Name"), _in_state)),
    _agent("Batch/GetAllBatchTaskInfosByName", _tasks(_named("TaskName"))),
    _agent("Batch/GetAllBatchTaskInfosByNameAndState", _tasks(_named("TaskName"), _in_state)),
    _agent("Batch/GetSystemBatchTaskInfosByName", _tasks(_of_system, _named("TaskName"))),
    _agent(
        "Batch/GetSystemBatchTaskInfosByNameAndState",
        _tasks(_of_system, _named("TaskName"), _in_state),
    ),
    _agent("Saint/GetSaintConfigurations", _counters),
    _agent("Saint/GetStatusMonitorPeriods", _periods),
    _agent("Saint/GetStatusMonitors", _monitors),
    _agent("Saint/GetStatusMonitor", _monitor),
    _agent("FreeText/GetStatus", _freetext),
    _agent("License/GetLicenseForAllOwnersFromDB", _licences),
    _agent("License/GetLicenseFromDB", _licence),
    _agent("License/GetLicenseFromLicenseServer", _licence, slow=True),
    _agent("License/GetLicenseStatusFromLicenseServer", _licence_status, slow=True),
    _agent("License/GetUserAndInstallationLicenceStatus", _installation_status),
    _agent("License/GetFencingInfo", _plan_limit),
    _agent("License/ValidateLicenseInfo", _validate),
    _agent("License/ActivateLicenseInfo", _activate),
    _agent("Database/GetStepsFromNetServerCode", _code_steps),
    _agent("Database/GetStepsInDatabase", _database_steps),
    _agent("Person/GetPersonImages", _portraits),
)

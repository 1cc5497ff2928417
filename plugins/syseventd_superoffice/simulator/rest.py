"""The calls by GET: lists and single things by their address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from syseventd_superoffice.simulator import archives, cast
from syseventd_superoffice.simulator.archive import Archive
from syseventd_superoffice.simulator.ask import Ask, Route
from syseventd_superoffice.simulator.carriers import events, licences, people, tasks, zones
from syseventd_superoffice.simulator.errors import bad_request, not_found, not_played
from syseventd_superoffice.simulator.reading import Reading
from syseventd_superoffice.simulator.vocabulary import TaskState

SINGLE = "{id:[0-9]{1,10}}"
STATES = {state.name.lower(): state for state in TaskState}
EVERY_STATE = ("unknown", "succeededmanualcleanup", "all")
"""Further words of the vendor's for states; in the last one is every task."""


def _archive(ask: Ask) -> dict[str, Any]:
    name = ask.parts["name"]
    if name.lower() not in archives.ROWS:
        raise not_found(f"archive {name!r}")
    archive, rows = archives.ROWS[name.lower()]
    return ask.listing(archive, rows(ask.state))


def _archives(ask: Ask) -> dict[str, str]:
    return {
        archive.name: f"{ask.base}/Archive/{archive.name}" for archive, _ in archives.ROWS.values()
    }


def _system_events(ask: Ask) -> dict[str, Any]:
    return ask.listing(archives.SYSTEM_EVENTS, ask.state.events)


def _system_event(ask: Ask) -> dict[str, Any]:
    if "$select" in ask.query:
        raise not_played("$select of one entity")
    for event in ask.state.events:
        if event.id == ask.part("id"):
            archive = f"{ask.base}/SystemEvent"
            links = {"Self": f"{archive}/{event.id}", "Archive": archive}
            return {**events.system_event(event, ask.reading), "_Links": links}
    raise not_found(f"system event {ask.part('id')}")


def _empty_event(ask: Ask) -> dict[str, Any]:
    return events.empty_event(cast.WATCHER, ask.reading)


def _batch_tasks(ask: Ask) -> dict[str, Any]:
    return ask.listing(archives.BATCH_TASKS, ask.state.tasks)


def _batch_task(ask: Ask) -> dict[str, Any]:
    for task in ask.state.tasks:
        if task.id == ask.part("id"):
            return tasks.batch_task(task, ask.state.serial, ask.reading)
    raise not_found(f"batch task {ask.part('id')}")


def _batch_tasks_by_state(ask: Ask) -> list[dict[str, Any]]:
    """Those of users alone, as the vendor describes it."""
    word = ask.parts["state"].lower()
    if word not in STATES and word not in EVERY_STATE:
        raise bad_request(f"There is no state {word!r} of a batch task")
    return [
        tasks.batch_task(task, ask.state.serial, ask.reading)
        for task in ask.state.tasks
        if task.by is not None and (word == "all" or task.state is STATES.get(word))
    ]


def _licences(ask: Ask) -> list[dict[str, Any]]:
    return [licences.extended(holding, ask.reading) for holding in ask.state.holdings]


def _licence(ask: Ask) -> dict[str, Any]:
    return licences.extended(ask.holding(ask.parts["owner"]), ask.reading)


def _principal(ask: Ask) -> dict[str, Any]:
    return people.principal(cast.WATCHER, ask.state, ask.reading)


def _associate(ask: Ask) -> dict[str, Any]:
    return events.associate(cast.WATCHER, ask.reading)


def _zone_column(name: str) -> Callable[[zones.Zone, Reading], object]:
    return lambda zone, reading: zones.listed(zone, reading.clock.epoch)[name]


ZONES = Archive[zones.Zone](
    name="TimeZone",
    entity=lambda _: "timezone",
    key=lambda zone: zone.id,
    columns={name: _zone_column(name) for name in zones.COLUMNS},
    shown=zones.COLUMNS,
)


def _time_zones(ask: Ask) -> dict[str, Any]:
    return ask.listing(ZONES, zones.ALL)


def _base_zone(ask: Ask) -> dict[str, Any]:
    return zones.described(zones.zone_called(ask.installation.base_zone))


def _lists(ask: Ask) -> list[str]:
    return list(LISTS)


def _list(ask: Ask) -> list[dict[str, Any]]:
    name = ask.parts["list"]
    if name.lower() not in LISTS:
        raise not_found(f"list {name!r}")
    items = LISTS[name.lower()](ask)
    return [events.list_item(number, text) for number, text in items.items()]


LISTS: Mapping[str, Callable[[Ask], Mapping[int, str]]] = {
    "systemeventtype": lambda ask: {
        number: ask.reading.say(text) for number, text in events.KINDS.items()
    },
    "satellites": lambda ask: {each.id: each.name for each in ask.state.satellites},
}
"""The vendor's lists that are played, by name in lower case: number and text of each item."""

ROUTES = (
    Route("GET", "/SystemEvent", _system_events),
    Route("GET", "/SystemEvent/default", _empty_event),
    Route("GET", f"/SystemEvent/{SINGLE}", _system_event),
    Route("GET", "/BatchTask", _batch_tasks),
    Route("GET", f"/BatchTask/{SINGLE}", _batch_task),
    Route("GET", "/BatchTask/{state}", _batch_tasks_by_state),
    Route("GET", "/{_:[Aa]rchive}", _archives),
    Route("GET", "/{_:[Aa]rchive}/{name}", _archive),
    Route("GET", "/License", _licences),
    Route("GET", "/License/{owner}", _licence),
    Route("GET", "/User/currentPrincipal", _principal),
    Route("GET", "/User/currentAssociate", _associate),
    Route("GET", "/TimeZone", _time_zones),
    Route("GET", "/TimeZone/base", _base_zone),
    Route("GET", "/TimeZone/current", _base_zone),
    Route("GET", "/MDOList", _lists),
    Route("GET", "/MDOList/{list}", _list),
)

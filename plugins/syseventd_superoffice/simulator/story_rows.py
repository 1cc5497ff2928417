"""What the story tells, as rows of the database's tables: people, events, tasks and SAINT."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import Table

from syseventd_superoffice.database import tables
from syseventd_superoffice.simulator.cast import PEOPLE
from syseventd_superoffice.simulator.dates import midnight
from syseventd_superoffice.simulator.installation import Installation
from syseventd_superoffice.simulator.world import State

Row: TypeAlias = dict[str, Any]

FIRST_COLLEAGUE = 1001
COLLEAGUES = 60
"""People who do nothing in the story but hold licences: more than any module has in use."""

MONITOR_NAME = 16
"""How `localetext` marks the names of status monitors."""

TAG = "simulated"


@dataclass(frozen=True, slots=True)
class Story:
    """What the story tells now, and how times of it stand in columns."""

    state: State
    installation: Installation

    def say(self, text: Mapping[str, str]) -> str:
        """A text in the installation's language."""
        return text[self.installation.language]

    def utc(self, seconds: float) -> datetime:
        """For a column whose times are UTC."""
        at = self.installation.clock.timestamp(seconds)
        return datetime.fromtimestamp(at, UTC).replace(tzinfo=None, microsecond=0)

    def base(self, seconds: float | None) -> datetime | None:
        """For a column whose times are in the base time zone, and don't say so."""
        if seconds is None:
            return None
        at = self.installation.clock.timestamp(seconds)
        moment = datetime.fromtimestamp(at, self.installation.base_zone)
        return moment.replace(tzinfo=None, microsecond=0)

    def day(self, days: int | None) -> datetime | None:
        """For a column of the same kind: midnight, so many days after the story's first."""
        if days is None:
            return None
        zone = self.installation.base_zone
        at = midnight(self.installation.clock.epoch, days, zone)
        return datetime.fromtimestamp(at, zone).replace(tzinfo=None)


def _persons(story: Story) -> list[Row]:
    return [
        {"person_id": p.id, "firstname": p.first_name, "middlename": "", "lastname": p.last_name}
        for p in PEOPLE
    ]


def _associates(story: Story) -> list[Row]:
    people: list[Row] = [
        {"associate_id": p.id, "name": p.initials, "deleted": int(p.deleted), "person_id": p.id}
        for p in PEOPLE
    ]
    colleagues: list[Row] = [
        {"associate_id": number, "name": f"S{number}", "deleted": 0, "person_id": 0}
        for number in range(FIRST_COLLEAGUE, FIRST_COLLEAGUE + COLLEAGUES)
    ]
    return people + colleagues


def _events(story: Story) -> list[Row]:
    return [
        {
            "systemevent_id": event.id,
            "scope": int(event.scope),
            "owner": event.owner,
            "eventkey": event.key,
            "eventmess": story.say(event.message),
            "extrainfo": event.extra_info,
            "eta": story.base(event.eta),
            "registered": story.utc(event.registered),
            "registered_associate_id": event.by.id,
            "updatedcount": event.updated_count % 2**15,
        }
        for event in story.state.events
    ]


def _messages(story: Story) -> list[Row]:
    return [
        {
            "message_id": message.id,
            "associateid": message.associate_id,
            "onlineapp_id": 0,
            "systemmessageid": message.name,
            "markdownmessage": story.say(message.text),
            "expire": story.utc(message.expires),
            "type": message.type.name,
        }
        for message in story.state.messages
    ]


def _task_definitions(story: Story) -> list[Row]:
    definitions = {task.definition.id: task.definition for task in story.state.tasks}
    return [
        {
            "batchtaskdefinition_id": definition.id,
            "name": definition.name,
            "description": story.say(definition.description),
        }
        for definition in definitions.values()
    ]


def _tasks(story: Story) -> list[Row]:
    return [
        {
            "batchtask_id": task.id,
            "batchtaskdefinition_id": task.definition.id,
            "description": story.say(task.description),
            "state": int(task.state),
            "response": story.say(task.response),
            "startcount": task.start_count,
            "laststarted": story.base(task.last_started),
            "progresspercent": task.progress_percent,
            "progressdescription": story.say(task.progress_description),
            "registered": story.utc(task.registered),
            "registered_associate_id": task.by.id if task.by else 0,
            "updated": story.utc(task.updated),
        }
        for task in story.state.tasks
    ]


def _counters(story: Story) -> list[Row]:
    return [
        {
            "saintconfiguration_id": counters.id,
            "ownertable": counters.table,
            "enabled": counters.enabled,
            "period1": counters.periods[0],
            "period2": counters.periods[1],
            "period3": counters.periods[2],
            "generationstart": story.base(counters.generation_start),
            "generationend": story.base(counters.generation_end),
            "rowsgenerated": counters.rows,
        }
        for counters in story.state.counters
    ]


def _monitors(story: Story) -> list[Row]:
    return [
        {
            "statusdef_id": monitor.id,
            "isvisual": monitor.visual,
            "needsupdate": monitor.needs_update,
            "rank": monitor.rank,
            "deleted": False,
            "ownertable": monitor.table,
            "defaulttask": 0,
            "lastgenerated": story.base(monitor.last_generated),
            "nummatches": monitor.matches,
            "numneedupdate": monitor.need_update,
            "generationstart": story.base(monitor.generation_start),
        }
        for monitor in story.state.monitors
    ]


def _texts(story: Story) -> list[Row]:
    return [
        {
            "localetext_id": monitor.id,
            "languageid": 0,
            "typeid": MONITOR_NAME,
            "resourceid": monitor.id,
            "text": story.say(monitor.name),
        }
        for monitor in story.state.monitors
    ]


ROWS: Mapping[Table, Callable[[Story], Sequence[Row]]] = {
    tables.person: _persons,
    tables.associate: _associates,
    tables.systemevent: _events,
    tables.message: _messages,
    tables.batchtaskdefinition: _task_definitions,
    tables.batchtask: _tasks,
    tables.saintconfiguration: _counters,
    tables.statusdef: _monitors,
    tables.localetext: _texts,
}

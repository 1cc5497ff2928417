"""Versions, satellites, processes, schedules and usage of the story as rows of the tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Table

from syseventd_superoffice.database import tables
from syseventd_superoffice.simulator.story_rows import TAG, Row, Story

CENTRAL = 10
"""The level of the central database."""


def _company(story: Story) -> list[Row]:
    product = story.state.product
    return [
        {
            "company_id": 1,
            "version": product.database_version,
            "revision": product.database_revision,
            "ownercontactname": story.state.company,
            "ownerdepartmentname": "",
            "dbcontactname": story.state.company,
            "dbdepartmentname": "",
            "serialno": story.state.serial,
        }
    ]


def _place(story: Story) -> list[Row]:
    return [
        {
            "travelcurrent_id": 1,
            "systemlevel": CENTRAL,
            "current_id": 0,
            "central_id": 0,
            "area_id": 0,
            "databasetype": 1,
            "dbtag": TAG,
            "parentdbtag": "",
            "centraldbtag": TAG,
        }
    ]


def _satellites(story: Story) -> list[Row]:
    return [
        {"satellite_id": satellite.id, "area_id": satellite.area_id, "contact_id": 1}
        for satellite in story.state.satellites
    ]


def _versions(story: Story) -> list[Row]:
    product = story.state.product
    return [
        {
            "productversion_id": 1,
            "ownername": "SUPEROFFICE (simulated)",
            "codename": "NetServer (simulated)",
            "version": product.version,
            "comment": product.label,
            "registered": story.utc(product.built),
        }
    ]


def _processes(story: Story) -> list[Row]:
    return [
        {
            "messagehandler_id": process.id,
            "uniqueidentifier": process.unique,
            "machine": process.machine,
            "port": process.port,
            "processidlow": process.process_id,
            "processidhigh": 0,
            "role": process.role,
            "registered": story.utc(process.registered),
            "updated": story.utc(process.updated),
        }
        for process in story.state.processes
    ]


def _prototypes(story: Story) -> list[Row]:
    return [
        {
            "travelgenerateddatabase_id": prototype.id,
            "databasetype": prototype.database_type,
            "area_id": prototype.area_id,
            "generatedtime": story.base(prototype.generated),
            "state": prototype.state,
            "dbtag": TAG,
            "registered": story.utc(prototype.generated),
            "updated": story.utc(prototype.generated),
        }
        for prototype in story.state.prototypes
    ]


def _schedules(story: Story) -> list[Row]:
    return [
        {
            "id": schedule.id,
            "asap": False,
            "disabled": schedule.disabled,
            "stop": False,
            "name": schedule.name,
            "minute_interval": schedule.minute_interval,
            "next_execution": story.base(schedule.next_execution),
            "last_execution": story.base(schedule.last_execution),
            "execution_time": schedule.execution_time,
            "lock_expire": story.base(schedule.lock_expires),
            "error_message": schedule.error,
            "last_error": story.base(schedule.last_error),
            "retries": schedule.retries,
        }
        for schedule in story.state.schedules
    ]


def _shipments(story: Story) -> list[Row]:
    return [
        {"id": shipment.id, "start_date": story.base(shipment.started), "sent_num": shipment.sent}
        for shipment in story.state.usage.shipments
    ]


def _logins(story: Story) -> list[Row]:
    return [
        {"id": login.id, "origin": login.origin, "created_at": story.base(login.at)}
        for login in story.state.usage.logins
    ]


def _chats(story: Story) -> list[Row]:
    return [
        {"id": chat.id, "when_started": story.base(chat.started)}
        for chat in story.state.usage.chats
    ]


def _forms(story: Story) -> list[Row]:
    return [
        {
            "form_submission_id": form.id,
            "when_submitted": story.base(form.submitted),
            "status": int(form.status),
        }
        for form in story.state.usage.forms
    ]


ROWS: Mapping[Table, Callable[[Story], Sequence[Row]]] = {
    tables.company: _company,
    tables.travelcurrent: _place,
    tables.satellite: _satellites,
    tables.productversion: _versions,
    tables.messagehandler: _processes,
    tables.travelgenerateddatabase: _prototypes,
    tables.schedule: _schedules,
    tables.s_shipment: _shipments,
    tables.login_customer: _logins,
    tables.chat_session: _chats,
    tables.form_submission: _forms,
}

"""Batch tasks."""

from __future__ import annotations

from typing import Any

from syseventd_superoffice.simulator.carriers import with_rights
from syseventd_superoffice.simulator.reading import Reading
from syseventd_superoffice.simulator.world import BatchTask


def batch_task(task: BatchTask, serial: str, reading: Reading) -> dict[str, Any]:
    """BatchTaskInfo."""
    return with_rights(
        {
            "Id": task.id,
            "Name": task.definition.name,
            "AssociateId": 0 if task.by is None else task.by.id,
            "DetailsTable": 0,
            "DetailsRecord": 0,
            "IsSystemTask": task.by is None,
            "IsInternalTask": False,
            "ParameterObject": {},
            "LastStarted": reading.date(task.last_started),
            "Created": reading.utc(task.registered),
            "StartCount": task.start_count,
            "DatabaseSerialNumber": serial,
            "Context": "",
            "Result": "",
            "State": reading.word(task.state),
            "Description": reading.say(task.description),
            "Response": reading.say(task.response),
            "Request": task.request,
            "ProgressDescription": reading.say(task.progress_description),
            "ProgressPercent": task.progress_percent or 0,
            "FileName": task.file_name,
            "CancellationBehaviour": "CanCancel",
        }
    )

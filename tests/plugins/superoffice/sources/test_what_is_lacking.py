"""What an installation has no answer to is asked for once a day, whichever source wants it."""

from __future__ import annotations

from typing import Any

import pytest

import syseventd_superoffice
from syseventd import NotAvailable, Target
from syseventd.scheduling.pace import DAY
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.settings import SuperOfficeSettings
from syseventd_superoffice.ways import ASK_AGAIN, Ways

LACKING = [
    ("saint", {"status_monitors": []}, "saint_configurations"),
    ("saint", {"saint_configurations": []}, "status_monitors"),
    ("freetext", {"freetext_status": {"FreeTextEnabled": True}}, "is_event_active"),
    ("licences", {"licence_status": {"SerialNr": "1"}}, "licences"),
    ("licences", {"licence_status": {"SerialNr": "1"}}, "principal"),
    ("licences", {"licences": []}, "plan_limit"),
    ("installation", {"versions": {"v1": "x"}}, "database"),
    ("installation", {"versions": {"v1": "x"}}, "upgrade_steps"),
    ("installation", {"versions": {"v1": "x"}}, "server_processes"),
    ("installation", {"versions": {"v1": "x"}}, "licence_status"),
    ("system-events", {"system_events": []}, "system_messages"),
]


def test_a_source_that_is_asked_again_after_a_day_asks_again() -> None:
    """Else it would hear of today what was so yesterday, for another day."""
    assert DAY - 2 * 3600 <= ASK_AGAIN < DAY


@pytest.mark.parametrize(("name", "answers", "lacking"), LACKING)
def test_what_is_lacking_is_asked_for_daily(
    installation: Any, name: str, answers: dict[str, Any], lacking: str
) -> None:
    """A refusal each minute would fill its log; and what is lacking today may be there tomorrow."""
    now = 0.0
    installation.answers(**answers)
    asked = installation.access.asked
    connection = Connection(Ways(installation.access, clock=lambda: now))
    [kind] = [k for k in syseventd_superoffice.source_types() if k.name == name]
    target = Target("crm", "superoffice", SuperOfficeSettings.model_construct())
    source = kind.create(target, connection, kind.settings())
    memory: dict[str, str] = {}
    counts = []
    for _ in range(3):
        installation.probe(source, memory)
        counts.append(asked[lacking])
    assert counts == [1, 1, 1]
    now = ASK_AGAIN
    with pytest.raises(NotAvailable):
        installation.probe(_Asking(connection, lacking))
    assert asked[lacking] == 2


class _Asking:
    """A source that asks one question."""

    def __init__(self, connection: Connection, question: str) -> None:
        self._connection = connection
        self._question = question

    async def probe(self) -> Any:
        details = ("kSEFreetextRebuild",) if self._question == "is_event_active" else ()
        return await getattr(self._connection.access, self._question)(*details)

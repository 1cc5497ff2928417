"""The end of a task waits while another source shows its work, and is told once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from syseventd import EndReason, Observation, Unreachable
from syseventd_superoffice.connection import Connection
from syseventd_superoffice.task_events import STILL_SHOWN
from syseventd_superoffice.witnesses import PATIENCE, Witnesses

FREETEXT = "FreetextRegen"


@pytest.mark.parametrize(
    ("name", "kind"),
    [(FREETEXT, "freetext-rebuild"), ("Saint", "saint-rebuild"), ("Import", "import")],
)
def test_an_end_waits_while_another_source_shows_the_work(
    rebuild: Any, row: Any, events: Any, name: str, kind: str
) -> None:
    """The event goes on, and says that its task ended; then the end is told, once."""
    events.shown(rebuild(kind))
    events.probe(row(1, name=name))
    failed = row(1, "Failed", name, Response="Out of words")
    for _ in range(2):
        snapshot = events.probe(failed)
        [observation] = snapshot.observations
        assert snapshot.endings == ()
        assert observation.status == f"Failed; {STILL_SHOWN}"
        assert observation.message == "Out of words"
        assert ("Task ended", "Failed") in observation.details
        assert observation.marks == {"task:1", "system-event:9"}
        assert snapshot.ask_again == 15.0
    events.shown()
    assert events.endings(failed) == [("task-1", EndReason.FAILED)]
    assert events.endings(failed) == []


def test_an_end_waits_over_a_restart(rebuild: Any, row: Any, events: Any) -> None:
    """It was not told, so it is still to be told."""
    events.shown(rebuild())
    events.probe(row(1, name=FREETEXT))
    events.probe(row(1, "Failed", FREETEXT))
    events.restart()
    assert events.endings(row(1, "Failed", FREETEXT)) == []
    events.shown()
    assert events.endings(row(1, "Failed", FREETEXT)) == [("task-1", EndReason.FAILED)]


def test_an_end_waits_until_the_others_have_looked(row: Any, events: Any) -> None:
    """After a restart nobody knows yet whether the work is still shown."""
    events.probe(row(1, name=FREETEXT))
    failed = row(1, "Failed", FREETEXT)
    events.installation.connection.witnesses.switch_on("system-events", None)
    assert events.endings(failed) == []
    events.shown()
    assert events.endings(failed) == [("task-1", EndReason.FAILED)]


def test_one_that_is_never_asked_is_not_waited_for(row: Any, watch: Any) -> None:
    """After two minutes the end is told."""
    now = 0.0
    witnesses = Witnesses(lambda: now)
    watch.installation.connection = Connection(watch.installation.access, witnesses)
    watch.restart()
    watch.probe(row(1))
    witnesses.switch_on("system-events", None)
    assert watch.endings(row(1, "Failed")) == []
    now = PATIENCE + 1
    assert watch.endings(row(1, "Failed")) == [("task-1", EndReason.FAILED)]


@pytest.mark.parametrize("seen", [True, False])
def test_one_that_fails_is_believed_as_it_was(
    rebuild: Any, row: Any, events: Any, seen: bool
) -> None:
    """What it saw last may still be so."""
    witnesses = events.installation.connection.witnesses

    async def fail() -> None:
        raise Unreachable("crm", "it is down")

    if seen:
        events.shown(rebuild())
    events.probe(row(1, name=FREETEXT))
    with pytest.raises(Unreachable):
        asyncio.run(witnesses.look("system-events", fail()))
    told = [] if seen else [("task-1", EndReason.FAILED)]
    assert events.endings(row(1, "Failed", FREETEXT)) == told
    events.shown()
    assert len(told) + len(events.endings(row(1, "Failed", FREETEXT))) == 1


def test_work_of_a_kind_that_nobody_else_shows_is_not_waited_for(row: Any, events: Any) -> None:
    """Whoever has not looked yet would not see it."""
    events.probe(row(1, name="Report"))
    events.installation.connection.witnesses.switch_on("system-events", None)
    assert events.endings(row(1, "Failed", "Report")) == [("task-1", EndReason.FAILED)]


def test_another_kind_that_is_shown_holds_no_end(rebuild: Any, row: Any, events: Any) -> None:
    """It is other work."""
    events.shown(rebuild("saint-rebuild"))
    events.probe(row(1, name=FREETEXT))
    assert events.endings(row(1, "Failed", FREETEXT)) == [("task-1", EndReason.FAILED)]


def test_an_import_ends_while_another_is_still_shown(rebuild: Any, row: Any, events: Any) -> None:
    """Of several imports each has its own end."""
    events.shown(rebuild("import"))
    starts = {1: "2026-08-01T14:00:00Z", 2: "2026-08-01T15:00:00Z"}
    both = [row(n, LastStarted=start, StartCount=1) for n, start in starts.items()]
    seen = Observation(
        "event-9",
        "import",
        "Import",
        activated_at=1785592800.0,
        marks=frozenset({"system-event:9"}),
    )
    events.shown(seen)
    events.probe(*both)
    assert events.endings(both[0], both[1] | {"State": 5}) == [("task-2", EndReason.FAILED)]


def test_of_one_occurrence_one_end_is_told(row: Any, events: Any) -> None:
    """Two tasks that make SAINT's numbers are one rebuild: it failed if one of them did."""
    first, second = row(1, name="SaintRegen"), row(2, name="StatusMonitorRegen")
    events.probe(first, second)
    snapshot = events.probe(first | {"State": "Failed"}, second)
    assert snapshot.endings == ()
    assert snapshot.observations[0].marks == {"task:1", "task:2"}
    [ending] = events.probe(first | {"State": "Failed"}, second | {"State": "Succeeded"}).endings
    assert ending.reason is EndReason.FAILED
    assert ending.observation.marks == {"task:1", "task:2"}

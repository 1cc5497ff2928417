"""What follows from what an event holds: its state, and when it began."""

from __future__ import annotations

from dataclasses import replace

from syseventd.model import EndReason, Event, Observation, SourceId

IMPORT = Observation("17", "import", "Import 17", scope="db1")
EVENT = Event(1, SourceId("crm", "imports"), IMPORT, started_at=100.0)


def test_an_event_is_active_until_it_has_an_end() -> None:
    """An end at the epoch is an end too."""
    assert EVENT.state == "active"
    assert replace(EVENT, ended_at=0.0, end_reason=EndReason.GONE).state == "ended"


def test_an_event_began_when_its_source_says() -> None:
    """Else when we first saw it; a start at the epoch is a start."""
    assert EVENT.began_at == 100.0
    assert replace(EVENT, observation=replace(IMPORT, activated_at=0.0)).began_at == 0.0

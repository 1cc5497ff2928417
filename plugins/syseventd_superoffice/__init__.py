"""SuperOffice CRM: what is running in an installation, and which of its licences run out."""

from __future__ import annotations

from collections.abc import Iterable

from syseventd import hookimpl
from syseventd.interface import Demo, EventKind, SourceType, Tab, TargetType
from syseventd_superoffice import licences, licences_tab, system_events
from syseventd_superoffice.kinds import KINDS
from syseventd_superoffice.settings import LicencesSettings, SuperOfficeSettings
from syseventd_superoffice.webapi.client import connect


@hookimpl
def target_types() -> Iterable[TargetType]:
    """An installation of SuperOffice CRM, asked through its WebAPI."""
    return [
        TargetType(
            "superoffice",
            SuperOfficeSettings,
            connect,
            description="a SuperOffice CRM installation, through its WebAPI",
        )
    ]


@hookimpl
def source_types() -> Iterable[SourceType]:
    """What is watched on each installation, one file a source."""
    return [
        SourceType(
            "system-events",
            "superoffice",
            system_events.create,
            interval=60.0,
            description="rebuilds, closed logins and other system events",
        ),
        SourceType(
            "licences",
            "superoffice",
            licences.create,
            LicencesSettings,
            interval=3600.0,
            description="each licence owner's dates, and the seats in use",
        ),
    ]


@hookimpl
def event_kinds() -> Iterable[EventKind]:
    """The kinds of system event, and what users lose with each."""
    return KINDS


@hookimpl
def tabs() -> Iterable[Tab]:
    """The content of SuperOffice's own Licences screen."""
    return [Tab("licences", "Licences", "superoffice", licences_tab.table)]


@hookimpl
def demos() -> Iterable[Demo]:
    """The simulated installation, loaded only when somebody wants to see it."""
    from syseventd_superoffice.simulator import demo

    return [demo]

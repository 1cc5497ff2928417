"""SuperOffice CRM: what is running in an installation, and which of its licences run out."""

from __future__ import annotations

from collections.abc import Iterable

from syseventd import hookimpl
from syseventd.interface import Demo, EventKind, Gauge, SourceType, Tab, TargetType
from syseventd_superoffice import (
    freetext,
    imports,
    installation,
    licences,
    metered,
    metered_tab,
    needs,
    saint,
    status_tab,
    system_events,
    tenant,
)
from syseventd_superoffice.connection import connect
from syseventd_superoffice.kinds import KINDS
from syseventd_superoffice.settings import SuperOfficeSettings

SOURCES = (
    SourceType(
        "system-events",
        "superoffice",
        system_events.create,
        system_events.SystemEventsSettings,
        interval=60.0,
        description="rebuilds, closed logins and other system events",
    ),
    SourceType(
        "imports",
        "superoffice",
        imports.create,
        imports.ImportsSettings,
        interval=60.0,
        description="imports and the other batch tasks: how far, how ended, what waits",
    ),
    SourceType(
        "saint",
        "superoffice",
        saint.create,
        saint.SaintSettings,
        interval=60.0,
        description="SAINT's counters and status monitors: regenerating, old, missing",
    ),
    SourceType(
        "freetext",
        "superoffice",
        freetext.create,
        freetext.FreetextSettings,
        interval=60.0,
        description="the free-text index: its rebuild, whether it is on, how old it is",
    ),
    SourceType(
        "licences",
        "superoffice",
        licences.create,
        licences.LicencesSettings,
        interval=3600.0,
        description="each licence owner's dates and seats, and what changes in them",
    ),
    SourceType(
        "metered",
        "superoffice",
        metered.create,
        metered.MeteredSettings,
        interval=3600.0,
        description="this month's use of what is invoiced by use, and when it will cost more",
        needs=needs.a_database,
    ),
    SourceType(
        "installation",
        "superoffice",
        installation.create,
        installation.InstallationSettings,
        interval=300.0,
        timeout=installation.TIMEOUT,
        description="versions, owner and serial number, and processes that stand still",
    ),
    SourceType(
        "tenant",
        "superoffice",
        tenant.create,
        interval=60.0,
        description="whether an online tenant runs, and where",
        needs=needs.a_tenant,
    ),
)
"""What is watched on each installation, one file a source."""


@hookimpl
def target_types() -> Iterable[TargetType]:
    """An installation of SuperOffice CRM, asked through its WebAPI, its database, or both."""
    return [
        TargetType(
            "superoffice",
            SuperOfficeSettings,
            connect,
            description="a SuperOffice CRM installation, through its WebAPI, its database or both",
        )
    ]


@hookimpl
def source_types() -> Iterable[SourceType]:
    """All of `SOURCES`."""
    return SOURCES


@hookimpl
def event_kinds() -> Iterable[EventKind]:
    """The kinds of event, and what users lose with each."""
    return (
        *KINDS,
        *system_events.KINDS,
        *imports.KINDS,
        *saint.KINDS,
        *freetext.KINDS,
        *licences.KINDS,
        *metered.KINDS,
        *installation.KINDS,
        *tenant.KINDS,
    )


@hookimpl
def gauges() -> Iterable[Gauge]:
    """What sources measure besides seats and meters."""
    return (
        *imports.GAUGES,
        *saint.GAUGES,
        *freetext.GAUGES,
        *licences.GAUGES,
        *metered.GAUGES,
        *tenant.GAUGES,
    )


@hookimpl
def tabs() -> Iterable[Tab]:
    """The content of SuperOffice's own Licences screen."""
    return [
        Tab("licences", "Licences", "superoffice", licences.tables, source="licences"),
        Tab("status", "Status", "superoffice", status_tab.tables),
        Tab("metered", "Metered services", "superoffice", metered_tab.table, source="metered"),
    ]


@hookimpl
def demos() -> Iterable[Demo]:
    """The simulated installation, loaded only when somebody wants to see it."""
    from syseventd_superoffice.simulator import demo

    return [demo]

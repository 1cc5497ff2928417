"""Watches printers: their queues, their toner, and who may write to certificates."""

from __future__ import annotations

from collections.abc import Iterable

from stranger_printers import demo, journal, permissions, queue, tab, toner
from stranger_printers.settings import JournalSettings, PrintersSettings, QueueSettings
from stranger_printers.spool import connect
from syseventd import hookimpl
from syseventd.interface import Demo, EventKind, Gauge, SinkType, SourceType, Tab, TargetType


@hookimpl
def target_types() -> Iterable[TargetType]:
    """The printers of one spool folder."""
    return [TargetType("printers", PrintersSettings, connect, "printers of one spool folder")]


@hookimpl
def source_types() -> Iterable[SourceType]:
    """Two that share our own target's connection, and one for the targets of another plugin."""
    yield SourceType("queue", "printers", queue.create, QueueSettings, interval=5.0)
    yield SourceType("toner", "printers", toner.create, interval=3600.0)
    yield SourceType("permissions", "certificates", permissions.create, interval=600.0)


@hookimpl
def sink_types() -> Iterable[SinkType]:
    """A file that grows by a line for each transition."""
    return [SinkType("journal", JournalSettings, journal.Journal)]


@hookimpl
def event_kinds() -> Iterable[EventKind]:
    """What our sources report."""
    return (
        EventKind("print-job", "Print job", "Others wait for the printer."),
        EventKind("world-writable", "Anybody may write", "Anybody may swap the certificate."),
    )


@hookimpl
def gauges() -> Iterable[Gauge]:
    """What our sources measure."""
    return [Gauge("printer_toner_ratio", "How much of a cartridge is left.")]


@hookimpl
def tabs() -> Iterable[Tab]:
    """The queue in the order in which it is printed."""
    return [Tab("queue", "Print queue", "printers", tab.table)]


@hookimpl
def demos() -> Iterable[Demo]:
    """A printer that prints nothing."""
    return [Demo("printers", demo.start)]

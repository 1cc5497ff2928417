"""Every hook that a plugin can implement. All are called once, when the daemon loads plugins."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from syseventd.interface import Demo, EventKind, Gauge, SinkType, SourceType, Tab, TargetType

hookspec = pluggy.HookspecMarker("syseventd")


@hookspec
def target_types() -> Iterable[TargetType]:
    """Called once at start: the kinds of system that targets in the configuration may have."""
    return ()


@hookspec
def source_types() -> Iterable[SourceType]:
    """Called once at start: what can be watched on targets, of this plugin's types or others'."""
    return ()


@hookspec
def sink_types() -> Iterable[SinkType]:
    """Called once at start: the kinds of place to which transitions can be delivered."""
    return ()


@hookspec
def event_kinds() -> Iterable[EventKind]:
    """Called once at start: the kinds of event that sources report, with their titles."""
    return ()


@hookspec
def gauges() -> Iterable[Gauge]:
    """Called once at start: what sources measure besides seats and meters, each a metric."""
    return ()


@hookspec
def tabs() -> Iterable[Tab]:
    """Called once at start: further parts for the pages of targets."""
    return ()


@hookspec
def demos() -> Iterable[Demo]:
    """Called once by `syseventd demo`: simulated systems that it can watch."""
    return ()

"""Its hook raises."""

from __future__ import annotations

from collections.abc import Iterable

from syseventd import hookimpl
from syseventd.interface import EventKind, TargetType


@hookimpl
def target_types() -> Iterable[TargetType]:
    """Raises what its author did not expect."""
    return {}["types"]


@hookimpl
def event_kinds() -> Iterable[EventKind]:
    """Sound, but its plugin is refused as a whole."""
    return [EventKind("raising", "Raising")]

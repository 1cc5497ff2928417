"""Implements a hook that does not exist, beside one that does."""

from __future__ import annotations

from collections.abc import Iterable

from syseventd import hookimpl
from syseventd.interface import EventKind, TargetType
from syseventd.settings import Settings


@hookimpl
def target_typs() -> Iterable[TargetType]:
    """Nobody calls this."""
    return [TargetType("misspelt", Settings)]


@hookimpl
def event_kinds() -> Iterable[EventKind]:
    """Sound, but its plugin is refused as a whole."""
    return [EventKind("misspelt", "Misspelt")]

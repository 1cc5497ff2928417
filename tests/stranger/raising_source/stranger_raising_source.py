"""Healthy hooks, and a source that raises what is no answer."""

from __future__ import annotations

from collections.abc import Iterable

from syseventd import Snapshot, Target, hookimpl
from syseventd.interface import SourceType, TargetType
from syseventd.settings import Settings, SourceSettings


class Raising:
    """Divides by zero."""

    def probe(self) -> Snapshot:
        return Snapshot(ask_again=1 / 0)


def _create(target: Target, connection: None, settings: SourceSettings) -> Raising:
    return Raising()


@hookimpl
def target_types() -> Iterable[TargetType]:
    """A target without settings."""
    return [TargetType("raising", Settings)]


@hookimpl
def source_types() -> Iterable[SourceType]:
    """The source that raises."""
    return [SourceType("divides", "raising", _create)]

"""The source `permissions`, for targets of type `certificates`: files that anybody may write."""

from __future__ import annotations

import stat
from pathlib import Path

from syseventd import Observation, Snapshot, Target
from syseventd.settings import SourceSettings


class Permissions:
    """The paths of one target. A path that can't be looked at is left as it was."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self._paths = paths

    def probe(self) -> Snapshot:
        """One event for each path that anybody may write."""
        writable, unseen = [], set()
        for path in self._paths:
            try:
                if path.stat().st_mode & stat.S_IWOTH:
                    writable.append(Observation(str(path), "world-writable", path.name))
            except OSError:
                unseen.add(str(path))
        return Snapshot(tuple(writable), unseen=frozenset(unseen))


def create(target: Target, connection: None, settings: SourceSettings) -> Permissions:
    """The source for one target, whose settings are another plugin's: taken as they come."""
    return Permissions(tuple(Path(path) for path in getattr(target.settings, "paths", ())))

"""Where the portraits of those who activated events are: pictures that a target has at present."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from syseventd.board import SourceRecord
from syseventd.model import Event, SourceId


class Portraits:
    """The pictures that some sources have, by name. Nothing is read of them here."""

    def __init__(self, records: Iterable[SourceRecord]) -> None:
        self._owners: dict[tuple[str, str], list[SourceId]] = {}
        for record in records:
            if record.snapshot is not None:
                for picture in record.snapshot.pictures:
                    owners = self._owners.setdefault((record.source.target, picture.name), [])
                    owners.append(record.source)

    def path_of(self, event: Event) -> str | None:
        """The path of the event's portrait, from the site's root; None where there is none now.

        Events go from source to source, and pictures don't: another source may have it.
        """
        name = event.observation.portrait
        owners = self._owners.get((event.source.target, name)) if name else None
        if not owners:
            return None
        target, source = event.source if event.source in owners else owners[0]
        return f"/targets/{_quoted(target)}/pictures/{_quoted(source)}/{_quoted(name)}"


def _quoted(name: str) -> str:
    return quote(name, safe="", errors="replace")

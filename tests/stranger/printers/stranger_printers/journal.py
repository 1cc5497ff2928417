"""The sink `journal`: a file that grows by one line of JSON for each transition."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from stranger_printers.settings import JournalSettings
from syseventd import Transition


class Journal:
    """One file. What could not be written raises, and comes again."""

    def __init__(self, name: str, settings: JournalSettings) -> None:
        self._name = name
        self._file = settings.file

    async def deliver(self, transitions: Sequence[Transition]) -> None:
        """Append the transitions, oldest first."""
        lines = "".join(json.dumps(self._line(t)) + "\n" for t in transitions)
        await asyncio.to_thread(self._append, lines)

    def _append(self, lines: str) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(lines)

    def _line(self, transition: Transition) -> dict[str, object]:
        event = transition.event
        return {
            "id": transition.id,
            "sink": self._name,
            "step": transition.step,
            "source": str(event.source),
            "key": event.observation.key,
        }

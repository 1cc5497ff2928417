"""What the sources of one target share: the spooler's file, read and checked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stranger_printers.settings import PrintersSettings
from syseventd import Malformed, Target, Unreachable


@dataclass
class Spool:
    """One spooler's file. `reads` counts how often the sources looked, all together."""

    file: Path
    reads: int = field(default=0, init=False)

    def read(self) -> dict[str, Any]:
        """What the spooler wrote. Raises Unreachable and Malformed."""
        self.reads += 1
        try:
            content = json.loads(self.file.read_text(encoding="utf-8"))
        except OSError as error:
            raise Unreachable(str(self.file), error.strerror or str(error)) from None
        except ValueError as error:
            raise Malformed(str(self.file), str(error)) from None
        if not isinstance(content, dict):
            raise Malformed(str(self.file), "it holds no table")
        return content

    async def aclose(self) -> None:
        """There is nothing to close; a real spooler would be told good-bye."""


def connect(target: Target) -> Spool:
    """The connection of one target."""
    assert isinstance(target.settings, PrintersSettings)
    return Spool(target.settings.spool)

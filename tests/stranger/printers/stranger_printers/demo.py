"""A simulated printer: one job that never comes to its last page."""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any


@asynccontextmanager
async def start(speed: float, language: str) -> AsyncIterator[dict[str, Any]]:
    """A spool file while the context lasts; yields the block of a target that watches it."""
    with tempfile.TemporaryDirectory(prefix="stranger-printers-") as folder:
        yield {"type": "printers", "spool": str(_spool(folder, language))}


def _spool(folder: str, language: str) -> Path:
    name = "Lönebesked (simulerat)" if language == "sv" else "Payslips (simulated)"
    job = {"id": 1, "name": name, "owner": "ann", "submitted": 1.7e9, "pages": 40, "printed": 10}
    spool = Path(folder, "spool.json")
    spool.write_text(json.dumps({"simulated": True, "jobs": [job]}), encoding="utf-8")
    return spool

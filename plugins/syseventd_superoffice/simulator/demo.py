"""The simulated installation as `syseventd demo` watches it."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from syseventd.interface import Demo
from syseventd_superoffice.simulator.cast import FREETEXT
from syseventd_superoffice.simulator.clock import Clock
from syseventd_superoffice.simulator.installation import USER, Installation
from syseventd_superoffice.simulator.keeping import EVERY, keeping
from syseventd_superoffice.simulator.serving import serving
from syseventd_superoffice.simulator.vocabulary import DEFAULT_LANGUAGE, LANGUAGES

USERS = 50
"""How many users the agreement counts, for what is metered."""

PASSWORD_VARIABLE = "SYSEVENTD_DEMO_PASSWORD"  # noqa: S105 — the variable's name


@asynccontextmanager
async def _start(speed: float, language: str) -> AsyncIterator[dict[str, Any]]:
    """Runs the installation and yields the block of settings of a target that watches it.

    Its database lies in a temporary folder of its own, and is read beside the WebAPI. Its password
    is made anew each time, and lies in the environment while the context lasts. A language that
    the simulator does not speak gives English. Raises ValueError for a speed that is not more than
    zero.
    """
    password = secrets.token_urlsafe(24)
    spoken = language if language in LANGUAGES else DEFAULT_LANGUAGE
    installation = Installation(Clock(speed), password, language=spoken)
    with (
        tempfile.TemporaryDirectory(prefix="syseventd-demo-crm-") as folder,
        _environment(PASSWORD_VARIABLE, password),
    ):
        async with (
            serving(installation) as url,
            keeping(installation, Path(folder, "crm.sqlite")) as database,
        ):
            yield {
                "type": "superoffice",
                "url": url,
                "auth": {"method": "basic", "user": USER, "password_env": PASSWORD_VARIABLE},
                "database": {"url": database, "base_timezone": str(installation.base_zone)},
                "language": spoken,
                "sources": sources(speed),
            }


def sources(speed: float) -> dict[str, dict[str, Any]]:
    """Each source's settings: intervals for people who watch, and limits that the story exceeds.

    Limits are in seconds of the story, which pass faster on the wall. What is read from the
    database is also as old as the database is behind the story.
    """

    def lasting(seconds: float, behind: float = 0.0) -> str:
        return f"{max(1, round(1000 * (seconds / speed + behind)))}ms"

    often = {"interval": "2s"}
    return {
        "system-events": {**often, "messages_interval": "5s", "publish_grace": lasting(20)},
        "imports": {**often, "waiting_limit": lasting(60), "heartbeat_limit": lasting(120)},
        "saint": often,
        "freetext": {**often, "rebuild_key": FREETEXT.key},
        "licences": {"interval": "10s"},
        "metered": {"interval": "10s", "users": USERS},
        "installation": {
            "interval": "5s",
            "process_silent_for": lasting(120, 2 * EVERY),
            "prototype_limit": lasting(180, 2 * EVERY),
        },
    }


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """Sets a variable, and leaves it afterwards as it was."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


demo = Demo("superoffice", _start)

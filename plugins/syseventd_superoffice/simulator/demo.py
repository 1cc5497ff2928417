"""The simulated installation as `syseventd demo` watches it."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from syseventd.interface import Demo
from syseventd_superoffice.simulator.app import USER, Installation
from syseventd_superoffice.simulator.clock import Clock
from syseventd_superoffice.simulator.serving import serving
from syseventd_superoffice.simulator.world import DEFAULT_LANGUAGE, LANGUAGES

PASSWORD_VARIABLE = "SYSEVENTD_DEMO_PASSWORD"  # noqa: S105 — the variable's name


@asynccontextmanager
async def _start(speed: float, language: str) -> AsyncIterator[dict[str, Any]]:
    """Runs the installation and yields the block of settings of a target that watches it.

    Its password is made anew each time, and lies in the environment while the context lasts.
    A language that the simulator does not speak gives English. Raises ValueError for a speed
    that is not more than zero.
    """
    password = secrets.token_urlsafe(24)
    spoken = language if language in LANGUAGES else DEFAULT_LANGUAGE
    installation = Installation(Clock(speed), password, language=spoken)
    async with serving(installation) as url:
        with _environment(PASSWORD_VARIABLE, password):
            yield {
                "type": "superoffice",
                "url": url,
                "auth": {"method": "basic", "user": USER, "password_env": PASSWORD_VARIABLE},
                "language": spoken,
                "sources": {
                    "system-events": {"interval": "2s"},
                    "licences": {"interval": "10s"},
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

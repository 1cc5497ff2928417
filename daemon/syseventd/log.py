"""Sets up the log: for people on a terminal, JSON otherwise, with levels that the journal reads."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

JOURNAL_LEVELS = {"debug": 7, "info": 6, "warning": 4, "error": 3, "exception": 3, "critical": 2}
"""What sd-daemon(3) writes before a line, so that the journal knows how serious it is.

By the logger's method: `exception` is an error that brings its traceback.
"""


def configure(log_format: str, level: str, stream: TextIO | None = None) -> None:
    """Log to `stream` (stderr) as `console`, `json`, or `auto`: what fits who reads it.

    The standard library's loggers, which our libraries use, end in the same place.
    """
    stream = stream or sys.stderr
    console = log_format == "console" or (log_format == "auto" and stream.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.UnicodeDecoder(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_logger_name,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(console, stream),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("apscheduler", "aiohttp.access", "alembic", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _rendering(console: bool, stream: TextIO) -> list[Any]:
    if console:
        # Without the variables of each frame, which some formatters show: they may hold secrets.
        plain = structlog.dev.plain_traceback
        lines = structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain)
        return [_Lists(lines)]
    rendering: list[Any] = [
        structlog.processors.format_exc_info,
        _in_order,
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    ]
    return [*rendering, _Prefix()] if _is_journal(stream) else rendering


class _Lists:
    """Lines for people: a list of sentences stands below its line, one of names within it."""

    def __init__(self, renderer: Callable[[WrappedLogger, str, EventDict], str]) -> None:
        self._renderer = renderer

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> str:
        below: list[str] = []
        for key, value in list(event.items()):
            if isinstance(value, str) and key not in _SEVERAL_LINES:
                event[key] = _on_one_line(value)
            elif (
                value and isinstance(value, list | tuple) and all(isinstance(v, str) for v in value)
            ):
                items = [_on_one_line(item) for item in value]
                if any(" " in item for item in items):
                    below += [f"    {item}" for item in items]
                    event[key] = len(items)
                else:
                    event[key] = ", ".join(items)
        return "\n".join([self._renderer(logger, name, event), *below])


_SEVERAL_LINES = frozenset({"exception", "stack"})


def _on_one_line(text: str) -> str:
    """Text of a stranger, so that it can't take over a terminal or pretend to be a line."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _in_order(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Time, level and what happened first: lines are read by people too."""
    first = {key: event.pop(key) for key in ("timestamp", "level", "event") if key in event}
    return {**first, **event}


class _Prefix:
    """Puts the journal's level before a rendered line."""

    def __call__(self, logger: WrappedLogger, name: str, line: str) -> str:
        return f"<{JOURNAL_LEVELS.get(name, 6)}>{line}"


def _is_journal(stream: TextIO) -> bool:
    """Whether the stream is the one that systemd connected to the journal (systemd.exec(5))."""
    try:
        device, inode = map(int, os.environ.get("JOURNAL_STREAM", "").split(":"))
        status = os.fstat(stream.fileno())
    except (ValueError, OSError):
        return False
    return (status.st_dev, status.st_ino) == (device, inode)

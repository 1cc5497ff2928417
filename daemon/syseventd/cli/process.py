"""Runs a service as this process: signals reach it, and once told to stop it ends in time."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Coroutine
from types import FrameType
from typing import Any

import structlog

from syseventd.cli.garbage import calm_garbage_collector
from syseventd.cli.tls_buffers import small_tls_buffers
from syseventd.errors import SyseventdError, TaskDied
from syseventd.service import Service
from syseventd.tasks import end
from syseventd.threads import LookupPool

log = structlog.get_logger("syseventd.process")

DEADLINE = 9.5
"""Seconds from the signal to the end, also where something holds up the event loop for ever."""

LEFT_PATIENCE = 0.5
"""Seconds that tasks which are left at the end may take for theirs."""

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
DIED = 70
"""Exit code of a daemon that broke (EX_SOFTWARE of sysexits.h)."""


class Process:
    """This process, while it is a daemon."""

    def __init__(self) -> None:
        self._told_to_stop = threading.Event()
        self._over = threading.Event()

    def run(self, life: Coroutine[Any, Any, None]) -> None:
        """Run a daemon's life, in which `live` is called, to its end.

        Raises SyseventdError where it can't go on; a fault that nobody foresaw is TaskDied.
        """
        handlers = {number: signal.getsignal(number) for number in SIGNALS}
        threading.Thread(target=self._end_by_force, name="last-resort", daemon=True).start()
        try:
            asyncio.run(life)
        except SyseventdError:
            raise
        except (Exception, SystemExit) as error:  # a plugin may try to exit
            log.critical("daemon_died", exc_info=error)
            raise TaskDied("main", repr(error)) from None
        finally:
            self._over.set()
            self._told_to_stop.set()
            for number, handler in handlers.items():
                signal.signal(number, handler)

    async def live(self, service: Service) -> None:
        """The service's whole life: SIGTERM and SIGINT end it, SIGHUP reloads."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(LookupPool())

        def stop(number: int, frame: FrameType | None) -> None:
            self._told_to_stop.set()
            loop.call_soon_threadsafe(service.stop)

        def reload(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(service.reload_soon)

        # Not loop.add_signal_handler: a loop that is held up would never hear of them.
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGHUP, reload)
        calm_garbage_collector()
        small_tls_buffers()
        try:
            await service.run()
        finally:
            # What comes now must not end a daemon that is ending well already.
            for number in SIGNALS:
                signal.signal(number, signal.SIG_IGN)
            # What plugins began by themselves may swallow its cancellation too.
            await end(asyncio.all_tasks() - {asyncio.current_task()}, LEFT_PATIENCE)

    def _end_by_force(self) -> None:
        """End the process if it doesn't end by itself: what is stored is whole at any moment."""
        self._told_to_stop.wait()
        if not self._over.wait(DEADLINE):
            log.critical("ended_by_force", seconds=DEADLINE)
            os._exit(DIED)

"""Runs a source in a process of its own, which is killed at the deadline and started anew."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Mapping
from typing import Any

from syseventd.interface import Source
from syseventd.model import Outcome, SourceId, Timestamp
from syseventd.probing.answers import Answer, broken, still_running, timed_out
from syseventd.probing.wire import LENGTH, pack, unpack

START_ALLOWANCE = 10.0
"""Seconds that a process may take to start, where the deadline is shorter. Starting Python and
importing a plugin is the daemon's expense: a source with a tight deadline must not fail by it."""

DYING_ALLOWANCE = 1.0
"""Seconds from the end of a process's socket to the end of the process."""

_LOST = (EOFError, ConnectionError)

_BOOT = (
    "import sys; sys.path[:] = sys.argv[3:]; from syseventd.probing.worker import serve; "
    "serve(int(sys.argv[1]), int(sys.argv[2]))"
)


class ProcessRunner:
    """A source in a process, which starts with the first probe and serves until one goes wrong."""

    def __init__(self, source: Source, name: SourceId) -> None:
        self._source = source
        self._name = name
        self._worker: _Worker | None = None
        self._since: Timestamp | None = None
        self._dying: set[asyncio.Task[None]] = set()

    @property
    def running_since(self) -> Timestamp | None:
        return self._since

    async def ask(self, deadline: float, memory: Mapping[str, str]) -> Answer:
        if self._since is not None:
            return still_running(self._since)
        self._since = time.time()
        finished = False
        try:
            answer = await self._ask(deadline, memory)
            finished = answer is not None
            return timed_out(deadline) if answer is None else answer
        finally:
            self._since = None
            if not finished:
                self._kill()

    async def _ask(self, deadline: float, memory: Mapping[str, str]) -> Answer | None:
        """The source's answer; None where there is none within `deadline`."""
        if self._worker is None or self._worker.process.returncode is not None:
            fault = await self._start(max(deadline, START_ALLOWANCE))
            if fault is not None:
                return fault
        worker = self._worker
        assert worker is not None  # noqa: S101
        try:
            async with asyncio.timeout(deadline):
                return await worker.ask(memory)
        except TimeoutError:
            return None
        except _LOST:
            return await self._obituary(worker)
        except Exception as error:
            reason = f"its process sent what can't be read: {type(error).__name__}: {error}"
            self._kill()
            return broken(reason, traceback.format_exc())

    async def _start(self, allowance: float) -> Answer | None:
        """Starts a process and hands it the source. Returns what went wrong, if anything did."""
        self._kill()
        try:
            message = pack(self._source)
        except Exception as error:
            reason = f"a source with a process of its own must pickle: {type(error).__name__}: "
            return broken(reason + str(error), traceback.format_exc())
        try:
            worker = self._worker = await _Worker.start()
        except OSError as error:
            return broken(f"its process could not be started: {error.strerror or error}")
        try:
            async with asyncio.timeout(allowance):
                fault = await worker.take(message)
        except TimeoutError:
            self._kill()
            reason = f"its process did not start within {allowance:g} s"
            return Answer(Outcome.TIMEOUT, reason=reason)
        except _LOST:
            return await self._obituary(worker)
        if fault is not None:
            self._kill()
        return fault

    async def _obituary(self, worker: _Worker) -> Answer:
        """Says how the process died that left its socket."""
        try:
            async with asyncio.timeout(DYING_ALLOWANCE):
                status = await worker.process.wait()
        except TimeoutError:
            return broken("its process closed the socket to the daemon")
        finally:
            self._kill()
        return broken(f"its process {_describe(status)}")

    def _kill(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()
            reaping = asyncio.ensure_future(worker.reap())
            self._dying.add(reaping)
            reaping.add_done_callback(self._dying.discard)

    async def aclose(self, patience: float) -> None:
        """Hangs up, so that the source can close; kills the process where it does not end."""
        if self._worker is not None and self._since is None:
            self._worker.hang_up()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._worker.process.wait()
        self._kill()
        if self._dying:
            await asyncio.wait(self._dying, timeout=patience)


class _Worker:
    """The daemon's end of one process."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.process = process
        self._reader = reader
        self._writer = writer

    @classmethod
    async def start(cls) -> _Worker:
        """Starts a process, in this thread: the kernel ties its life to the thread's."""
        ours, theirs = socket.socketpair()
        with theirs:
            reader, writer = await asyncio.open_connection(sock=ours)
            descriptor = theirs.fileno()
            arguments = (str(descriptor), str(os.getpid()), *sys.path)
            try:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-P", "-c", _BOOT, *arguments),
                    stdin=asyncio.subprocess.DEVNULL,
                    pass_fds=(descriptor,),
                    start_new_session=True,  # killed with all that it starts; no Ctrl-C for it
                )
            except BaseException:
                writer.close()
                raise
        return cls(process, reader, writer)

    async def take(self, source: bytes) -> Answer | None:
        """Hands over the source. Returns what the process found wrong with it, or None."""
        self._writer.write(source)
        fault: Answer | None = await self._receive()
        return fault

    async def ask(self, memory: Mapping[str, str]) -> Answer:
        self._writer.write(pack(dict(memory)))
        answer: Answer = await self._receive()
        return answer

    async def _receive(self) -> Any:
        (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
        return unpack(await self._reader.readexactly(length))

    def hang_up(self) -> None:
        self._writer.write_eof()

    def kill(self) -> None:
        self._writer.close()
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    async def reap(self) -> None:
        await self.process.wait()


def _describe(status: int) -> str:
    """How a process ended, from its return code."""
    if status >= 0:
        return f"ended with exit status {status}"
    try:
        return f"died with signal {-status} ({signal.Signals(-status).name})"
    except ValueError:
        return f"died with signal {-status}"

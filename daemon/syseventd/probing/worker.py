"""A source's own process: takes the source, probes it whenever told, and dies with the daemon."""

from __future__ import annotations

import asyncio
import ctypes
import inspect
import os
import signal
import socket
import sys
import traceback
from typing import Any, BinaryIO

from syseventd.interface import Source
from syseventd.probing.answers import Answer, broken, raised, returned
from syseventd.probing.wire import LENGTH, pack, unpack

PR_SET_PDEATHSIG = 1


def serve(descriptor: int, daemon: int) -> None:
    """Serves the daemon, whose process id is `daemon`, over the socket `descriptor`."""
    die_with(daemon)
    os.dup2(sys.stderr.fileno(), 1)  # what a plugin prints belongs in the journal
    with (
        socket.socket(fileno=descriptor) as channel,
        channel.makefile("rb") as received,
        channel.makefile("wb") as sent,
        asyncio.Runner() as runner,
    ):
        source = _take_source(received, sent)
        while source is not None and (asked := _receive(received)) is not None:
            _send(sent, _probe(source, unpack(asked), runner))
        _close(source, runner)


def die_with(daemon: int) -> None:
    """Has the kernel kill this process when the daemon dies, whatever it is busy with.

    The end of the socket tells as well, but a source in a busy loop doesn't read. Where the
    kernel is not Linux, only the socket tells.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != daemon:  # it died before the kernel was told
        sys.exit(1)


def _take_source(received: BinaryIO, sent: BinaryIO) -> Source | None:
    payload = _receive(received)
    if payload is None:
        return None
    try:
        source: Source = unpack(payload)
    except BaseException as error:
        reason = f"its process could not take the source: {type(error).__name__}: {error}"
        _send(sent, broken(reason, traceback.format_exc()))
        return None
    _send(sent, None)
    return source


def _probe(source: Source, memory: dict[str, str], runner: asyncio.Runner) -> Answer:
    probe: Any = source.probe
    recall = getattr(source, "recall", None)
    try:
        if recall is not None:
            recall(memory)
        if inspect.iscoroutinefunction(probe):
            return returned(runner.run(probe()))
        return returned(probe())
    except BaseException as error:  # even SystemExit ends the probe, not the process
        return raised(error)


def _close(source: Source | None, runner: asyncio.Runner) -> None:
    close = getattr(source, "aclose", None)
    if close is not None:
        runner.run(close())


def _receive(stream: BinaryIO) -> bytes | None:
    """The next message's payload; None where the daemon has hung up."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return stream.read(*LENGTH.unpack(head))


def _send(stream: BinaryIO, answer: Answer | None) -> None:
    try:
        message = pack(answer)
    except Exception as error:
        reason = f"its snapshot does not pickle: {type(error).__name__}: {error}"
        message = pack(broken(reason, traceback.format_exc()))
    stream.write(message)
    stream.flush()

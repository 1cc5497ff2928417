"""What systemd and the daemon tell each other: ready, reloading, stopping, still alive."""

from __future__ import annotations

import asyncio
import os
import socket
import time

BEATS = 3
"""How often the watchdog is fed in the time that systemd waits for it."""


def notify(*assignments: str) -> bool:
    """Send `READY=1` and the like, as sd_notify(3) does. False where systemd doesn't listen."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            sock.connect(address)
            sock.sendall("\n".join(assignments).encode())
    except OSError:
        return False
    return True


def ready(status: str) -> bool:
    """The daemon does its work."""
    return notify("READY=1", f"STATUS={status}")


def reloading() -> bool:
    """The configuration is being read anew; `ready` ends it."""
    return notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def stopping() -> bool:
    """The daemon is on its way out."""
    return notify("STOPPING=1")


def watchdog_seconds() -> float | None:
    """How long systemd waits for a sign of life, or None where it does not."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    pid = os.environ.get("WATCHDOG_PID")
    if not microseconds.isdigit() or (pid and pid != str(os.getpid())):
        return None
    return int(microseconds) / 1e6 or None


async def feed_watchdog(seconds: float) -> None:
    """Give signs of life for ever, from the event loop: a loop that hangs gives none."""
    while True:
        notify("WATCHDOG=1")
        await asyncio.sleep(seconds / BEATS)

"""One daemon writes to a store: a lock that dies with the one who holds it."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from sqlalchemy import URL

from syseventd.errors import StoreUnusable


class Lock:
    """Held from `take` until `release`, or until the process is gone, however it goes.

    It is on a file beside the database: closing any descriptor of the database's own file would
    take from SQLite the locks that it holds.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Idempotent."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def take(url: URL) -> Lock:
    """Raises StoreUnusable that names the process which holds it."""
    database = Path(url.database or "").resolve()
    path = database.with_name(database.name + ".lock")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise StoreUnusable(str(url), f"{path} can't be made: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError:
        holder = _holder(descriptor)
        os.close(descriptor)
        reason = f"{holder} writes to it already; stop that one, or name another state_directory"
        raise StoreUnusable(str(url), reason) from None
    except OSError as error:
        os.close(descriptor)
        raise StoreUnusable(str(url), f"{path} can't be locked: {error.strerror}") from error
    return Lock(descriptor)


def _holder(descriptor: int) -> str:
    """Who holds the lock, as far as its file says."""
    with contextlib.suppress(OSError, ValueError):
        return f"process {int(os.pread(descriptor, 20, 0))}"
    return "another process"

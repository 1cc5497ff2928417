"""One daemon writes to a store: a lock that dies with the one who holds it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from pathlib import Path

from sqlalchemy import URL

from syseventd.errors import StoreUnusable


class Lock:
    """Held from `take` until `release`, or until the process is gone, however it goes.

    It is on two files: on one beside the database, which says who holds it, and on the database
    itself, which may have other names. `files` are their descriptors by their paths.
    """

    def __init__(self) -> None:
        self.files: dict[Path, int] = {}

    def release(self) -> None:
        """To be called last: closing any descriptor of the database takes SQLite's locks from it.

        Idempotent.
        """
        while self.files:
            os.close(self.files.popitem()[1])

    def add(self, path: Path, flags: int = 0) -> int:
        """Locks a file, which is made for our eyes only unless it is there. Its descriptor.

        Raises OSError; BlockingIOError where another process has locked it.
        """
        flags |= os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self.files[path] = descriptor = os.open(path, flags, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return descriptor


def take(url: URL) -> Lock:
    """Makes the database's file unless it is there, and locks it.

    Raises StoreUnusable with the reason, also where another process has it locked.
    """
    database = Path(url.database or "").absolute()
    beside = Path(f"{os.path.realpath(database)}.lock")
    lock = Lock()
    reason = None
    if os.path.isdir(database):
        reason = os.strerror(errno.EISDIR)
    # Who is refused by the first has not opened the database, which this process may hold.
    reason = reason or _lock_beside(lock, beside) or _lock_itself(lock, database)
    if reason is not None:
        lock.release()
        raise StoreUnusable(str(url), reason)
    return lock


def _lock_beside(lock: Lock, path: Path) -> str | None:
    """Why not, if it can't be done."""
    try:
        descriptor = lock.add(path, os.O_NOFOLLOW)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError:
        holder = _holder(lock.files[path])
        return f"{holder} writes to it already; stop that one, or name another state_directory"
    except (FileNotFoundError, NotADirectoryError) as error:
        if not os.path.isdir(path.parent):
            return f"there is no {path.parent}/"
        return f"{path} can't be made: {error.strerror}"
    except OSError as error:
        if error.errno == errno.ENOSPC:
            return "the disk is full"
        return f"{path} can't be {'locked' if path in lock.files else 'made'}: {error.strerror}"
    return None


def _lock_itself(lock: Lock, path: Path) -> str | None:
    """Why not, if it can't be done."""
    try:
        lock.add(path)
    except BlockingIOError:
        return (
            f"another process writes to it already, by another name of the file or since its lock "
            f"was deleted; stop that one (see `fuser {path}`)"
        )
    except OSError as error:
        return f"{error.strerror}"
    return None


def _holder(descriptor: int) -> str:
    """Who holds the lock, as far as its file says."""
    with contextlib.suppress(OSError, ValueError):
        return f"process {int(os.pread(descriptor, 20, 0))}"
    return "another process"

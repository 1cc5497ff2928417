"""Why a store can't be used, in words that say what to do, and whose fault it is."""

from __future__ import annotations

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    SQLAlchemyError,
    StatementError,
)

from syseventd.errors import StoreUnusable

_SQLITE = {
    "BUSY": "another process holds it locked",
    "CANTOPEN": "it can't be opened; see that its directory exists and that we may write there",
    "CORRUPT": "the file is damaged; restore it from a backup, or move it away to start anew",
    "FULL": "the disk is full",
    "IOERR_SHMSIZE": "the disk is full",
    "IOERR": "reading or writing the disk failed",
    "LOCKED": "another process holds it locked",
    "NOTADB": "the file is no SQLite database; move it away, or name another one",
    "READONLY": "it can't be written to; see who owns it and how its file system is mounted",
}


def reason(error: Exception) -> str:
    """What `error`, raised by the database or on the way to it, says to an administrator."""
    if isinstance(error, StoreUnusable):
        return error.reason
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    name = getattr(cause, "sqlite_errorname", "")
    exact = name.removeprefix("SQLITE_")
    words = _SQLITE.get(exact) or _SQLITE.get(exact.split("_")[0])
    if words is not None:
        return f"{words} ({name})"
    return f"{type(cause).__name__}: {cause}"


def is_own_fault(error: Exception) -> bool:
    """Whether what was to be written is at fault, and not the database or the way to it."""
    if isinstance(error, StatementError) and not isinstance(error, DBAPIError):
        return True
    if isinstance(error, SQLAlchemyError):
        return isinstance(error, IntegrityError | DataError | InterfaceError)
    return not isinstance(error, OSError | MemoryError | StoreUnusable)

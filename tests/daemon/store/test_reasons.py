"""Whose fault it is that something could not be stored, and how that is said."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from syseventd.errors import StoreUnusable
from syseventd.store.reasons import is_own_fault, reason


@pytest.mark.parametrize(
    "error",
    [
        ValueError("10 ** 400"),
        StatementError("too large", None, None, OverflowError()),
        IntegrityError("INSERT", None, sqlite3.IntegrityError("twice")),
    ],
)
def test_what_no_database_takes_is_its_own_fault(error: Exception) -> None:
    """To try it again would change nothing."""
    assert is_own_fault(error)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(5, "Input/output error"),
        OperationalError("INSERT", None, sqlite3.OperationalError("disk full")),
        StoreUnusable("events.db", "its files are gone"),
    ],
)
def test_what_the_machine_lacks_is_no_advances_fault(error: Exception) -> None:
    """The same one may be stored a minute later."""
    assert not is_own_fault(error)


def test_a_reason_is_not_wrapped_twice() -> None:
    """A store that said why it can't be used is not asked for an exception's name."""
    assert reason(StoreUnusable("events.db", "its files are gone")) == "its files are gone"


def test_a_disk_that_is_full_at_the_start_is_said_to_be_full() -> None:
    """SQLite's own name for it sounds like broken hardware."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_SHMSIZE"
    assert reason(OperationalError("SELECT", None, error)) == (
        "the disk is full (SQLITE_IOERR_SHMSIZE)"
    )
    error.sqlite_errorname = "SQLITE_IOERR_READ"
    assert reason(OperationalError("SELECT", None, error)).startswith("reading or writing")

"""What a database's error means: an outcome by name, with a way out and without any secret."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from syseventd import (
    NotAvailable,
    ProbeEnded,
    ProbeFailed,
    TimedOut,
    Unauthorized,
    Unreachable,
)
from syseventd_superoffice.redaction import Secrets

LONGEST_MESSAGE = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked: which database, by whom, which of its tables, for how many seconds."""

    where: str
    user: str
    tables: str
    patience: float
    secrets: Secrets


class NoSuchTable(NotAvailable):
    """not available here: {reason}"""

    # Whether this version lacks it, or this is another database, its raiser can't tell.


def from_error(error: Exception, asked: Asked) -> ProbeEnded:
    """What an error of a driver's, or on the way to it, means. Nothing secret is repeated.

    The error must not be chained to what is raised: drivers quote what they connected with.
    """
    words = _words(error)
    for pattern, outcome in _MEANINGS:
        if re.search(pattern, words, re.IGNORECASE | re.VERBOSE):
            return outcome(asked)
    # Before it is cut: half a secret is one too.
    return ProbeFailed(asked.where, _line(asked.secrets.redact(words)))


def _line(text: str) -> str:
    """A stranger's text on one short line, without what a terminal obeys."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= LONGEST_MESSAGE else f"{line[: LONGEST_MESSAGE - 1]}…"


def _words(error: Exception) -> str:
    """What tells errors apart: the SQLSTATE, or the driver's word for it, then the text."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    state = getattr(cause, "sqlstate", None) or getattr(cause, "driver_error", None)
    text = getattr(cause, "ddbc_error", None) or str(cause) or type(cause).__name__
    return f"{state}: {text}" if state else text


def _unreachable(reason: str) -> Callable[[Asked], ProbeEnded]:
    return lambda asked: Unreachable(asked.where, reason)


def _no_right(asked: Asked) -> ProbeEnded:
    return NotAvailable(f"the user {asked.user} has no right to read {asked.tables}")


def _no_table(asked: Asked) -> ProbeEnded:
    return NoSuchTable(f"this database lacks {asked.tables}, or a column of it")


def _refused(asked: Asked) -> ProbeEnded:
    reason = f"the user {asked.user} and the password that is configured are not accepted"
    return Unauthorized(asked.where, reason)


def _too_slow(asked: Asked) -> ProbeEnded:
    return TimedOut(asked.patience)


_MEANINGS: tuple[tuple[str, Callable[[Asked], ProbeEnded]], ...] = (
    (r"^42501 | permission\ (was\ )?denied", _no_right),
    (
        r"^(42P01|42703|3F000) | ^Base\ table\ or\ view\ not | ^Column\ not\ found "
        r"| Invalid\ (object|column)\ name | no\ such\ (table|column)",
        _no_table,
    ),
    (
        r"^3D000 | Cannot\ open\ database | not\ able\ to\ access\ the\ database "
        r"| database\ \S+\ does\ not\ exist | unable\ to\ open\ database | not\ a\ database",
        _unreachable("there is no such database, or not for this user; check `url`"),
    ),
    (
        r"^28 | ^Invalid\ authorization | Login\ failed\ for | authentication\ failed "
        r"| role\ \S+\ does\ not\ exist",
        _refused,
    ),
    (r"^57014 | Query\ timeout\ expired | database\ is\ locked", _too_slow),
    (
        r"0x2AF9 | translate\ host\ name | failed\ to\ resolve | getaddrinfo",
        _unreachable("the name of its host can't be resolved"),
    ),
    (r"0x2749 | Connection\ refused", _unreachable("connection refused")),
    (
        r"certificate",
        _unreachable(
            "its certificate isn't trusted, or names another host; see `certificate_name`"
        ),
    ),
    (
        r"Timeout\ error\ \[258\] | timeout\ expired",
        _unreachable("it does not answer; check host, port and firewall in `url`"),
    ),
    (
        r"Failed\ to\ load\ the\ driver",
        _unreachable(
            "its driver lacks a library of the system; install libltdl7 and libgssapi-krb5-2"
        ),
    ),
    (
        r"^08 | ^57P0 | ^(Client\ unable|Communication\ link|Connection|Server\ rejected) "
        r"| server\ closed\ the\ connection | connection\ failed",
        _unreachable("the connection broke, or could not be made"),
    ),
)
"""By SQLSTATE, by mssql-python's word for it, or by what the servers and SQLite say in English.

The first that fits counts: a right that is missing, before the login that lacks it.
"""

"""Whether the files of an open store are still those that were opened, by their names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from syseventd.errors import StoreUnusable

Identity: TypeAlias = tuple[int, int]


class Files:
    """The files of one open store, by their paths. May be asked in any thread.

    SQLite goes on writing to a file that was moved or deleted, and opens whatever has its name
    now. `opened` are descriptors of the files that must keep their names; `journal` is SQLite's
    write-ahead log, which comes and goes with the writer's connection.
    """

    def __init__(self, store: str, opened: Mapping[Path, int], journal: Path) -> None:
        self._store = store
        self._opened = {path: _identity(os.fstat(number)) for path, number in opened.items()}
        self._journal = journal
        self._in_use = False
        self._written: Identity | None = None

    def watch_journal(self, in_use: bool) -> None:
        """The log must keep its name while it is `in_use`: the writer has its connection."""
        self._in_use = in_use
        self._written = None

    def check(self) -> None:
        """Raises StoreUnusable that names a file which is no longer there, or another one."""
        for path, opened in self._opened.items():
            self._compare(path, opened, self._look(path))
        if not self._in_use:
            return
        written = self._written
        if written is None:
            self._written = self._look(self._journal)
        else:
            self._compare(self._journal, written, self._look(self._journal))

    def _look(self, path: Path) -> Identity | None:
        try:
            return _identity(os.stat(path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            reason = f"{path} can't be looked at: {error.strerror}"
            raise StoreUnusable(self._store, reason) from error

    def _compare(self, path: Path, opened: Identity, now: Identity | None) -> None:
        if now is None:
            reason = f"its file {path} was moved or deleted; restart the daemon"
            raise StoreUnusable(self._store, reason)
        if now != opened:
            reason = (
                f"its file {path} was replaced; restart the daemon (a backup is restored while "
                "the daemon is stopped, as systemd/README.md says)"
            )
            raise StoreUnusable(self._store, reason)


def _identity(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino

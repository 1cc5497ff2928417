"""The one writer: a thread that takes all that waits and commits it in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import groupby
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from syseventd.errors import NotStorable, StoreUnusable, SyseventdError
from syseventd.model import Advance
from syseventd.store import queries
from syseventd.store.engines import transaction
from syseventd.store.reasons import is_own_fault, reason

T = TypeVar("T")

LARGEST = 10_000
"""Transitions that one transaction may gather from several advances."""


@dataclass(frozen=True, slots=True)
class _Commit:
    """An advance that waits to be written."""

    advance: Advance
    done: Future[None] = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class _Job:
    """Other work that waits for a transaction of its own."""

    work: Callable[[Connection], Any]
    done: Future[Any] = field(default_factory=Future)


class _Stop:
    """Says that nothing more comes."""


_Work: TypeAlias = _Commit | _Job | _Stop


class Writer:
    """Writes what it is handed, in that order. Its futures end once their work is durable.

    They fail with StoreUnusable, or a commit with NotStorable where the advance is at fault;
    then nothing of that work is in the store, unless `check` found the store itself gone: it is
    asked before each transaction and after it, and raises StoreUnusable. To be called from one
    thread. `transactions` counts those committed; `closed` says that no work is taken.
    """

    def __init__(
        self, engine: Engine, store: str, check: Callable[[], None] = lambda: None
    ) -> None:
        self.transactions = 0
        self._engine = engine
        self._store = store
        self._check = check
        self._queue: SimpleQueue[_Work] = SimpleQueue()
        self.closed = False
        self._thread = Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def commit(self, advance: Advance) -> Future[None]:
        """Writes all of `advance` in one transaction, perhaps together with others."""
        commit = _Commit(advance)
        self._put(commit)
        return commit.done

    def run(self, work: Callable[[Connection], T]) -> Future[T]:
        """Calls `work` in the writer's thread, in a transaction of its own."""
        job = _Job(work)
        self._put(job)
        return job.done

    def close(self) -> None:
        """Returns when all that was handed in is done. Idempotent."""
        if not self.closed:
            self.closed = True
            self._queue.put(_Stop())
        self._thread.join()

    def _put(self, work: _Commit | _Job) -> None:
        if self.closed:
            raise StoreUnusable(self._store, "it was closed")
        work.done.set_running_or_notify_cancel()  # from here on nobody can cancel it
        self._queue.put(work)

    def _run(self) -> None:
        stopped = False
        while not stopped:
            for kind, waiting in groupby(self._take(), key=type):
                if kind is _Stop:
                    stopped = True
                elif kind is _Commit:
                    for group in _groups(waiting):
                        self._commit(group)
                else:
                    for job in waiting:
                        self._do(job)

    def _take(self) -> list[Any]:
        """All that waits; at least one."""
        works = [self._queue.get()]
        while True:
            try:
                works.append(self._queue.get_nowait())
            except Empty:
                return works

    def _commit(self, group: Sequence[_Commit]) -> None:
        try:
            with transaction(self._engine, self._check) as connection:
                queries.record(connection, [commit.advance for commit in group])
        except Exception as error:
            # A database that can't be written to is no single advance's fault.
            if len(group) > 1 and not isinstance(error, OperationalError | StoreUnusable):
                for commit in group:
                    self._commit([commit])
            else:
                for commit in group:
                    self._fail_commit(commit, error)
        else:
            self.transactions += 1
            for commit in group:
                commit.done.set_result(None)

    def _do(self, job: _Job) -> None:
        try:
            with transaction(self._engine, self._check) as connection:
                result = job.work(connection)
        except Exception as error:
            _fail(job.done, StoreUnusable(self._store, reason(error)), error)
        else:
            self.transactions += 1
            job.done.set_result(result)

    def _fail_commit(self, commit: _Commit, error: Exception) -> None:
        failure: SyseventdError = StoreUnusable(self._store, reason(error))
        if is_own_fault(error):
            failure = NotStorable(str(commit.advance.known.source), reason(error))
        _fail(commit.done, failure, error)


def _fail(done: Future[Any], failure: SyseventdError, cause: Exception) -> None:
    failure.__cause__ = cause
    done.set_exception(failure)


def _groups(commits: Iterator[_Commit]) -> Iterator[list[_Commit]]:
    """`commits`, one or more, in their order, in groups that one transaction can take."""
    group: list[_Commit] = []
    size = 0
    for commit in commits:
        added = len(commit.advance.transitions)
        if group and size + added > LARGEST:
            yield group
            group, size = [], 0
        group.append(commit)
        size += added
    yield group

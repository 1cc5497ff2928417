"""The writer: what waits together is committed together, and fails alone."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event
from typing import Any

import pytest
from sqlalchemy import make_url

from syseventd.errors import NotStorable, StoreUnusable
from syseventd.store import engines, migrate, queries
from syseventd.store import writer as writer_module
from syseventd.store.writer import Writer

SOON = 20.0


@pytest.fixture
def writer(empty_url: str) -> Iterator[Writer]:
    engine = engines.writer(make_url(empty_url))
    with engine.begin() as connection:
        migrate.bring_to_head(connection, empty_url)
    one = Writer(engine, empty_url)
    yield one
    one.close()
    engine.dispose()


@contextmanager
def held(writer: Writer) -> Iterator[None]:
    """While this lasts, the writer is busy and work piles up."""
    release = Event()
    busy = writer.run(lambda _: release.wait(SOON))
    try:
        yield
    finally:
        release.set()
        assert busy.result(SOON)


def stored(writer: Writer) -> int:
    return writer.run(queries.last_transition).result(SOON)


def test_what_waits_is_committed_together(writer: Writer, lives: Any) -> None:
    """A hundred advances that piled up cost one transaction, not a hundred."""
    with held(writer):
        waiting = [writer.commit(life.sees("a")) for life in lives(100)]
    for future in waiting:
        future.result(SOON)
    assert writer.transactions <= 3  # the one that held it up, and the group; or one alone first


def test_an_idle_writer_commits_at_once(writer: Writer, life: Any) -> None:
    """One advance waits for no other."""
    for progress in (0.1, 0.2, 0.3):
        writer.commit(life.sees("a", progress=progress)).result(SOON)
    assert writer.transactions == 3


def test_a_group_has_its_limit(writer: Writer, lives: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No transaction grows without bound, however much piles up."""
    monkeypatch.setattr(writer_module, "LARGEST", 10)
    with held(writer):
        waiting = [writer.commit(life.sees("a", "b", "c")) for life in lives(9)]
    for future in waiting:
        future.result(SOON)
    assert writer.transactions >= 1 + 3


def test_one_that_fails_takes_no_other_with_it(writer: Writer, lives: Any) -> None:
    """Others of its group are stored, before it and after it."""
    first, bad, twin, last = lives(4)
    twin.known = bad.known
    with held(writer):
        waiting = [writer.commit(one.sees("a")) for one in (first, bad, twin, last)]
    assert [future.exception(SOON) is None for future in waiting] == [True, True, False, True]
    assert isinstance(waiting[2].exception(), NotStorable)
    assert stored(writer) == 4


def test_values_no_database_takes_fail_alone(writer: Writer, lives: Any) -> None:
    """A plugin's nonsense is that plugin's failure, with what was wrong."""
    good, bad = lives(2)
    bad.now = 10**400
    with held(writer):
        waiting = [writer.commit(good.sees("a")), writer.commit(bad.sees("a"))]
    assert waiting[0].exception(SOON) is None
    assert "too large" in str(waiting[1].exception(SOON))


def test_memory_that_runs_out_is_no_advances_fault(
    writer: Writer, life: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is kept for later: nobody calls it unfit to be stored."""

    def no_memory(*_: Any) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(queries, "record", no_memory)
        assert isinstance(writer.commit(life.sees("a")).exception(SOON), StoreUnusable)


def test_a_locked_database_fails_the_whole_group_at_once(
    writer: Writer, lives: Any, url: str
) -> None:
    """Each alone would wait as long for the same lock; afterwards all goes on."""
    writer.run(lambda db: db.exec_driver_sql("PRAGMA busy_timeout = 300").close()).result(SOON)
    sources = lives(60)
    began = time.monotonic()
    with closing(sqlite3.connect(make_url(url).database or "", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = [writer.commit(life.sees("a")) for life in sources]
        reasons = [str(future.exception(SOON)) for future in waiting]
        other.execute("ROLLBACK")
    assert all("another process holds it locked" in reason for reason in reasons)
    assert time.monotonic() - began < 60 * 0.3 / 4  # a wait or two for all, not one for each
    fresh = lives(1)[0]
    writer.commit(fresh.sees("a")).result(SOON)


def test_work_is_done_in_the_order_in_which_it_came(writer: Writer, lives: Any) -> None:
    """A query that was handed in between two commits sees the first alone."""
    one, two = lives(2)
    with held(writer):
        writer.commit(one.sees("a"))
        between = writer.run(queries.last_transition)
        writer.commit(two.sees("a"))
    assert between.result(SOON) == 1
    assert stored(writer) == 2


def test_a_job_that_fails_says_why_and_leaves_the_writer_working(writer: Writer) -> None:
    """Its transaction is undone."""

    def fail(connection: Any) -> None:
        queries.move_sink(connection, "pager", 3)
        raise ZeroDivisionError("by zero")

    with pytest.raises(StoreUnusable, match="ZeroDivisionError: by zero"):
        writer.run(fail).result(SOON)
    assert writer.run(lambda db: queries.position(db, "pager")).result(SOON) is None


def test_nobody_can_cancel_what_was_handed_in(writer: Writer, life: Any) -> None:
    """Its future is running from the start."""
    with held(writer):
        future = writer.commit(life.sees("a"))
        assert not future.cancel()
    future.result(SOON)

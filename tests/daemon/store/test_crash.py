"""The store after SIGKILL: nothing published is missing, nothing is there twice or invented.

A killed process leaves what it wrote to the operating system, so this shows that transactions
are whole and in order; that they survive a power cut rests on `synchronous = FULL`.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

from syseventd.store import open_store

STORY = Path(__file__).with_name("crash_story.py")
DEADLINE = 30.0
ROUNDS = 200

STEPS = """
    SELECT t.id, t.step, t.event, e.source, e.key, json_extract(t.observation, '$.progress')
    FROM transition t JOIN event e ON e.id = t.event WHERE t.id > ? ORDER BY t.id
"""
EVENTS = "SELECT id, source, key, ended_at IS NULL FROM event ORDER BY id"
EXPIRIES = "SELECT source, name, at FROM expiry ORDER BY source, kind, name"


class Teller:
    """The process that forks storytellers, and the lines that they write."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._input = process.stdin
        self._output = process.stdout
        self._unread = b""

    def fork(self, url: str, seed: int) -> int:
        self._input.write(f"{url} {seed}\n".encode())
        self._input.flush()
        fact, pid = self.line()
        assert fact == "born"
        return int(pid)

    def line(self, timeout: float = DEADLINE) -> tuple[str, Any]:
        """The next line, as its fact and value; `("nothing", None)` if none comes in time."""
        until = time.monotonic() + timeout
        while b"\n" not in self._unread:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._output], [], [], left)[0]:
                return "nothing", None
            self._unread += os.read(self._output.fileno(), 65536)
        line, self._unread = self._unread.split(b"\n", 1)
        ((fact, value),) = json.loads(line).items()
        return fact, value


@contextmanager
def telling() -> Iterator[Teller]:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, str(STORY)], stdin=pipe, stdout=pipe) as process:
        try:
            yield Teller(process)
        finally:
            process.kill()


class Ledger:
    """What must be in the store, by what the storytellers said; each check can fail."""

    def __init__(self, database: Path) -> None:
        self.database = database
        self.steps: dict[int, list[Any]] = {}
        self.open: dict[int, list[Any]] = {}
        self.expiries: dict[str, list[Any]] = {}
        self.announced: dict[str, tuple[list[Any], list[Any] | None]] = {}
        self.must_be_there: list[list[Any]] = []
        self.published = 0
        self.cut_short = 0

    def hear(self, fact: str, value: Any) -> None:
        if fact == "restored":
            held = [[e[2], e[3], e[4], e[5]] for e in self.open.values()]
            assert value == sorted(held), "what was restored is not what the transitions say"
        elif fact == "about_to":
            (source, _), steps, expiries = value
            self.announced[source] = (steps, expiries)
        elif fact == "published":
            steps, expiries = self.announced.pop(value[0])
            self.must_be_there += steps
            self.published += bool(steps)
            if expiries is not None:
                self.expiries[value[0]] = expiries

    def check(self) -> None:
        """Compares the store with what was said since the last check."""
        with self._looking() as db:
            found = [list(row) for row in db.execute(STEPS, [max(self.steps, default=0)])]
            (count,) = db.execute("SELECT count(*) FROM transition").fetchone()
            events = db.execute(EVENTS).fetchall()
            expiries: dict[str, list[Any]] = {}
            for source, *expiry in db.execute(EXPIRIES):
                expiries.setdefault(source, []).append(expiry)
        assert count == len(self.steps) + len(found), "a step came late, under a number passed"
        missing = [step for step in self.must_be_there if step not in found]
        assert not missing, "published, but not in the store"
        self._check_unpublished(
            [step for step in found if step not in self.must_be_there], expiries
        )
        for step in found:
            self._live(step)
        assert events == self._events(), "table `event` contradicts the transitions"
        self.announced.clear()
        self.must_be_there.clear()

    @contextmanager
    def _looking(self) -> Iterator[sqlite3.Connection]:
        """A connection to a copy of the database as the kill left it.

        Whoever opens the database itself brings it in order, and the next start must do that.
        """
        copy = self.database.parent / "copy.db"
        for suffix in ("", "-wal"):
            left = Path(f"{self.database}{suffix}")
            if left.exists():
                shutil.copyfile(left, f"{copy}{suffix}")
        with closing(sqlite3.connect(copy)) as db:
            yield db

    def _check_unpublished(self, steps: list[Any], expiries: dict[str, list[Any]]) -> None:
        """What nobody heard of must be whole advances that were about to be committed."""
        for source, (announced, renewed) in self.announced.items():
            stored = [step for step in steps if step[3] == source]
            assert stored in ([], announced), "half an advance is in the store"
            is_stored = expiries.get(source, []) == renewed if not announced else bool(stored)
            if is_stored and renewed is not None:
                self.expiries[source] = renewed
            self.cut_short += bool(announced)
        assert all(step[3] in self.announced for step in steps), "a step was invented"
        assert expiries == {s: held for s, held in self.expiries.items() if held}

    def _live(self, step: list[Any]) -> None:
        """One step in a lawful life: started first, ended last, one open event for a key."""
        number, kind, event, source, key, _ = step
        if kind == "started":
            assert number == event
            assert (source, key) not in {(e[3], e[4]) for e in self.open.values()}
            self.open[event] = step
        else:
            assert event in self.open, f"{kind} before it started, or after it ended"
            self.open[event] = step
            if kind == "ended":
                del self.open[event]
        self.steps[number] = step

    def _events(self) -> list[tuple[Any, ...]]:
        started = [step for step in self.steps.values() if step[1] == "started"]
        return [(s[0], s[3], s[4], int(s[0] in self.open)) for s in started]


async def make_store(url: str) -> None:
    await (await open_store(url)).close()


def tell_until_killed(teller: Teller, ledger: Ledger, url: str, seed: int) -> None:
    """One storyteller, killed after some published advances or some milliseconds."""
    random = Random(seed)
    enough = random.randint(1, 60) if random.random() < 0.7 else 10_000
    until = time.monotonic() + (DEADLINE if enough < 10_000 else random.uniform(0, 0.15))
    pid = teller.fork(url, seed)
    published = 0
    while published < enough and (left := until - time.monotonic()) > 0:
        fact, value = teller.line(left)
        assert fact != "dead", "the storyteller died by itself"
        ledger.hear(fact, value)
        published += fact == "published"
    os.kill(pid, signal.SIGKILL)
    while (said := teller.line())[0] != "dead":
        assert said[0] != "nothing"
        ledger.hear(*said)
    assert said[1] == -signal.SIGKILL


def test_200_kills_lose_repeat_and_invent_nothing(tmp_path: Path) -> None:
    """Whatever was published before a kill is stored, once, and the next start goes on."""
    database = tmp_path / "events.db"
    url = f"sqlite:///{database}"
    asyncio.run(make_store(url))
    ledger = Ledger(database)
    with telling() as teller:
        for seed in range(ROUNDS):
            tell_until_killed(teller, ledger, url, seed)
            ledger.check()
    assert ledger.published > 10 * ROUNDS
    assert ledger.cut_short > ROUNDS / 10, "the kills hardly ever met a commit under way"


def test_a_kill_while_the_store_is_made_leaves_one_that_opens(tmp_path: Path) -> None:
    """The schema comes whole or not at all."""
    with telling() as teller:
        for seed in range(20):
            url = f"sqlite:///{tmp_path}/{seed}.db"
            pid = teller.fork(url, seed)
            fact, _ = teller.line(Random(seed).uniform(0, 0.04))
            os.kill(pid, signal.SIGKILL)
            while fact != "dead":
                fact, _ = teller.line()
            pid = teller.fork(url, seed)
            assert teller.line()[0] == "restored"
            os.kill(pid, signal.SIGKILL)
            while teller.line()[0] != "dead":
                pass

"""The whole daemon under SIGKILL: nothing published is missing, nothing twice, none invented.

Each life is `syseventd run` with its store, its pages on a real port and a sink, and ends at a
random moment. What it published meanwhile, to whoever asked and to the sink, is what the store
must hold then; and what the store holds must be what happened. `SEED=…` begins the same story
again; the moments of the kills depend on the machine as well.

A killed process leaves what it wrote to the operating system: that transactions survive a power
cut rests on `synchronous = FULL`.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from itertools import groupby, pairwise
from pathlib import Path
from random import Random, SystemRandom
from typing import Any, NamedTuple

LIVES = 200
IN_THE_CRADLE, COLD = 0.2, 0.05
"""The shares of lives that end in their first moments, and that begin as a fresh process."""
CRADLE, LONGEST = 0.15, 0.3
"""Seconds from birth, in which a daemon hardly starts, and seconds after it has started."""
MOST_NEWS = 30

LEAST = {
    "published": 2 * LIVES,
    "stored": 5 * LIVES,
    "killed before it had told anything": LIVES // 50,
    "known before the first probe": LIVES // 4,
    "stored, and not shown yet": LIVES // 10,
    "delivered again": 1,
}
"""How often each of these must have been met at the least, or the test would show little."""

STEPS = """
    SELECT t.id, t.step, t.event, t.at, e.source, e.key, json_extract(t.observation, '$.status')
    FROM transition t JOIN event e ON e.id = t.event WHERE t.id > ? ORDER BY t.id
"""


class Step(NamedTuple):
    """One stored transition."""

    id: int
    step: str
    event: int
    at: float
    source: str
    key: str
    status: str


class Shown(NamedTuple):
    """What the board shows of one source, or what the store holds: open events, and a date."""

    events: frozenset[tuple[int, str, str]]
    expires: float | None

    @property
    def named(self) -> frozenset[tuple[str, str]]:
        """The events without our numbers, as the story knows them."""
        return frozenset((key, status) for _, key, status in self.events)


class Heard:
    """All that one life published to those who asked, source by source."""

    def __init__(self) -> None:
        self.board: dict[str, list[Shown]] = {}
        self.unprobed: dict[str, Shown] = {}
        self.dates: list[dict[str, float]] = []
        self.counted: Counter[str] = Counter()
        self.listed: set[tuple[int, str, str]] = set()
        self.news = 0

    def ask(self, connection: HTTPConnection, random: Random) -> None:
        """Ask for one thing or another. Raises OSError or HTTPException if nobody answers."""
        if not self.board or (what := random.random()) < 0.6:
            self.ask_board(connection)
        elif what < 0.8:
            self.ask_metrics(connection)
        else:
            found = json.loads(_get(connection, "/api/v1/events?state=all&limit=40"))
            self.listed |= {(e["id"], e["status"], e["state"]) for e in found["events"]}

    def ask_board(self, connection: HTTPConnection) -> None:
        target = json.loads(_get(connection, "/api/v1/targets/crm"))
        dates = {e["source"]: _seconds(e["at"]) for e in target["expiries"]}
        for source, health in target["sources"].items():
            events = [e for e in target["events"] if e["source"] == source]
            shown = Shown(
                frozenset((e["id"], e["key"], e["status"]) for e in events), dates.get(source)
            )
            before = self.board.setdefault(source, [])
            if not before and not health["probes"]:
                self.unprobed[source] = shown
            if before[-1:] != [shown]:
                self.news += bool(before)
                before.append(shown)

    def ask_metrics(self, connection: HTTPConnection) -> None:
        counted: Counter[str] = Counter()
        dates = {}
        for line in _get(connection, "/metrics").splitlines():
            name, _, value = line.rpartition(" ")
            if name.startswith("syseventd_event_transitions_total{"):
                counted[name.split('transition="')[1].split('"')[0]] += int(float(value))
            elif name.startswith("syseventd_expiry_timestamp_seconds{"):
                source = name.split('name="')[1].split('"')[0]
                dates[source] = float(value)
        self.counted |= counted
        self.dates.append(dates)

    def shows(self, source: str, now: tuple[frozenset[tuple[str, str]], float | None]) -> bool:
        """Whether this was the last that was shown of a source."""
        return [(shown.named, shown.expires) for shown in self.board[source][-1:]] == [now]


def _get(connection: HTTPConnection, path: str) -> str:
    connection.request("GET", path)
    reply = connection.getresponse()
    text = reply.read().decode()
    assert reply.status == 200, f"{path}: {reply.status} {text}"
    return text


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


class Judge:
    """Compares what was published, what is stored and what happened; each check can fail."""

    def __init__(self, folder: Path, story: Any) -> None:
        self.story = story
        self.steps: list[Step] = []
        self.open: dict[str, dict[int, tuple[str, str]]] = {s: {} for s in story.past}
        self.dates: dict[str, float] = {}
        self.delivered = 0
        self.stored: Counter[str] = Counter()
        self.met: Counter[str] = Counter()
        self._folder = folder
        self._statuses: set[tuple[int, str, str]] = set()
        self._occurrences: set[tuple[str, str, str]] = set()
        self._seen_until = dict.fromkeys(story.past, 0)
        self._stored_until = dict.fromkeys(story.past, 0)
        self._books: set[Path] = set()

    def check(self, heard: Heard) -> None:
        """The end of a life: what did it leave, and had it told the truth?"""
        before = {source: self.held(source) for source in self.open}
        for source, shown in heard.unprobed.items():
            assert shown == before[source], f"{source}: not as it was before the kill"
            self.met["known before the first probe"] += bool(shown.events)
        new, dates, ended = self._read()
        went_through = {source: [held.events] for source, held in before.items()}
        for (source, _), group in groupby(new, key=lambda step: (step.source, step.at)):
            for step in group:
                self._live(step)
            events = self.held(source).events
            went_through[source].append(events)
            self._stored_until[source] = self._when_stored(source, self._stored_until[source] + 1)
        assert ended == self._ended(), "the events contradict their transitions"
        for earlier, later in pairwise([self.dates, *heard.dates, dates]):
            assert all(later.get(name, 0) >= at for name, at in earlier.items()), "a date is lost"
        self.dates = dates
        for source, states in went_through.items():
            self._check_board(source, heard.board.get(source, []), states)
        self.stored = Counter(step.step for step in new)
        assert heard.counted <= self.stored, f"counted {heard.counted}, stored {self.stored}"
        assert heard.listed <= self._statuses, "listed, but not stored"
        self._check_deliveries()
        self.met["published"] += heard.news
        self.met["stored"] += len(new)
        self.met["killed before it had told anything"] += not heard.board

    def check_end(self, heard: Heard) -> None:
        """The last daemon was left in peace until all was quiet."""
        self.check(heard)
        for source, past in self.story.past.items():
            held = self.held(source)
            assert (held.named, held.expires) == past[-1], f"{source}: not how it ended"
        assert self.delivered == len(self.steps), "not all was delivered"
        assert heard.counted == self.stored

    def is_all_delivered(self) -> bool:
        """Whether a daemon that runs has handed over all that it stored."""
        with closing(sqlite3.connect(f"file:{self._folder}/events.db?mode=ro", uri=True)) as db:
            (last,) = db.execute("SELECT max(id) FROM transition").fetchone()
        books = (self._folder / "book").iterdir()
        return bool(last in {step[0] for book in books for step in _written(book)})

    def held(self, source: str) -> Shown:
        """What the store held of a source at the last death."""
        events = frozenset((n, *named) for n, named in self.open[source].items())
        return Shown(events, self.dates.get(source))

    def _read(self) -> tuple[list[Step], dict[str, float], list[tuple[int, int]]]:
        """New steps, the dates that hold, and which event has ended.

        From a copy: whoever opens the database itself puts it in order, and that is what the
        next daemon must do alone.
        """
        copy = self._folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for file in self._folder.glob("events.db*"):
            if not file.name.endswith("-shm"):
                shutil.copy(file, copy)
        with closing(sqlite3.connect(copy / "events.db")) as db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'transition'").fetchone():
                return [], {}, []  # killed before it had made them
            last = self.steps[-1].id if self.steps else 0
            new = [Step(*row) for row in db.execute(STEPS, [last])]
            (count,) = db.execute("SELECT count(*) FROM transition").fetchone()
            assert count == len(self.steps) + len(new), "a step is gone, or came in late"
            dates = dict(db.execute("SELECT source, at FROM expiry"))
            ended = db.execute("SELECT id, ended_at IS NOT NULL FROM event ORDER BY id").fetchall()
            assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
            return new, dates, ended

    def _live(self, step: Step) -> None:
        """One step in a lawful life: it starts once, goes on, and ends once."""
        events, occurrence = self.open[step.source], step.status.partition(".")[0]
        if step.step == "started":
            assert step.id == step.event
            assert step.key not in {key for key, _ in events.values()}, f"open already: {step}"
            told = (step.source, step.key, occurrence)
            assert told not in self._occurrences, f"started twice: {step}"
            self._occurrences.add(told)
        else:
            assert step.event in events, f"not open: {step}"
            key, status = events[step.event]
            assert step.key == key
            assert occurrence == status.partition(".")[0], f"of another occurrence: {step}"
            assert (step.status != status) == (step.step == "changed"), f"no such change: {step}"
        events[step.event] = (step.key, step.status)
        self._statuses.add((step.event, step.status, "active"))
        if step.step == "ended":
            del events[step.event]
            self._statuses.add((step.event, step.status, "ended"))
        self.steps.append(step)

    def _ended(self) -> list[tuple[int, int]]:
        still_open = {number for events in self.open.values() for number in events}
        started = sorted({step.event for step in self.steps})
        return [(number, int(number not in still_open)) for number in started]

    def _when_stored(self, source: str, since: int) -> int:
        """When what is stored was so: a whole snapshot of one moment, and a later one each time."""
        named = self.held(source).named
        moment: int = self.story.when(source, lambda now: now.events == named, since)
        return moment

    def _check_board(
        self, source: str, board: list[Shown], states: list[frozenset[tuple[int, str, str]]]
    ) -> None:
        """All that was shown was durable, came in that order, and was true."""
        place = 0
        for shown in board:
            assert shown.events in states[place:], f"{source}: published, but not stored: {shown}"
            place = states.index(shown.events, place)
            self._see(source, shown)
        held = self.held(source)
        self._see(source, held)
        self.met["stored, and not shown yet"] += bool(board) and board[-1] != held

    def _see(self, source: str, shown: Shown) -> None:
        """Events and date are of one moment, which is none before those seen earlier."""
        moment = self.story.when(
            source, lambda now: now == (shown.named, shown.expires), self._seen_until[source]
        )
        self._seen_until[source] = moment

    def _check_deliveries(self) -> None:
        """The sink got each step in its turn; at its start, perhaps, some again."""
        told = [[s.id, s.step, s.event, s.key, s.status] for s in self.steps]
        numbers = {step.id: place for place, step in enumerate(self.steps)}
        for book in sorted(set((self._folder / "book").iterdir()) - self._books):
            self._books.add(book)
            if not (steps := list(_written(book))):
                continue
            assert all(step[0] in numbers for step in steps), "delivered, but not stored"
            first = numbers[steps[0][0]]
            assert first <= self.delivered, "some were never delivered"
            assert steps == told[first : first + len(steps)], "not delivered as it is stored"
            self.met["delivered again"] += max(0, self.delivered - first)
            self.delivered = max(self.delivered, first + len(steps))


def _written(book: Path) -> Iterator[list[Any]]:
    """What a life's sink was handed; a last line that is cut off was not taken."""
    for line in book.read_bytes().split(b"\n")[:-1]:
        yield from json.loads(line)


def live_until_killed(forge: Any, story: Any, random: Random) -> Heard:
    """One life: killed at a random moment, or at once when it has told so many news."""
    heard, enough = Heard(), random.randint(1, MOST_NEWS)
    life = forge.bear("cold" if random.random() < COLD else "warm")
    try:
        for _ in range(random.randint(0, 5)):  # the world does not wait for us
            story.go_on()
        if random.random() < IN_THE_CRADLE:
            life.doom(random.uniform(0, CRADLE))
        if (address := life.address()) is None:
            return heard
        life.doom(random.uniform(0, LONGEST))
        with closing(HTTPConnection(address, timeout=20)) as connection:
            while heard.news < enough:
                story.go_on()
                try:
                    heard.ask(connection, random)
                except (OSError, HTTPException):
                    assert life.is_killed, "it did not answer"
                    break
    finally:
        life.kill()
        life.end()
    return heard


def live_in_peace(forge: Any, story: Any, judge: Judge) -> Heard:
    """The last life: nothing happens any more, and all that did is seen and delivered."""
    heard, life = Heard(), forge.bear("cold")
    address, until = life.address(), time.monotonic() + 20
    assert address is not None
    with closing(HTTPConnection(address, timeout=20)) as connection:
        heard.ask_board(connection)
        while not (
            all(heard.shows(source, past[-1]) for source, past in story.past.items())
            and judge.is_all_delivered()
        ):
            assert time.monotonic() < until, "it never gets quiet"
            heard.ask_board(connection)
        heard.ask_metrics(connection)
    assert life.stop() == 0
    return heard


def test_200_kills_of_the_whole_daemon_lose_repeat_and_invent_nothing(
    forge: Any, begin: Any, tmp_path: Path
) -> None:
    """It starts again by itself, knows what it knew, and in the end all agree."""
    seed = int(os.environ.get("SEED") or SystemRandom().randrange(10**6))
    random, story = Random(seed), begin(seed)
    judge = Judge(tmp_path, story)
    for life in range(LIVES + 1):
        try:
            if life < LIVES:
                judge.check(live_until_killed(forge, story, random))
            else:
                judge.check_end(live_in_peace(forge, story, judge))
        except BaseException as error:
            error.add_note(f"life {life} of {LIVES}, SEED={seed}")
            raise
    assert judge.met.keys() == set(LEAST)
    assert judge.met >= Counter(LEAST), f"the kills hardly met anything: {judge.met}"

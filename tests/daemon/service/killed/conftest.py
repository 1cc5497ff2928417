"""A story that goes on whether anybody looks or not, and daemons that are born to be killed."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

HERE = Path(__file__).parent
SOURCES = ("imports", "saint", "freetext", "licences")
KEYS = "abcdef"
FIRST_DATE = 4e9
PATIENCE = 30.0
"""Seconds within which whatever these tests wait for must have happened."""


class Now(NamedTuple):
    """What is true of one source: each open event's key and status, and when its licence ends."""

    events: frozenset[tuple[str, str]]
    expires: float | None


NOTHING = Now(frozenset(), None)
"""What is known of a source that nobody has looked at yet."""


class Story:
    """What really happens in the watched system, one thing at a time; its file tells it all.

    A status is unique: the number of the event's first step, a dot, the number of its last. So
    two occurrences never look alike, nor does one look the same before and after a step. `past`
    is all that was ever true of each source, after a first entry of nothing.
    """

    def __init__(self, file: Path, random: Random) -> None:
        self.past = {source: [NOTHING] for source in SOURCES}
        self._file = file
        self._random = random
        self._step = 0
        self._events: dict[str, dict[str, tuple[float, str]]] = {name: {} for name in SOURCES}
        self._expires = dict.fromkeys(SOURCES, FIRST_DATE)
        for source in SOURCES:
            self._tell(source)

    def go_on(self) -> None:
        """An event starts, changes, ends or starts anew, or a licence is renewed."""
        self._step += 1
        source, key = self._random.choice(SOURCES), self._random.choice(KEYS)
        events, what = self._events[source], self._random.random()
        if what < 0.1:
            self._expires[source] = FIRST_DATE + self._step
        elif key not in events or what < 0.2:
            events[key] = (1e9 + self._step, f"{self._step}.{self._step}")
        elif what < 0.5:
            del events[key]
        else:
            began, status = events[key]
            events[key] = (began, f"{status.partition('.')[0]}.{self._step}")
        self._tell(source)

    def _tell(self, source: str) -> None:
        events = self._events[source]
        seen = frozenset((key, status) for key, (_, status) in events.items())
        self.past[source].append(Now(seen, self._expires[source]))
        now = {s: {"events": self._events[s], "expires": self._expires[s]} for s in SOURCES}
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(now))
        new.replace(self._file)  # who looks sees one moment, never half of two

    def when(self, source: str, was_true: Callable[[Now], bool], since: int) -> int:
        """The first moment, at `since` or later, when this was true of a source."""
        for moment in range(since, len(self.past[source])):
            if was_true(self.past[source][moment]):
                return moment
        raise AssertionError(f"{source}: this was never so, or only before moment {since}")


class Life:
    """One daemon, from its birth to its one death."""

    def __init__(self, forge: Forge) -> None:
        self.told: list[dict[str, Any]] = []
        self._forge = forge
        self._killed = threading.Event()
        self._once = threading.Lock()
        self._pid: int = self._wait_for("born")["pid"]
        self._dooms: list[threading.Timer] = []

    def doom(self, seconds: float) -> None:
        """Kill it in so many seconds, whatever it does then.

        Not a wait for something to happen: the moment is random, and that is the point.
        """
        self._dooms.append(threading.Timer(seconds, self.kill))
        self._dooms[-1].start()

    def kill(self) -> None:
        """SIGKILL, unless it has been sent: later the number may be another process's."""
        with self._once:
            if not self._killed.is_set():
                self._killed.set()
                with suppress(ProcessLookupError):  # `end` tells of one that died by itself
                    os.kill(self._pid, signal.SIGKILL)

    @property
    def is_killed(self) -> bool:
        return self._killed.is_set()

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        os.kill(self._pid, signal.SIGTERM)
        return int(self._wait_for("dead")["code"])

    def address(self) -> str | None:
        """`host:port`, once it has started; None if it was killed before."""
        started = self._wait_for("started", "dead")
        return None if "code" in started else str(started["address"]).split("/")[2]

    def end(self) -> None:
        """Return when it is dead. It must have been killed: none dies by itself."""
        for doom in self._dooms:
            doom.cancel()
            doom.join()
        last = self.told[-1]
        code = last["code"] if "code" in last else self._wait_for("dead")["code"]
        assert code == -signal.SIGKILL, f"it died by itself: {self.told}"

    def _wait_for(self, *events: str) -> dict[str, Any]:
        while True:
            line = self._forge.line()
            self.told.append(line)
            if line["event"] in events:
                return line


class Forge:
    """The process that forks daemons, and the lines that they write."""

    def __init__(self, config: Path, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._config = config
        self._input = process.stdin
        self._output = process.stdout
        self._unread = b""

    def bear(self, how: str) -> Life:
        """A `warm` or `cold` daemon."""
        self._input.write(f"{how} {self._config}\n".encode())
        self._input.flush()
        return Life(self)

    def line(self) -> dict[str, Any]:
        """The next line."""
        until = time.monotonic() + PATIENCE
        while b"\n" not in self._unread:
            left = until - time.monotonic()
            ready = left > 0 and select.select([self._output], [], [], left)[0]
            assert ready, "nothing is told any more"
            read = os.read(self._output.fileno(), 65536)
            assert read, "the forge is broken"
            self._unread += read
        line, self._unread = self._unread.split(b"\n", 1)
        try:
            told: dict[str, Any] = json.loads(line)
        except ValueError:  # a traceback, as only a broken daemon writes it
            return {"event": "", "line": line.decode()}
        return told


CONFIG = """
[daemon]
listen = "127.0.0.1:0"
state_directory = "{folder}"
[targets.crm]
type = "told"
story = "{folder}/story.json"
interval = "20ms"
[sinks.book]
type = "book"
folder = "{folder}/book"
"""


@pytest.fixture
def begin(tmp_path: Path) -> Callable[[int], Story]:
    """Begins the story that a seed tells."""
    return lambda seed: Story(tmp_path / "story.json", Random(seed))


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forge]:
    """Daemons that watch the story, one after the other, all with the same state."""
    config = tmp_path / "syseventd.toml"
    config.write_text(CONFIG.format(folder=tmp_path))
    (tmp_path / "book").mkdir()
    # Who is killed has no coverage to tell, and would only be slower for being measured.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, str(HERE / "forge.py")],
        stdin=pipe,
        stdout=pipe,
        env={**environment, "PYTHONPATH": str(HERE / "plugin")},
        start_new_session=True,
    ) as process:
        try:
            yield Forge(config, process)
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # a daemon that still lives as well

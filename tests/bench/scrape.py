"""`scrape_100k_…`: one scrape over HTTP of a board with 100,000 active events."""

from __future__ import annotations

import http.client
import json
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.figure import Figure, Sizes
from tests.bench.processes import NotReady, started, wait_for


@dataclass(frozen=True, slots=True)
class Scrape:
    """One scrape, in seconds: all of it, the longest that a task had to wait meanwhile, and the
    most of such a wait in which the process was running."""

    seconds: float
    still: float
    own: float
    size: int


@dataclass(frozen=True, slots=True)
class Rounds:
    """All that was measured. The peer's are seconds and bytes; `idle` is seconds of stillness.

    `preparing` is how many seconds it took before each of the scrapes `prepared`.
    """

    cold: Scrape
    warm: list[Scrape]
    prepared: list[Scrape]
    preparing: list[float]
    packed: Scrape
    peer: list[list[float]]
    idle: float

    @property
    def best_peer(self) -> float:
        """Milliseconds."""
        return min(seconds for seconds, _ in self.peer) * 1000


class _Server:
    """The server process, from outside."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._buffer = bytearray(1 << 20)

    def close(self) -> None:
        self._connection.close()

    def ask(self, method: str, path: str) -> bytes:
        self._connection.request(method, path)
        reply = self._connection.getresponse()
        body = reply.read()
        if reply.status != 200:
            raise NotReady(f"{method} {path}: HTTP {reply.status}")
        return body

    def json(self, path: str) -> Any:
        return json.loads(self.ask("GET", path))

    def scrape(self, encoding: str = "identity") -> Scrape:
        self.json("/still")
        began = time.perf_counter()
        size = self._read("/metrics", encoding)
        seconds = time.perf_counter() - began
        still, own = self.json("/still")
        return Scrape(seconds, still, own, size)

    def _read(self, path: str, encoding: str) -> int:
        """Read a reply to its end, at as little cost as can be. Returns its size."""
        self._connection.request("GET", path, headers={"Accept-Encoding": encoding})
        reply = self._connection.getresponse()
        size = 0
        while count := reply.readinto(self._buffer):
            size += count
        return size

    def idle(self, seconds: float) -> float:
        """How long a task has to wait with nothing else to do: what the machine itself adds."""
        self.json("/still")
        time.sleep(seconds)
        still: float = self.json("/still")[0]
        return still


def measure(sizes: Sizes) -> list[Figure]:
    """Ours, cold and warm, and the peer in turns with it."""
    command = [sys.executable, "-m", "tests.bench.scrape_server"]
    command += [str(sizes.shown_targets), str(sizes.shown_events)]
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        output = Path(name, "server.log")
        with started(command, output) as process:
            port = wait_for(process, output, lambda: _port(output))
            with closing(_Server(port)) as server:
                rounds = _measured(server, sizes.scrapes)
    return [
        _warm_figure(rounds),
        _prepared_figure(rounds),
        _cold_figure(rounds),
        _still_figure(rounds),
    ]


def _port(output: Path) -> int | None:
    text = output.read_text(encoding="ascii")
    return int(text) if text.endswith("\n") else None


def _measured(server: _Server, times: int) -> Rounds:
    cold = server.scrape()
    warm, prepared, preparing, peer = [], [], [], []
    for _ in range(times):
        server.ask("POST", "/change?of=all")
        preparing.append(json.loads(server.ask("POST", "/prepare")))
        prepared.append(server.scrape())
        server.ask("POST", "/change")
        warm.append(server.scrape())
        peer.append(server.json("/peer"))
    server.ask("POST", "/change")
    packed = server.scrape("gzip")
    idle = server.idle(sum(scrape.seconds for scrape in warm))
    return Rounds(cold, warm, prepared, preparing, packed, peer, idle)


def _warm_figure(rounds: Rounds) -> Figure:
    packed = rounds.packed
    return Figure(
        "scrape_100k_ms",
        "ms",
        min(scrape.seconds for scrape in rounds.warm) * 1000,
        rounds.best_peer,
        "≤ 1/15 of the peer's",
        (
            f"ours: {rounds.cold.size / 1e6:.1f} MB over HTTP, 1 % of the events of each source "
            f"changed since the scrape before: {_listed(one.seconds for one in rounds.warm)}",
            f"peer: {rounds.peer[0][1] / 1e6:.1f} MB, generate_latest alone: "
            f"{_listed(seconds for seconds, _ in rounds.peer)}",
            f"ours packed with gzip, as Prometheus asks: {packed.seconds * 1000:.0f} ms, "
            f"{packed.size / 1e6:.1f} MB",
        ),
    )


def _prepared_figure(rounds: Rounds) -> Figure:
    return Figure(
        "scrape_100k_all_changed_ms",
        "ms",
        min(scrape.seconds for scrape in rounds.prepared) * 1000,
        rounds.best_peer,
        "≤ 1/15 of the peer's",
        (
            "every event changed since the scrape before, and the daemon had time to prepare: "
            f"{_listed(one.seconds for one in rounds.prepared)}",
            f"preparing beforehand, in slices between other work: {_listed(rounds.preparing)}",
        ),
    )


def _cold_figure(rounds: Rounds) -> Figure:
    note = "nothing kept and nothing prepared, as if all changed within the last seconds"
    seconds = rounds.cold.seconds
    return Figure("scrape_100k_cold_ms", "ms", seconds * 1000, rounds.best_peer, "-", (note,))


def _still_figure(rounds: Rounds) -> Figure:
    scrapes = [rounds.cold, *rounds.prepared, *rounds.warm, rounds.packed]
    notes = (
        f"cold, prepared, warm, packed: {_listed(one.own for one in scrapes)}",
        f"with what other programs took: {_listed(one.still for one in scrapes)}; "
        f"without any scrape: {_listed([rounds.idle])}",
    )
    longest = max(one.own for one in scrapes)
    return Figure("scrape_100k_loop_still_ms", "ms", longest * 1000, None, "≤ 20", notes)


def _listed(seconds: Iterable[float]) -> str:
    return ", ".join(f"{one * 1000:.0f}" for one in seconds)

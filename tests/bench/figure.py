"""One measured figure, the table of all of them, and `bench.json`."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured: ours, the peer's where there is one, and what it should be.

    `notes` are lines for people: what was really done, and anything that makes it doubtful.
    """

    name: str
    unit: str
    ours: float
    peer: float | None
    goal: str
    notes: tuple[str, ...] = ()

    @property
    def ratio(self) -> float | None:
        return None if self.peer is None else self.ours / self.peer


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is done for the figures. The defaults are what they are defined with."""

    targets: int = 1000
    warm_up: float = 10.0
    seconds: float = 20.0
    events: int = 1000
    snapshots: int = 40
    shown_targets: int = 100
    shown_events: int = 100_000
    scrapes: int = 7
    tenants: int = 1000
    tenants_warm_up: float = 90.0
    tenants_seconds: float = 120.0


def machine() -> str:
    """Where it was measured, in a line."""
    cores = os.cpu_count()
    return f"{_processor()}, {cores} cores, Linux {platform.release()}, {_python()}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _python() -> str:
    return f"{platform.python_implementation()} {platform.python_version()}"


def table(figures: Iterable[Figure]) -> str:
    """The figures in columns, each with its notes below."""
    head = f"{'figure':<28} {'ours':>10} {'peer':>10} {'ratio':>7}  {'unit':<5} goal"
    lines = [head, "-" * len(head)]
    for one in figures:
        peer = "-" if one.peer is None else f"{one.peer:.1f}"
        ratio = "-" if one.ratio is None else f"{one.ratio:.3f}"
        lines.append(
            f"{one.name:<28} {one.ours:>10.1f} {peer:>10} {ratio:>7}  {one.unit:<5} {one.goal}"
        )
        lines += [f"    {note}" for note in one.notes]
    return "\n".join(lines)


def as_json(figures: Iterable[Figure]) -> str:
    """The content of `bench.json`."""
    shown = {
        one.name: {
            "ours": round(one.ours, 3),
            "peer": None if one.peer is None else round(one.peer, 3),
            "ratio": None if one.ratio is None else round(one.ratio, 4),
            "unit": one.unit,
        }
        for one in figures
    }
    return json.dumps({"machine": machine(), "figures": shown}, indent=2, ensure_ascii=False) + "\n"

"""The figures can be measured, and `bench.json` has the shape that its readers expect."""

from __future__ import annotations

import json
import shutil

import pytest
from tests.bench import probe_cpu, scrape, tenants, transitions
from tests.bench.exporter import PROGRAM
from tests.bench.figure import Figure, Sizes, as_json, table

TINY = Sizes(
    targets=3,
    warm_up=1.5,
    seconds=2.0,
    events=5,
    snapshots=2,
    shown_targets=2,
    shown_events=200,
    scrapes=1,
    tenants=2,
    tenants_warm_up=0.5,
    tenants_seconds=1.0,
)


def test_bench_json_names_the_machine_and_each_figure() -> None:
    """A figure without a peer has no ratio either."""
    alone = Figure("still_ms", "ms", 2.5, None, "≤ 20")
    beside = Figure("probe_cpu_us", "µs", 200.0, 800.0, "≤ 1/3", ("1,000 targets",))
    read = json.loads(as_json([alone, beside]))
    assert isinstance(read.pop("machine"), str)
    assert read == {
        "figures": {
            "still_ms": {"ours": 2.5, "peer": None, "ratio": None, "unit": "ms"},
            "probe_cpu_us": {"ours": 200.0, "peer": 800.0, "ratio": 0.25, "unit": "µs"},
        }
    }


def test_the_table_shows_each_figure_with_its_goal_and_notes() -> None:
    """A figure without what was really done would say little."""
    shown = table([Figure("probe_cpu_us", "µs", 200.0, 800.0, "≤ 1/3", ("1,000 targets",))])
    for part in ("probe_cpu_us", "200.0", "800.0", "0.250", "µs", "≤ 1/3", "1,000 targets"):
        assert part in shown


def test_transitions_are_measured() -> None:
    """The whole pipeline and the floor run with a few events."""
    (figure,) = transitions.measure(TINY)
    assert figure.name == "transitions_per_s"
    assert figure.ours > 0
    assert figure.peer is not None
    assert figure.peer > 0


def test_scrapes_are_measured() -> None:
    """The server of the scrapes starts, and answers the peer's writer too."""
    figures = {figure.name: figure for figure in scrape.measure(TINY)}
    assert figures.keys() == {
        "scrape_100k_ms",
        "scrape_100k_all_changed_ms",
        "scrape_100k_cold_ms",
        "scrape_100k_loop_still_ms",
    }
    assert all(figure.ours > 0 for figure in figures.values())


@pytest.mark.skipif(
    shutil.which("nginx", path="/usr/sbin:/usr/bin") is None or shutil.which(PROGRAM) is None,
    reason="needs nginx and prometheus-blackbox-exporter; install both with apt",
)
def test_probes_are_measured() -> None:
    """The daemon and the exporter probe the server, and nothing of it fails."""
    (figure,) = probe_cpu.measure(TINY)
    assert figure.name == "probe_cpu_us"
    assert figure.peer is not None
    assert all(" 0 failed" in note for note in figure.notes)


def test_tenants_are_measured() -> None:
    """The cloud and the daemon start, log in, and are asked."""
    late, memory = tenants.measure(TINY)
    assert (late.name, memory.name) == ("tenants_late_probes", "tenants_memory_mib")
    assert "failed: none" in late.notes[0]
    assert memory.ours > 10

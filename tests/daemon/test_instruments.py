"""The daemon's own measurements: each service's are its own, under the contract's names."""

from __future__ import annotations

import platform
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import NoReturn

import pytest
from prometheus_client import generate_latest

from syseventd import instruments as module
from syseventd.instruments import Instruments, own_version
from syseventd.model import (
    EndReason,
    Event,
    Observation,
    SourceId,
    Step,
    Timestamp,
    Transition,
)


@pytest.fixture
def instruments() -> Instruments:
    return Instruments()


def an_end(
    target: str = "crm", activated_at: Timestamp | None = None, at: Timestamp = 160.0
) -> Transition:
    observation = Observation("a", "import", "Import", activated_at=activated_at)
    event = Event(1, SourceId(target, "imports"), observation, 100.0, at, EndReason.GONE)
    return Transition(2, Step.ENDED, at, event)


def length(instruments: Instruments, what: str, target: str = "crm") -> float | None:
    for row in instruments.event_durations.rows():
        if (row.target, row.kind) == (target, "import"):
            return row.upto[-1] if what == "count" else row.total
    return None


@pytest.mark.parametrize(
    "name",
    [
        "syseventd_probe_duration_seconds",
        "syseventd_probe_lateness_seconds",
        "syseventd_series_dropped_total",
        "syseventd_sink_deliveries_total",
        "syseventd_sink_backlog",
        "syseventd_config_last_reload_successful",
        "syseventd_config_last_reload_success_timestamp_seconds",
        "syseventd_build_info",
    ],
)
def test_the_contracts_names_are_there(instruments: Instruments, name: str) -> None:
    """Each with its help, before anything happened."""
    assert f"# HELP {name} " in generate_latest(instruments.registry).decode()


def test_the_process_is_measured_too(instruments: Instruments) -> None:
    """Memory, CPU and descriptors, as every client library names them."""
    text = generate_latest(instruments.registry).decode()
    assert "process_resident_memory_bytes" in text
    assert "python_gc_collections_total" in text


def test_each_service_has_its_own(instruments: Instruments) -> None:
    """Two daemons in one process, as in tests, do not add up."""
    other = Instruments()
    instruments.store_failures.inc()
    assert instruments.registry.get_sample_value("syseventd_store_failures_total") == 1
    assert other.registry.get_sample_value("syseventd_store_failures_total") == 0


def test_there_are_no_series_of_when_others_were_made(instruments: Instruments) -> None:
    """They would double the counters, and nobody reads them."""
    instruments.probe_duration.labels("imports").observe(0.1)
    instruments.probes_missed.labels("crm", "imports").inc()
    assert "_created" not in generate_latest(instruments.registry).decode()


def test_the_build_is_told(instruments: Instruments) -> None:
    """Ours and Python's version."""
    labels = {"version": own_version(), "python_version": platform.python_version()}
    assert instruments.registry.get_sample_value("syseventd_build_info", labels) == 1


def test_our_version_is_the_installed_distributions() -> None:
    """As `pip show` tells it."""
    assert own_version() == version("syseventd")


def test_a_source_that_is_not_installed_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """It still runs."""

    def missing(name: str) -> NoReturn:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(module, "version", missing)
    assert own_version() == "unknown"


def test_an_event_that_ended_has_a_length(instruments: Instruments) -> None:
    """From the moment we first saw it."""
    instruments.count_steps((an_end(),))
    assert (length(instruments, "count"), length(instruments, "sum")) == (1, 60)


def test_the_sources_own_start_counts(instruments: Instruments) -> None:
    """It knows better than we do."""
    instruments.count_steps((an_end(activated_at=40.0),))
    assert length(instruments, "sum") == 120


def test_no_length_is_negative(instruments: Instruments) -> None:
    """Clocks are set back, and the source's may be ahead of ours."""
    instruments.count_steps((an_end(activated_at=500.0), an_end(at=50.0)))
    assert (length(instruments, "count"), length(instruments, "sum")) == (2, 0)


@pytest.mark.parametrize("step", [Step.STARTED, Step.CHANGED])
def test_what_goes_on_has_no_length_yet(instruments: Instruments, step: Step) -> None:
    """Ends alone are measured."""
    instruments.count_steps((replace(an_end(), step=step),))
    assert length(instruments, "count") is None


def test_a_target_that_is_forgotten_leaves_no_series(instruments: Instruments) -> None:
    """And takes none of another's with it."""
    for target in ("crm", "host"):
        instruments.count_steps((an_end(target),))
        instruments.probes_missed.labels(target, "imports").inc()
        instruments.probes_missed.labels(target, "licences").inc()
        instruments.series_dropped.labels(target).inc()
    instruments.forget_target("crm")
    text = generate_latest(instruments.registry).decode()
    assert 'target="crm"' not in text
    assert text.count("syseventd_probes_missed_total{source=") == 2
    assert 'syseventd_series_dropped_total{target="host"} 1.0' in text
    assert length(instruments, "count") is None
    assert length(instruments, "count", "host") == 1


def test_an_unknown_target_can_be_forgotten(instruments: Instruments) -> None:
    """It may never have been measured."""
    instruments.forget_target("nowhere")
    assert 'target="' not in generate_latest(instruments.registry).decode()


def test_a_kind_that_nobody_declared_is_no_label() -> None:
    """A source can't make a label out of whatever it reads."""
    instruments = Instruments({"import"})
    source = SourceId("crm", "imports")
    for number, kind in enumerate(("import", "typed by someone")):
        event = Event(number, source, Observation("k", kind, ""), 10.0, 70.0, EndReason.GONE)
        instruments.count_steps((Transition(number, Step.ENDED, 70.0, event),))
    counted = {row.kind: row.upto[-1] for row in instruments.event_durations.rows()}
    assert counted == {"import": 1.0, "other": 1.0}

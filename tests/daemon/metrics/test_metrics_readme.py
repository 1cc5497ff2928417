"""The list of metrics in README.md holds every family as it is, and none that is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest

import syseventd.metrics
from syseventd.board import SourceState
from syseventd.instruments import Instruments
from syseventd.metrics import durations
from syseventd.metrics.families import FAMILIES, TARGET_INFO
from syseventd.model import FAILURES, Step

README = Path(syseventd.metrics.__file__).with_name("README.md")
BOUNDED = "One series for each thing"
"""The section of those families that count against a target's limit."""
UNITS = {
    "_timestamp_seconds": "Unix time",
    "_seconds": "seconds",
    "_ratio": "0 to 1",
    "_info": "1",
}


class Metric(NamedTuple):
    """One family, as a scrape names it."""

    name: str
    type: str
    labels: tuple[str, ...]


class Row(NamedTuple):
    """One line of a table: what it says of a family, and in which section."""

    section: str
    metric: Metric
    unit: str
    meaning: str
    absent: str


def rows() -> Iterator[Row]:
    """Every line of the tables."""
    section = ""
    for line in README.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif line.startswith("| `"):
            name, kind, labels, *rest = (cell.strip() for cell in line.strip("|").split("|"))
            names = tuple(re.findall(r"\w+", labels))
            yield Row(section, Metric(name.strip("`"), kind, names), *rest)


def families() -> Iterator[Metric]:
    """What a scrape holds: the board's families, and the daemon's own measurements."""
    for family in FAMILIES:
        yield Metric(family.sample_name, family.type, family.label_names)
    name, _, labels = TARGET_INFO
    yield Metric(name, "gauge", labels)
    yield Metric(durations.NAME, "histogram", ("target", "kind"))
    instruments = Instruments()
    for instrument in vars(instruments).values():
        if names := getattr(instrument, "_labelnames", ()):
            instrument.labels(*names)
    for metric in instruments.registry.collect():
        if not metric.name.startswith(("process_", "python_gc_")):
            suffix = "_total" if metric.type == "counter" else ""
            labels = tuple(label for label in metric.samples[0].labels if label != "le")
            yield Metric(metric.name + suffix, metric.type, labels)


ROWS = list(rows())


def test_every_family_stands_there_as_it_is() -> None:
    """Each once, with its type and its labels in their order; and nothing else."""
    assert sorted(row.metric for row in ROWS) == sorted(families())


def test_those_that_the_limit_holds_stand_apart_in_their_order() -> None:
    """What is dropped first stands last, as the section says."""
    written = [row.metric.name for row in ROWS if row.section == BOUNDED]
    assert written == [family.sample_name for family in FAMILIES if family.per_item]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.metric.name)
def test_unit_is_the_one_that_the_name_says(row: Row) -> None:
    """Times, lengths, shares and constants; others name what they count."""
    base = row.metric.name.removesuffix("_total")
    unit = next((unit for suffix, unit in UNITS.items() if base.endswith(suffix)), row.unit)
    assert row.unit == unit != ""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.metric.name)
def test_meaning_and_absence_are_told(row: Row) -> None:
    """No cell is empty: who writes a rule must know when a series is not there."""
    assert row.meaning
    assert row.absent


def test_every_label_value_of_a_fixed_set_is_named() -> None:
    """States, reasons, transitions and outcomes are listed where their label is."""
    meaning = {row.metric.name: row.meaning for row in ROWS}
    fixed = chain(
        (("syseventd_source_state", state) for state in set(SourceState) - {SourceState.NEW}),
        (("syseventd_probe_failures_total", reason) for reason in FAILURES),
        (("syseventd_event_transitions_total", step) for step in Step),
    )
    assert [(name, value) for name, value in fixed if f"`{value}`" not in meaning[name]] == []

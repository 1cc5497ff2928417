"""Every metric that the contract promises is there, with exactly its labels and its type."""

from __future__ import annotations

import re
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from prometheus_client import Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from syseventd.instruments import Instruments
from syseventd.metrics import Format
from syseventd.model import Expiry, Meter, Observation, Seats

CONTRACT = Path("shared", "CONTRACT.md")


class Promise(NamedTuple):
    """One metric of the contract; `labels` is None where it names none."""

    name: str
    type: str
    labels: frozenset[str] | None


def promises(text: str) -> list[Promise]:
    """The rows of the table of metrics; a row can hold two names with their types and labels."""
    section = text.partition("\n## Metrics\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    found: list[Promise] = []
    for row in rows[2:]:
        names_cell, types_cell, labels_cell = (cell.strip() for cell in row)
        names = re.findall(r"`([\w…]+)`", names_cell)
        types = re.findall(r"gauge|counter|histogram", types_cell)
        labels = re.sub(r"\([^)]*\)", "", labels_cell).split(" / ")
        for name, type_, label in zip_longest(names, types, labels):
            said = label if label is not None else labels[-1]
            found.append(
                Promise(
                    name.replace("…", "syseventd_config"),
                    type_ or types[-1],
                    found[-1].labels if said.startswith("the same") else _labels(said),
                )
            )
    return found


def _labels(cell: str) -> frozenset[str] | None:
    words = re.split(r"[;.]", cell)[0].split(",")
    names = frozenset(word.strip() for word in words if word.strip())
    return names or None


def families_of(world: Any) -> dict[str, Metric]:
    """Every family that the daemon has, with a sample of each, by its name in the text format."""
    source = world.watch("crm", "a")
    world.see(
        source,
        Observation("k", "import", "n", expected_end=1.0, progress=0.5),
        expiries=(Expiry("certificate", "c", 1.0, 0.0),),
        seats=(Seats("o", "l", 1, 2),),
        meters=(Meter("m", 1.0, 2.0),),
    )
    instruments = Instruments()
    world.durations.observe("target", "kind", 1.0)
    for metric in vars(instruments).values():
        if names := getattr(metric, "_labelnames", ()):
            metric.labels(*names)
    text = world.text() + generate_latest(instruments.registry).decode()
    return {
        metric.name + "_total" * (metric.type == "counter"): metric
        for metric in text_string_to_metric_families(text)
    }


@pytest.fixture(scope="module")
def contract() -> list[Promise]:
    """What the contract promises; skips where it is not beside the repository."""
    file = Path(__file__).parents[4] / CONTRACT
    if not file.exists():
        pytest.skip(f"the contract is not at hand: put it at ../{CONTRACT}, beside the repository")
    return promises(file.read_text(encoding="utf-8"))


def test_the_contract_was_understood(contract: list[Promise]) -> None:
    """The table was read whole: else the test below would promise nothing."""
    assert len(contract) >= 25
    by_name = {promise.name: promise for promise in contract}
    assert by_name["syseventd_probe_failures_total"] == (
        *("syseventd_probe_failures_total", "counter"),
        {"target", "source", "reason"},
    )
    assert "syseventd_config_last_reload_success_timestamp_seconds" in by_name


def test_every_promised_metric_is_there(contract: list[Promise], world: Any) -> None:
    """By its name and type, with its labels and no others."""
    there = families_of(world)
    for promise in contract:
        assert promise.name in there, promise
        metric = there[promise.name]
        assert metric.type == promise.type, promise
        if promise.labels is not None:
            labels = {name for sample in metric.samples for name in sample.labels} - {"le"}
            assert labels == promise.labels, promise


def test_names_say_their_units(world: Any) -> None:
    """Nothing but a counter ends in `_total`, times are seconds, and each has a HELP text."""
    for name, metric in families_of(world).items():
        if name.startswith("syseventd_"):
            assert name.endswith("_total") == (metric.type == "counter"), name
            assert metric.documentation.endswith("."), name
            assert metric.type in ("gauge", "counter", "histogram"), name
            assert "_seconds" in name or not re.search("duration|time|age|delay", name), name


@pytest.mark.parametrize("form", Format, ids=lambda form: form.name.lower())
def test_who_activated_an_event_is_in_no_label(world: Any, form: Format) -> None:
    """No label holds a person, nor text that people type."""
    world.see(
        world.watch("crm"),
        Observation("k", "import", "NAME", "STATUS", "MESSAGE", activated_by="PERSON"),
    )
    text = world.text(form)
    assert not re.search("NAME|STATUS|MESSAGE|PERSON", text.replace("# HELP", ""))

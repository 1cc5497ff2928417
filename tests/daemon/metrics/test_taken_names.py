"""The names that no plugin's gauge may have are those of the daemon's own metrics."""

from __future__ import annotations

from syseventd.instruments import TAKEN_NAMES, Instruments
from syseventd.metrics import durations
from syseventd.metrics.families import FAMILIES, TARGET_INFO


def test_the_taken_names_are_those_of_every_family_of_ours() -> None:
    """And none besides, which a plugin could have."""
    own = {metric.name for metric in Instruments().registry.collect()}
    names = {*own, *(family.name for family in FAMILIES), TARGET_INFO[0], durations.NAME}
    ours = {name.removeprefix("syseventd_") for name in names if name.startswith("syseventd_")}
    assert ours == TAKEN_NAMES

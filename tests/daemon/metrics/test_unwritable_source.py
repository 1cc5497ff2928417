"""What one source told wrongly doesn't take the scrape from the others."""

from __future__ import annotations

from typing import Any

from syseventd.model import Observation


def test_the_others_are_still_told(new_world: Any) -> None:
    """A key that is no text is left out; another target's event is there."""
    limited = new_world(max_series=30)
    limited.see(limited.watch("bad"), Observation(b"k", "import", "n"))  # type: ignore[arg-type]
    limited.see(limited.watch("good"), Observation("k", "import", "n"))
    found = limited.samples("syseventd_event_started_timestamp_seconds")
    assert [labels[0] for labels in found] == ["good"]


def test_a_target_with_wrong_facts_costs_only_its_own_row(world: Any) -> None:
    """Facts that are no mapping: the other targets' rows are there, and the loss is counted."""
    for target, facts in (("bad", 5), ("worse", {"version": 7}), ("good", {"version": "1"})):
        world.see(world.watch(target), facts=facts)
    lines = [line for line in world.text().splitlines() if "syseventd_target_info{" in line]
    assert [line.partition('"')[2][:4] for line in lines] == ["good"]
    assert world.dropped_series() == {"bad": 1.0, "worse": 1.0}

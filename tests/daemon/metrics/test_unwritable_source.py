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

"""The daemon's process makes Python's garbage collector look seldom: each look holds it up."""

from __future__ import annotations

import subprocess
import sys

CALMED = """
import gc
from syseventd.cli.garbage import calm_garbage_collector
before = gc.get_threshold()
calm_garbage_collector()
print(gc.get_freeze_count() > 10_000, gc.get_threshold() > before, gc.isenabled())
"""


def test_it_passes_over_what_is_there_at_the_start_and_looks_seldom_at_the_rest() -> None:
    """In a process of its own: here it would pass over what other tests leave behind."""
    ended = subprocess.run(
        [sys.executable, "-c", CALMED], check=True, capture_output=True, timeout=60
    )
    assert ended.stdout.split() == [b"True", b"True", b"True"]

"""One probe of one source: its deadline, its isolation and its outcome, all outside the plugin."""

from syseventd.probing.history import History
from syseventd.probing.prober import Prober, prepare
from syseventd.probing.stalls import Stall, StallWatch

__all__ = ["History", "Prober", "Stall", "StallWatch", "prepare"]

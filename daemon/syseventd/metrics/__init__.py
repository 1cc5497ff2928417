"""What Prometheus reads: the board as metric families, and the daemon's own measurements."""

from syseventd.metrics.exposition import Exposition
from syseventd.metrics.serving import MetricsHandler
from syseventd.metrics.text import Format

__all__ = ["Exposition", "Format", "MetricsHandler"]

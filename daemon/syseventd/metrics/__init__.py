"""What Prometheus reads: the board as metric families, and the daemon's own measurements."""

from syseventd.metrics.exposition import Exposition, Format
from syseventd.metrics.serving import MetricsHandler

__all__ = ["Exposition", "Format", "MetricsHandler"]

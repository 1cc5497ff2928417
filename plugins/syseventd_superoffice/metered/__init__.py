"""The source `metered`: what was used this month of the services that are invoiced by use."""

from syseventd_superoffice.metered.events import KINDS
from syseventd_superoffice.metered.settings import MeteredSettings
from syseventd_superoffice.metered.source import GAUGES, create

__all__ = ["GAUGES", "KINDS", "MeteredSettings", "create"]

"""Which source is probed when: its pace, its turn among the others, and what it missed."""

from syseventd.scheduling.pace import PaceSettings
from syseventd.scheduling.scheduler import Scheduler
from syseventd.scheduling.slots import Limits

__all__ = ["Limits", "PaceSettings", "Scheduler"]

"""What plugin authors test with: one probe as the daemon runs it, and a whole daemon in a test."""

from syseventd.testing.daemon import RunningDaemon, catalogue_of, running_daemon
from syseventd.testing.probing import probe_once
from syseventd.testing.waiting import wait_until

__all__ = ["RunningDaemon", "catalogue_of", "probe_once", "running_daemon", "wait_until"]

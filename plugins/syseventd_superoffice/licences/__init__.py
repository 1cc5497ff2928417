"""The source `licences`: each owner's dates and seats, and what happens to them.

The way of a probe: `source` asks, `reading` or `online` reads the answer, `judging` says of each
owner what that means beside what `memory` holds; `ladder`, `expiry`, `seats`, `changes`,
`waiting` and `plan` are its rules, `server` and `asking` the licence server's part. `tab` draws
the Licences screen.
"""

from syseventd_superoffice.licences.kinds import GAUGES, KINDS
from syseventd_superoffice.licences.settings import LicencesSettings
from syseventd_superoffice.licences.source import Licences, create
from syseventd_superoffice.licences.tab import tables

__all__ = ["GAUGES", "KINDS", "Licences", "LicencesSettings", "create", "tables"]

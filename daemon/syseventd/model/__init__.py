"""The words of syseventd: what a source reports, and what becomes of it. All of it is immutable."""

from syseventd.model.history import NO_MEMORY, Advance, Event, Known, Step, Transition
from syseventd.model.names import EventKey, SourceId, Target
from syseventd.model.pictures import LARGEST_PICTURE, LONGEST_SIDE, Picture
from syseventd.model.probes import FAILURES, NO_FACTS, Outcome, ProbeResult, Snapshot
from syseventd.model.reported import (
    Ending,
    EndReason,
    Expiry,
    Measurement,
    Meter,
    Observation,
    Problem,
    Seats,
)
from syseventd.model.times import EARLIEST, LATEST, NEVER, Timestamp

__all__ = [
    "EARLIEST",
    "FAILURES",
    "LARGEST_PICTURE",
    "LATEST",
    "LONGEST_SIDE",
    "NEVER",
    "NO_FACTS",
    "NO_MEMORY",
    "Advance",
    "EndReason",
    "Ending",
    "Event",
    "EventKey",
    "Expiry",
    "Known",
    "Measurement",
    "Meter",
    "Observation",
    "Outcome",
    "Picture",
    "ProbeResult",
    "Problem",
    "Seats",
    "Snapshot",
    "SourceId",
    "Step",
    "Target",
    "Timestamp",
    "Transition",
]

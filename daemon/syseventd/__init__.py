"""syseventd: the words, the errors and the hook marker that plugins are written with."""

from pluggy import HookimplMarker

from syseventd.errors import (
    Malformed,
    NotAvailable,
    Paused,
    ProbeEnded,
    ProbeFailed,
    SyseventdError,
    Throttled,
    TimedOut,
    Unauthorized,
    Unreachable,
)
from syseventd.model import (
    NEVER,
    Event,
    EventKey,
    Expiry,
    Meter,
    Observation,
    Outcome,
    Problem,
    Seats,
    Snapshot,
    SourceId,
    Step,
    Target,
    Timestamp,
    Transition,
)

hookimpl = HookimplMarker("syseventd")

__all__ = [
    "NEVER",
    "Event",
    "EventKey",
    "Expiry",
    "Malformed",
    "Meter",
    "NotAvailable",
    "Observation",
    "Outcome",
    "Paused",
    "ProbeEnded",
    "ProbeFailed",
    "Problem",
    "Seats",
    "Snapshot",
    "SourceId",
    "Step",
    "SyseventdError",
    "Target",
    "Throttled",
    "TimedOut",
    "Timestamp",
    "Transition",
    "Unauthorized",
    "Unreachable",
    "hookimpl",
]

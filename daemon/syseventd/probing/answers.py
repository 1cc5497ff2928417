"""What became of asking a source: whatever it returned, raised or failed to do, as one value."""

from __future__ import annotations

import math
import traceback
from datetime import UTC, datetime
from typing import NamedTuple

from syseventd.errors import ProbeEnded, TimedOut, kind_and_text_of, on_one_line, text_of
from syseventd.model import Outcome, Snapshot, Timestamp
from syseventd.probing.checking import fault_of
from syseventd.probing.cutting import bounded


class Answer(NamedTuple):
    """How asking a source ended. Made of plain values, so that it crosses between processes.

    `bug` is the traceback where the source raised what is no answer; its author needs it.
    """

    outcome: Outcome
    snapshot: Snapshot | None = None
    reason: str = ""
    retry_after: float | None = None
    bug: str = ""


def returned(value: object) -> Answer:
    """The answer of a source that returned `value`."""
    fault = fault_of(value)
    if fault:
        return Answer(Outcome.ERROR, reason=fault)
    assert isinstance(value, Snapshot)  # noqa: S101 - the type checker's, fault_of saw to it
    return Answer(Outcome.OK, bounded(value))


def raised(error: BaseException) -> Answer:
    """The answer of a source that raised `error`."""
    if isinstance(error, ProbeEnded):
        retry_after = _seconds(getattr(error, "retry_after", None))
        return Answer(error.outcome, None, text_of(error), retry_after)
    bug = "".join(traceback.format_exception(error))
    return Answer(Outcome.ERROR, reason=kind_and_text_of(error), bug=bug)


def timed_out(seconds: float) -> Answer:
    """The answer of a source that gave none within `seconds`."""
    return Answer(Outcome.TIMEOUT, reason=str(TimedOut(seconds)))


def still_running(since: Timestamp) -> Answer:
    """The answer of a source that was not asked, because an earlier probe of it hangs."""
    when = datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return Answer(Outcome.TIMEOUT, reason=f"the probe begun at {when} is still running")


def broken(reason: str, bug: str = "") -> Answer:
    """The answer of a source that could not be asked, or broke while it was."""
    return Answer(Outcome.ERROR, reason=on_one_line(reason), bug=bug)


def _seconds(value: object) -> float | None:
    """`value` where it is a length of time, else None: it may be what a server sent."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if math.isfinite(value) and value >= 0 else None
    return None

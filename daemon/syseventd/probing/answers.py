"""What became of asking a source: whatever it returned, raised or failed to do, as one value."""

from __future__ import annotations

import math
import traceback
from datetime import UTC, datetime
from typing import NamedTuple

from syseventd.errors import ProbeEnded, TimedOut
from syseventd.model import Outcome, Snapshot, Timestamp
from syseventd.probing.checking import bounded, fault_of

LONGEST_REASON = 500
"""Characters of a reason that are kept: it is shown on a line of a page or a log."""


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
        return Answer(error.outcome, None, _text_of(error), retry_after)
    text, kind = _text_of(error), type(error).__name__
    bug = "".join(traceback.format_exception(error))
    return Answer(Outcome.ERROR, reason=_trim(f"{kind}: {text}" if text else kind), bug=bug)


def timed_out(seconds: float) -> Answer:
    """The answer of a source that gave none within `seconds`."""
    return Answer(Outcome.TIMEOUT, reason=str(TimedOut(seconds)))


def still_running(since: Timestamp) -> Answer:
    """The answer of a source that was not asked, because an earlier probe of it hangs."""
    when = datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return Answer(Outcome.TIMEOUT, reason=f"the probe begun at {when} is still running")


def broken(reason: str, bug: str = "") -> Answer:
    """The answer of a source that could not be asked, or broke while it was."""
    return Answer(Outcome.ERROR, reason=_trim(reason), bug=bug)


def _text_of(error: BaseException) -> str:
    try:
        return _trim(str(error))
    except Exception as second:  # a plugin's __str__ is a plugin's code
        return f"{type(error).__name__}, whose text can't be had: {type(second).__name__}"


def _trim(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 1] + "…"


def _seconds(value: object) -> float | None:
    """`value` where it is a length of time, else None: it may be what a server sent."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if math.isfinite(value) and value >= 0 else None
    return None

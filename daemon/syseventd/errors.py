"""What can go wrong, by name. A class's docstring is its message, its fields are the facts."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, fields
from typing import ClassVar

from syseventd.model import Outcome


@dataclass(eq=False)
class SyseventdError(Exception):
    """syseventd can't go on"""

    def __str__(self) -> str:
        facts = {f.name: getattr(self, f.name) for f in fields(self)}
        # A plugin's subclass without words of its own says what its base would.
        return (inspect.getdoc(type(self)) or type(self).__name__).format(**facts)

    def __reduce__(self) -> tuple[type[SyseventdError], tuple[object, ...]]:
        # Sources in processes of their own send their errors home, so errors must pickle.
        return type(self), tuple(getattr(self, f.name) for f in fields(self))


# --- what a probe may end in; a source raises these -------------------------------------------


@dataclass(eq=False)
class ProbeEnded(SyseventdError):
    """the probe ended without a snapshot"""

    outcome: ClassVar[Outcome] = Outcome.ERROR


@dataclass(eq=False)
class NotAvailable(ProbeEnded):
    """not available here: {reason}"""

    reason: str
    outcome: ClassVar[Outcome] = Outcome.NOT_AVAILABLE


@dataclass(eq=False)
class Paused(ProbeEnded):
    """paused: {reason}"""

    reason: str
    retry_after: float | None = None
    outcome: ClassVar[Outcome] = Outcome.PAUSED


@dataclass(eq=False)
class TimedOut(ProbeEnded):
    """no answer within {seconds:g} s"""

    seconds: float
    outcome: ClassVar[Outcome] = Outcome.TIMEOUT


@dataclass(eq=False)
class Unreachable(ProbeEnded):
    """{where} can't be reached: {reason}"""

    where: str
    reason: str
    outcome: ClassVar[Outcome] = Outcome.UNREACHABLE


@dataclass(eq=False)
class Unauthorized(ProbeEnded):
    """{where} refused the login: {reason}"""

    where: str
    reason: str
    outcome: ClassVar[Outcome] = Outcome.UNAUTHORIZED


@dataclass(eq=False)
class Throttled(ProbeEnded):
    """{where} asked to be left alone: {reason}"""

    where: str
    reason: str
    retry_after: float | None = None
    outcome: ClassVar[Outcome] = Outcome.THROTTLED


@dataclass(eq=False)
class Malformed(ProbeEnded):
    """{where} sent what can't be read: {reason}"""

    where: str
    reason: str
    outcome: ClassVar[Outcome] = Outcome.MALFORMED


@dataclass(eq=False)
class ProbeFailed(ProbeEnded):
    """{where} failed: {reason}"""

    where: str
    reason: str
    outcome: ClassVar[Outcome] = Outcome.ERROR


# --- what a stranger's code raises --------------------------------------------------------------

LONGEST_REASON = 500
"""Characters of a reason that are kept: it is shown on a line of a page or a log."""


def text_of(error: BaseException) -> str:
    """What `error` says, on one line. Never raises, though a stranger wrote its `__str__`."""
    try:
        return on_one_line(str(error))
    except BaseException as second:  # whatever it is, it is not meant for us
        return f"{type(error).__name__}, whose text can't be had: {type(second).__name__}"


def kind_and_text_of(error: BaseException) -> str:
    """Its type and what it says, on one line. Never raises."""
    text, kind = text_of(error), type(error).__name__
    return on_one_line(f"{kind}: {text}" if text else kind)


def on_one_line(text: str) -> str:
    """`text` without its line breaks, cut at the longest reason."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 1] + "…"


# --- what a person can mend -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in the configuration: the dotted place, what is wrong, what to write."""

    place: str
    problem: str

    def __str__(self) -> str:
        text = f"{self.place}: {self.problem}" if self.place else self.problem
        # It may quote what stands in the file, and a terminal obeys control characters.
        return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


@dataclass(eq=False)
class ConfigInvalid(SyseventdError):
    """the configuration has faults, each with its place"""

    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


@dataclass(eq=False)
class PluginRefused(SyseventdError):
    """plugin {plugin} was refused: {reason}"""

    plugin: str
    reason: str


@dataclass(eq=False)
class StoreUnusable(SyseventdError):
    """the store {store} can't be used: {reason}"""

    store: str
    reason: str


@dataclass(eq=False)
class NotStorable(SyseventdError):
    """what {source} reports can't be stored: {reason}"""

    source: str
    reason: str


@dataclass(eq=False)
class CannotListen(SyseventdError):
    """can't listen on {address}: {reason}"""

    address: str
    reason: str


@dataclass(eq=False)
class NoSuchSource(SyseventdError):
    """there is no {name}; there are: {known}"""

    name: str
    known: str


@dataclass(eq=False)
class DaemonUnreachable(SyseventdError):
    """no daemon answers at {address}: {reason}"""

    address: str
    reason: str


@dataclass(eq=False)
class TaskDied(SyseventdError):
    """the {task} task died: {reason}"""

    task: str
    reason: str

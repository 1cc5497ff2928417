"""Mistakes of plugins' authors. A type checker must refuse each marked line, and no other."""

from __future__ import annotations

from syseventd import Observation, Snapshot, Target, Unreachable
from syseventd.interface import Isolation, SinkType, Source, SourceType, Tab, TargetType, TargetView
from syseventd.settings import Settings, SourceSettings


class Dull:
    """Has nothing to be asked."""


class Talkative:
    """Answers with text."""

    def probe(self) -> str:
        return "all is well"


class Demanding:
    """Wants an argument."""

    def probe(self, deadline: float) -> Snapshot:
        return Snapshot()


def create(target: Target, connection: None, settings: SourceSettings) -> Dull:
    return Dull()


def table(view: TargetView) -> list[str]:
    return []


DULL: Source = Dull()  # refused: assignment
TALKATIVE: Source = Talkative()  # refused: assignment
DEMANDING: Source = Demanding()  # refused: assignment

TargetType("x", dict)  # refused: arg-type
SourceType("x", "y", create)  # refused: arg-type
SourceType("x", "y", lambda target, connection, settings: None)  # refused: arg-type, return-value
SourceType("x", "y", create, Settings)  # refused: arg-type
SourceType("x", "y", create, interval="60s")  # refused: arg-type
SourceType("x", "y", create, isolation="process")  # refused: arg-type
SourceType("x", "y", create, isolation=Isolation.PROCES)  # refused: arg-type, attr-defined
SinkType("x", Settings, create)  # refused: arg-type
Tab("x", "X", "y", table)  # refused: arg-type

Snapshot([Observation("1", "job", "Job")])  # refused: arg-type
Observation(1, "job", "Job")  # refused: arg-type
Observation("1", "job")  # refused: call-arg
Observation("1", "job", "Job").name = "Other"  # refused: misc
Unreachable("crm")  # refused: call-arg

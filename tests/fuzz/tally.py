"""What came of the replies so far, and the error that says which of them brought what none may."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field

from syseventd import Outcome
from syseventd.probing.answers import Answer


class FuzzError(AssertionError):
    """A reply brought an outcome that none may bring."""


@dataclass
class Tally:
    """What came of the replies so far: the outcomes of probes, and those of each way to log in."""

    replies: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    logins: Counter[tuple[str, str]] = field(default_factory=Counter)


def check(asked: str, answer: Answer, allowed: Container[Outcome]) -> None:
    """Raises FuzzError for an outcome that none of the `allowed` ones is, or a fault of ours."""
    if answer.outcome not in allowed or answer.bug:
        raise FuzzError(f"{asked}: {answer.outcome}: {answer.reason}\n{answer.bug}")

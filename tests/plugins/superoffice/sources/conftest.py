"""An installation whose answers a test sets one by one, to ask a source without any network."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from syseventd import NotAvailable, Snapshot
from syseventd_superoffice.access import Document, Listing
from syseventd_superoffice.connection import Connection

LISTINGS = {"system_events", "batch_tasks", "server_processes", "prototypes", "schedules"}


@dataclass
class Answers:
    """An Access: each question answers with what a test set for it, or raises it.

    A list becomes a Listing where rows are asked for, anything else a Document. What was not
    set is not available. `asked` counts the questions.
    """

    user: str = "monitor"
    set: dict[str, Any] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)

    def __getattr__(self, question: str) -> Any:
        if question.startswith("_"):
            raise AttributeError(question)

        async def answer(*_: object) -> Any:
            self.asked[question] += 1
            value = self.set.get(question, NotAvailable(f"nobody set {question}"))
            if isinstance(value, BaseException):
                raise value
            if isinstance(value, Listing | Document | bool):
                return value
            if question in LISTINGS:
                return Listing(tuple(value), where=question)
            return Document(value, where=question)

        return answer

    async def aclose(self) -> None:
        """Nothing is open."""


class Installation:
    """An installation that plays no more than its answers."""

    def __init__(self) -> None:
        self.access = Answers()
        self.connection = Connection(self.access)

    def answers(self, **answers: Any) -> None:
        """Sets answers by the names of questions; an exception is raised."""
        self.access.set |= answers

    def probe(self, source: Any, memory: Mapping[str, str] | None = None) -> Snapshot:
        """One probe, as the daemon does it. Raises what the probe raises."""
        if memory is not None:
            source.recall(memory)
        snapshot = asyncio.run(source.probe())
        assert isinstance(snapshot, Snapshot)
        return snapshot


@pytest.fixture
def installation() -> Installation:
    return Installation()

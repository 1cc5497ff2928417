"""What could not be asked: by target, then by cause, each cause told once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from syseventd.board import SourceRecord, SourceState, unseen_summary
from syseventd.model import Outcome, Timestamp
from syseventd.web.causes import by_cause
from syseventd.web.paging import Page, cut

NAMED = 10
"""How many targets are named."""


@dataclass(frozen=True, slots=True)
class Since:
    """When an outage was seen first. `at_least`: it may be older, for nothing had answered yet.

    After a start nobody can know what was before.
    """

    at: Timestamp
    at_least: bool


@dataclass(frozen=True, slots=True)
class Cause:
    """Why some sources of one target can't be asked: by outcome, and in words where there are."""

    outcome: Outcome | None
    reason: str
    sources: Sequence[str]
    since: Since


@dataclass(frozen=True, slots=True)
class Trouble:
    """A target some of whose sources can't be asked, the commonest cause first.

    `lost` are so many of its `total` sources. `in_part` are those that answer, while not all of
    it could be read.
    """

    target: str
    causes: Sequence[Cause]
    since: Since
    lost: int
    total: int
    in_part: Sequence[str]


@dataclass(frozen=True, slots=True)
class Unseen:
    """The targets that could not be asked: how many, since when, and why, by outcome.

    `partly`: some of them have a source that does answer. `paused` are the targets that said
    that they can't be asked now, and are no trouble.
    """

    targets: int
    since: Since | None
    reasons: Sequence[tuple[str, int]]
    partly: bool
    failing: Page[Trouble]
    paused: Page[Trouble]


def unseen(records: Sequence[SourceRecord]) -> Unseen:
    """What of these sources could not be asked."""
    targets, _, reasons = unseen_summary(records)
    by_target: dict[str, list[SourceRecord]] = {}
    for record in records:
        by_target.setdefault(record.source.target, []).append(record)
    failing = [record for record in records if record.state is SourceState.FAILING]
    names = {record.source.target for record in failing}
    return Unseen(
        targets,
        _since(failing) if failing else None,
        reasons.most_common(),
        any(r.state is SourceState.OK for name in names for r in by_target[name]),
        _troubles(by_target, SourceState.FAILING),
        _troubles(by_target, SourceState.PAUSED),
    )


def _troubles(by_target: dict[str, list[SourceRecord]], state: SourceState) -> Page[Trouble]:
    """The targets with a source in this state, the one that is so for longest first."""
    firsts = [
        (min(record.since for record in lost), name)
        for name, records in by_target.items()
        if (lost := [record for record in records if record.state is state])
    ]
    named = cut(sorted(firsts), NAMED)
    return named.map(lambda first: _trouble(first[1], by_target[first[1]], state))


def _trouble(name: str, records: Sequence[SourceRecord], state: SourceState) -> Trouble:
    lost = [record for record in records if record.state is state]
    return Trouble(
        name,
        [_cause(reason, alike) for reason, alike in by_cause(lost, _told)],
        _since(lost),
        len(lost),
        sum(record.state is not SourceState.UNAVAILABLE for record in records),
        [r.source.source for r in records if r.state is SourceState.OK and r.problems],
    )


def _cause(reason: str, records: Sequence[SourceRecord]) -> Cause:
    names = [record.source.source for record in records]
    return Cause(records[0].outcome, reason, names, _since(records))


def _told(record: SourceRecord) -> tuple[str, str]:
    return str(record.outcome), record.reason


def _since(records: Iterable[SourceRecord]) -> Since:
    """Since the first of these; at least, where one of them has never answered."""
    lost = list(records)
    return Since(
        min(record.since for record in lost),
        any(record.last_success is None for record in lost),
    )

"""Every metric family that is derived from the board: its name, labels, help and rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from syseventd.board import Board, SourceRecord, SourceState
from syseventd.instruments import OTHER
from syseventd.model import FAILURES, Event, Target

Row = tuple[tuple[str, ...], float]
"""The values of a family's labels after target and source (or target alone), and the value."""


@dataclass(frozen=True, slots=True)
class Scrape:
    """What the rows of one scrape are made with."""

    kinds: frozenset[str]
    now: float

    def kind_of(self, event: Event) -> str:
        kind = event.observation.kind
        return kind if kind in self.kinds else OTHER


@dataclass(frozen=True, slots=True)
class Family:
    """One metric family with rows for each source.

    `labels` are those after `target` (and `source`, where `by_source`). `rows(record, scrape)`
    yields their values and the sample's; None for each thing that it looked at and that gives no
    row, so that its work can be counted. `made_of(record, scrape)` is the object that the rows
    depend on: while it is the same one, the rows are the same. None: they change all the time.
    """

    name: str
    type: str
    help: str
    labels: tuple[str, ...]
    rows: Callable[[SourceRecord, Scrape], Iterable[Row | None]]
    made_of: Callable[[SourceRecord, Scrape], object] | None
    by_source: bool = True
    per_item: bool = False
    """Whether it has a series for each thing that is watched, so that the limit applies."""
    per_scope: bool = False
    """Whether it has a series for each scope, which is a plugin's text: as many may be, besides."""
    row_of: Callable[[Event, Scrape], Row | None] | None = None
    """The row of one event, where `rows` are those of the open events: the same event, the same
    row."""

    @property
    def label_names(self) -> tuple[str, ...]:
        return ("target", "source", *self.labels) if self.by_source else ("target", *self.labels)

    @property
    def sample_name(self) -> str:
        return self.name + "_total" if self.type == "counter" else self.name


def _events(record: SourceRecord, scrape: Scrape) -> Iterator[Row | None]:
    counts: dict[tuple[str, str, str], int] = {}
    for event in record.known.events.values():
        observation = event.observation
        said = (observation.kind, observation.scope, event.state)
        counts[said] = counts.get(said, 0) + 1
        yield None
    shown: dict[tuple[str, ...], int] = {}
    for (kind, *rest), count in counts.items():
        labels = (kind if kind in scrape.kinds else OTHER, *rest)
        shown[labels] = shown.get(labels, 0) + count
    yield from shown.items()


def _event_labels(event: Event, scrape: Scrape) -> tuple[str, ...]:
    return (scrape.kind_of(event), event.observation.scope, event.observation.key)


def _started(event: Event, scrape: Scrape) -> Row:
    return _event_labels(event, scrape), event.began_at


def _expected_end(event: Event, scrape: Scrape) -> Row | None:
    expected_end = event.observation.expected_end
    return None if expected_end is None else (_event_labels(event, scrape), expected_end)


def _progress(event: Event, scrape: Scrape) -> Row | None:
    progress = event.observation.progress
    return None if progress is None else (_event_labels(event, scrape), progress)


def _expiries(record: SourceRecord, scrape: Scrape) -> Iterator[Row]:
    for expiry in record.known.expiries:
        yield (expiry.kind, expiry.name), expiry.at


def _not_before(record: SourceRecord, scrape: Scrape) -> Iterator[Row]:
    for expiry in record.known.expiries:
        if expiry.not_before is not None:
            yield (expiry.kind, expiry.name), expiry.not_before


def _certificates(record: SourceRecord, scrape: Scrape) -> Iterator[Row]:
    for expiry in record.known.expiries:
        if expiry.kind == "certificate":
            yield (expiry.name, expiry.subject, expiry.issuer, expiry.serial), 1


def _seats_used(record: SourceRecord, scrape: Scrape) -> Iterator[Row]:
    if record.snapshot is not None and record.fresh(scrape.now):
        for seats in record.snapshot.seats:
            if seats.used is not None:
                yield (seats.owner, seats.licence), seats.used


def _seats_limit(record: SourceRecord, scrape: Scrape) -> Iterator[Row]:
    if record.snapshot is not None and record.fresh(scrape.now):
        for seats in record.snapshot.seats:
            if seats.limit is not None:
                yield (seats.owner, seats.licence), seats.limit


def _meter_used(record: SourceRecord, scrape: Scrape) -> Iterator[Row]:
    if record.snapshot is not None and record.fresh(scrape.now):
        for meter in record.snapshot.meters:
            yield (meter.name,), meter.used


def _meter_threshold(record: SourceRecord, scrape: Scrape) -> Iterator[Row]:
    if record.snapshot is not None and record.fresh(scrape.now):
        for meter in record.snapshot.meters:
            if meter.threshold is not None:
                yield (meter.name,), meter.threshold


_SHOWN_STATES = (
    SourceState.OK,
    SourceState.FAILING,
    SourceState.PAUSED,
    SourceState.UNAVAILABLE,
)


def _source_state(record: SourceRecord, scrape: Scrape) -> Iterator[Row]:
    for state in _SHOWN_STATES:
        yield (state,), record.state is state


def _probe_success(record: SourceRecord, scrape: Scrape) -> Iterator[Row]:
    if record.state in (SourceState.OK, SourceState.FAILING):
        yield (), record.state is SourceState.OK


def _last_success(record: SourceRecord, scrape: Scrape) -> Iterator[Row]:
    if record.last_success is not None:
        yield (), record.last_success


def _probes(record: SourceRecord, scrape: Scrape) -> Iterator[Row]:
    yield (), record.probes


def _failures(record: SourceRecord, scrape: Scrape) -> Iterator[Row]:
    for reason in sorted(FAILURES):
        yield (reason,), record.failures.get(reason, 0)


def _problems(record: SourceRecord, scrape: Scrape) -> Iterator[Row]:
    yield (), len(record.problems)


def _transitions(record: SourceRecord, scrape: Scrape) -> Iterator[Row]:
    counts: dict[tuple[str, ...], int] = {}
    for (kind, step), count in record.steps.items():
        labels = (kind if kind in scrape.kinds else OTHER, str(step))
        counts[labels] = counts.get(labels, 0) + count
    yield from counts.items()


def _made_of_events(record: SourceRecord, scrape: Scrape) -> object:
    return record.known.events


def _made_of_expiries(record: SourceRecord, scrape: Scrape) -> object:
    return record.known.expiries


def _made_of_measurements(record: SourceRecord, scrape: Scrape) -> object:
    return record.snapshot if record.fresh(scrape.now) else None


OBSERVED = "As observed by probes, so as old as the source's interval; see probe_last_success."
_FACT = "A fact that stays while probes fail."


def _of_each_event(name: str, text: str, row_of: Callable[[Event, Scrape], Row | None]) -> Family:
    """A family with at most one row for each open event."""

    def rows(record: SourceRecord, scrape: Scrape) -> Iterator[Row | None]:
        for event in record.known.events.values():
            yield row_of(event, scrape)

    return Family(
        name,
        "gauge",
        f"{text} {OBSERVED}",
        ("kind", "scope", "key"),
        rows,
        _made_of_events,
        per_item=True,
        row_of=row_of,
    )


FAMILIES: tuple[Family, ...] = (
    Family(
        "syseventd_source_state",
        "gauge",
        "1 for the state that holds of a source, else 0.",
        ("state",),
        _source_state,
        None,
    ),
    Family(
        "syseventd_probe_success",
        "gauge",
        "Whether the last probe succeeded; absent while the source is unavailable or paused.",
        (),
        _probe_success,
        None,
    ),
    Family(
        "syseventd_probe_last_success_timestamp_seconds",
        "gauge",
        "When the last successful probe ended.",
        (),
        _last_success,
        None,
    ),
    Family("syseventd_probes", "counter", "Probes that ended.", (), _probes, None),
    Family(
        "syseventd_probe_failures",
        "counter",
        "Probes that failed, by reason.",
        ("reason",),
        _failures,
        None,
    ),
    Family(
        "syseventd_snapshot_problems",
        "gauge",
        "Things that the newest snapshot could not read, while the rest went on.",
        (),
        _problems,
        None,
    ),
    Family(
        "syseventd_event_transitions",
        "counter",
        "Steps in the lives of events since the daemon started.",
        ("kind", "transition"),
        _transitions,
        None,
    ),
    Family(
        "syseventd_expiry_timestamp_seconds",
        "gauge",
        f"When something stops to hold; +Inf is never. {_FACT}",
        ("kind", "name"),
        _expiries,
        _made_of_expiries,
        by_source=False,
        per_item=True,
    ),
    Family(
        "syseventd_not_before_timestamp_seconds",
        "gauge",
        f"When what expires begins to hold. {_FACT}",
        ("kind", "name"),
        _not_before,
        _made_of_expiries,
        by_source=False,
        per_item=True,
    ),
    Family(
        "syseventd_certificate_info",
        "gauge",
        f"1, with whom the certificate names. {_FACT}",
        ("name", "subject", "issuer", "serial"),
        _certificates,
        _made_of_expiries,
        by_source=False,
        per_item=True,
    ),
    Family(
        "syseventd_licence_seats_used",
        "gauge",
        f"Seats of a licence in use. {OBSERVED}",
        ("licence_owner", "licence"),
        _seats_used,
        _made_of_measurements,
        by_source=False,
        per_item=True,
    ),
    Family(
        "syseventd_licence_seats_limit",
        "gauge",
        f"Seats of a licence that may be used; absent where unrestricted. {OBSERVED}",
        ("licence_owner", "licence"),
        _seats_limit,
        _made_of_measurements,
        by_source=False,
        per_item=True,
    ),
    Family(
        "syseventd_meter_used",
        "gauge",
        f"What was used of a metered service in this period. {OBSERVED}",
        ("meter",),
        _meter_used,
        _made_of_measurements,
        by_source=False,
        per_item=True,
    ),
    Family(
        "syseventd_meter_threshold",
        "gauge",
        f"What may be used of a metered service before it costs more. {OBSERVED}",
        ("meter",),
        _meter_threshold,
        _made_of_measurements,
        by_source=False,
        per_item=True,
    ),
    Family(
        "syseventd_events",
        "gauge",
        f"Open events. {OBSERVED}",
        ("kind", "scope", "state"),
        _events,
        _made_of_events,
        per_scope=True,
    ),
    _of_each_event(
        "syseventd_event_started_timestamp_seconds",
        "When an open event began, as its source says.",
        _started,
    ),
    _of_each_event(
        "syseventd_event_expected_end_timestamp_seconds",
        "When an open event should end; absent where nobody says.",
        _expected_end,
    ),
    _of_each_event(
        "syseventd_event_progress_ratio",
        "How far an open event has come, from 0 to 1.",
        _progress,
    ),
)

TARGET_INFO = (
    "syseventd_target_info",
    "1, with what is known of a target.",
    ("target", "type", "version", "serial", "database_type"),
)


def target_info(board: Board, target: Target) -> Row:
    """One target's row, with the facts that its sources' newest snapshots tell."""
    facts: dict[str, str] = {}
    for record in board.records(target.name):
        if record.snapshot is not None:
            facts.update(record.snapshot.facts)
    known = (facts.get("version", ""), facts.get("serial", ""), facts.get("database_type", ""))
    return (target.name, target.type, *known), 1


def scrape_of(kinds: frozenset[str]) -> Scrape:
    """The frame of a scrape that happens now."""
    return Scrape(kinds, time.time())

"""The steps in an event's life, as its page tells them: what became what, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeGuard

from syseventd.model import EARLIEST, LATEST, Timestamp, Transition
from syseventd.web.paging import Page, cut

MOST = 200
"""How many steps the page shows."""

Said: TypeAlias = Literal["time", "share", "stalled", "text"]

_TIMES = frozenset({"activated_at", "expected_end"})


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed. `field` names it in the model; `heading` is a column of a plugin's.

    `said` is how `old` and `new` are told: times in Unix seconds, shares, text; None is unknown.
    """

    field: str
    heading: str
    said: Said
    old: float | str | None
    new: float | str | None


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step, when it was, and what it changed."""

    step: str
    at: Timestamp
    changes: Sequence[Change]


def step_page(transitions: Sequence[Transition]) -> Page[StepRow]:
    """The steps of one event, the newest first."""
    return cut(reversed(transitions), MOST).map(_row)


def _row(transition: Transition) -> StepRow:
    changes = [
        change
        for field, (old, new) in transition.changes.items()
        for change in _changes(field, old, new)
    ]
    return StepRow(transition.step, transition.at, changes)


def _changes(field: str, old: object, new: object) -> Iterator[Change]:
    both = (old, new)
    if field == "details":
        before, after = _headings(old), _headings(new)
        for heading in dict.fromkeys((*before, *after)):
            if before.get(heading) != after.get(heading):
                yield Change(field, heading, "text", before.get(heading), after.get(heading))
    elif field == "stalled":
        yield Change(field, "", "stalled", bool(old), bool(new))
    elif field in _TIMES and _are_within(both, EARLIEST, LATEST):
        yield Change(field, "", "time", *both)
    elif field == "progress" and _are_within(both, 0.0, 1.0):
        yield Change(field, "", "share", *both)
    else:
        yield Change(field, "", "text", _text(old), _text(new))


def _are_within(
    values: tuple[object, object], least: float, most: float
) -> TypeGuard[tuple[float | None, float | None]]:
    """Whether both are numbers in these bounds, or unknown."""
    return all(v is None or (isinstance(v, int | float) and least <= v <= most) for v in values)


def _headings(details: object) -> dict[str, str]:
    """The texts of all details by their headings; those of one heading together."""
    found: dict[str, str] = {}
    pairs = details if isinstance(details, list | tuple) else ()
    for pair in pairs:
        heading, text = map(str, pair)
        found[heading] = f"{found[heading]}, {text}" if heading in found else text
    return found


def _text(value: object) -> str | None:
    """Names that stand beside each other in their order; what is empty is unknown."""
    if isinstance(value, frozenset | set | list | tuple):
        return ", ".join(sorted(map(str, value))) or None
    return None if value is None else str(value) or None

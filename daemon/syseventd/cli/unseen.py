"""What a list of events can't tell: the targets that could not be asked, in a line or two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from syseventd.cli.client import Health, SourceHealth, Watched
from syseventd.cli.words import counted
from syseventd.web import by_cause

NAMED = 10
"""How many targets are told of by name; of more their number is told besides."""
ASKED = 50
"""How many targets are asked for since when and why."""


def worth_asking(watched: Watched) -> list[str]:
    """The targets that could not be asked, or are paused; none of a kind that has too many."""
    kinds = [_with_source(watched, "failing"), _with_source(watched, "paused")]
    return sorted({name for names in kinds if len(names) <= ASKED for name in names})


def watched_no_more(target: str) -> str:
    """The line for a target that was taken out of the configuration."""
    return f"{target} is not configured any more: these are its events from before"


def notes(
    watched: Watched, health: Mapping[str, Health], not_ready: str | None, address: str
) -> list[str]:
    """A line for each kind of thing that could not be seen.

    `health` is that of the targets which are worth asking for it, by name.
    """
    lines = [] if not_ready is None else [f"the daemon is not ready: {not_ready}"]
    if not watched.names:
        lines.append("nothing is watched: no target is configured")
    lines += _unwatched(watched.unwatched)
    lines += _unasked(watched, health, address)
    states = [
        state
        for name, sources in watched.sources.items()
        for state in sources.values()
        if name not in watched.unwatched
    ]
    if new := states.count("new"):
        verb = "has" if new == 1 else "have"
        sources = f"{new} of {counted(len(states), 'source', 'sources')}"
        lines.append(f"{sources} {verb} not been asked yet")
    return lines + _paused(watched, health, address)


def _with_source(watched: Watched, state: str) -> list[str]:
    """The targets with a source in this state."""
    return sorted(n for n, sources in watched.sources.items() if state in sources.values())


def _unwatched(reasons: Mapping[str, str]) -> list[str]:
    """The targets that can't be watched at all."""
    if len(reasons) <= NAMED:
        return [f"{name} can't be watched: {reason}" for name, reason in reasons.items()]
    name, reason = next(iter(reasons.items()))
    return [f"{len(reasons)} targets can't be watched, {name} among them: {reason}"]


def _unasked(watched: Watched, health: Mapping[str, Health], address: str) -> list[str]:
    """The targets that could not be asked, since when, and why."""
    failing = _with_source(watched, "failing")
    asked = f"{len(failing)} of {len(watched.sources)} targets could not be asked"
    if len(failing) > ASKED:
        return [f"{asked}; {address}/ says since when and why"]
    failures = _in_state(health, "failing")
    if not failures:
        return []
    lines = [_of_one(n, found, health[n]) for n, found in failures.items()]
    if len(lines) <= NAMED:
        return lines
    outcomes = Counter(found[0].outcome for found in failures.values())
    since = _earliest([source for found in failures.values() for source in found])
    return [f"{asked}{since}: {_counts(outcomes)}", *_first(lines, address)]


def _paused(watched: Watched, health: Mapping[str, Health], address: str) -> list[str]:
    """The targets that said that they can't be asked now, and why."""
    paused = _with_source(watched, "paused")
    if len(paused) > ASKED:
        return [f"{len(paused)} of {len(watched.sources)} targets are paused; {address}/ says why"]
    lines = [
        f"{name} is paused{_why(found, health[name])}"
        for name, found in _in_state(health, "paused").items()
    ]
    return _first(lines, address)


def _in_state(health: Mapping[str, Health], state: str) -> dict[str, list[SourceHealth]]:
    """Each target's sources in this state. Some may answer again by the time of a second look."""
    found = {
        name: [source for source in known.values() if source.state == state]
        for name, known in health.items()
    }
    return {name: sources for name, sources in found.items() if sources}


def _first(lines: Sequence[str], address: str) -> list[str]:
    """As many lines as are told, and where the rest can be seen."""
    more = [f"and {len(lines) - NAMED} more; {address}/ names them"] if len(lines) > NAMED else []
    return [*lines[:NAMED], *more]


def _of_one(name: str, failures: Sequence[SourceHealth], health: Health) -> str:
    in_full = " in full" if any(source.state == "ok" for source in health.values()) else ""
    return f"{name} could not be asked{in_full}{_earliest(failures)}{_why(failures, health)}"


def _why(lost: Sequence[SourceHealth], health: Health) -> str:
    """The commonest cause, how many sources are lost, and how many other causes there are."""
    (reason, alike), *others = by_cause(lost, lambda source: (source.outcome, source.reason))
    outcome = alike[0].outcome
    told = "" if outcome == "paused" and reason else f": {outcome}"
    why = f"{told}: {reason}" if reason else told
    more = f" (and {counted(len(others), 'other reason', 'other reasons')})" if others else ""
    total = sum(source.state != "unavailable" for source in health.values())
    share = f" ({len(lost)} of {total} sources)" if len(lost) < total else ""
    return f"{why}{more}{share}"


def _earliest(failures: Sequence[SourceHealth]) -> str:
    """Since when, to the second, in the form of the list's own times.

    At least: nobody knows what was before the start, where nothing has answered since.
    """
    at_least = "" if all(source.answered for source in failures) else "at least "
    return f" since {at_least}{min(source.since for source in failures)[:19]}Z"


def _counts(outcomes: Counter[str]) -> str:
    return ", ".join(f"{outcome} ({number})" for outcome, number in outcomes.most_common())

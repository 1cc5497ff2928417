"""What a list of events can't tell: the targets that could not be asked, in a line or two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from syseventd.cli.client import Health, SourceHealth, Watched
from syseventd.cli.words import counted

NAMED = 3
"""How many targets are told of by name; of more their number is told."""
ASKED = 50
"""How many targets are asked for since when and why."""


def worth_asking(watched: Watched) -> list[str]:
    """The targets that could not be asked; none where those are too many to look at each."""
    failing = _failing(watched)
    return failing if len(failing) <= ASKED else []


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
    if paused := states.count("paused"):
        one = "source is paused: its target said that it can't be asked now"
        many = "sources are paused: their targets said that they can't be asked now"
        lines.append(counted(paused, one, many))
    return lines


def _failing(watched: Watched) -> list[str]:
    return sorted(n for n, sources in watched.sources.items() if "failing" in sources.values())


def _unwatched(reasons: Mapping[str, str]) -> list[str]:
    """The targets that can't be watched at all."""
    if len(reasons) <= NAMED:
        return [f"{name} can't be watched: {reason}" for name, reason in reasons.items()]
    name, reason = next(iter(reasons.items()))
    return [f"{len(reasons)} targets can't be watched, {name} among them: {reason}"]


def _unasked(watched: Watched, health: Mapping[str, Health], address: str) -> list[str]:
    """The targets that could not be asked, since when, and why by outcome."""
    failing, total = _failing(watched), len(watched.sources)
    # Some may answer again by the time that they are looked at.
    failures = {name: found for name, known in health.items() if (found := _failures(known))}
    if len(failing) <= NAMED:
        return [_of_one(n, found, watched.sources[n]) for n, found in failures.items()]
    asked = f"{len(failing)} of {total} targets could not be asked"
    if len(failing) > ASKED:
        return [f"{asked}; {address}/ says since when and why"]
    if not failures:
        return []
    outcomes = Counter(found[0].outcome for found in failures.values())
    since = _earliest(source for found in failures.values() for source in found)
    return [f"{asked}{since}: {_counts(outcomes)}"]


def _failures(health: Health) -> list[SourceHealth]:
    """The sources of a target that could not be asked."""
    return [source for source in health.values() if source.state == "failing"]


def _of_one(name: str, failures: Sequence[SourceHealth], states: Mapping[str, str]) -> str:
    outcomes = Counter(source.outcome for source in failures)
    reasons = {source.reason for source in failures}
    why = f" ({reason})" if len(reasons) == 1 and (reason := reasons.pop()) else ""
    in_full = " in full" if "ok" in states.values() else ""
    shown = next(iter(outcomes)) if len(outcomes) == 1 else _counts(outcomes)
    return f"{name} could not be asked{in_full}{_earliest(failures)}: {shown}{why}"


def _earliest(failures: Iterable[SourceHealth]) -> str:
    """Since when, to the second, in the form of the list's own times."""
    return f" since {min(source.since for source in failures)[:19]}Z"


def _counts(outcomes: Counter[str]) -> str:
    return ", ".join(f"{outcome} ({number})" for outcome, number in outcomes.most_common())

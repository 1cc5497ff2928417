"""What changed of an installation since it was last seen: told as news. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping

from syseventd.interface import EventKind, Severity
from syseventd_superoffice.news import News
from syseventd_superoffice.remembered import NOT_OURS

CHANGES = (
    ("version", "version-changed", "Version changed"),
    ("serial", "serial-changed", "Serial number changed"),
    ("company", "company-changed", "Company name changed"),
)
"""The facts whose change is told, with the kind and the name of what is told."""

ADDED = "satellite-added"
REMOVED = "satellite-removed"

KINDS = (
    EventKind(
        "version-changed",
        "Version changed",
        "Users may see something new, and lose nothing that is known.",
        severity=Severity.INFO,
    ),
    EventKind(
        "serial-changed",
        "Serial number changed",
        "Licences go by another serial number: some may be missing.",
    ),
    EventKind(
        "company-changed",
        "Company name changed",
        "Users notice nothing; licences are issued to another name.",
        severity=Severity.INFO,
    ),
    EventKind(
        ADDED,
        "Satellite added",
        "Users notice nothing: there is one satellite more.",
        severity=Severity.INFO,
    ),
    EventKind(
        REMOVED,
        "Satellite removed",
        "Nobody can work on that satellite any more.",
    ),
)

SATELLITES = "last:satellites"
"""The name under which the memory holds the ids of the satellites."""


def tell_facts(
    seen: Mapping[str, Mapping[str, str]], memory: Mapping[str, str], news: News
) -> dict[str, str]:
    """Tells which facts changed; returns what must be remembered of them.

    `seen` has the facts by who told them. What two of them call by different names is no change:
    each is compared with what it said itself, and the first that says anything is believed.
    """
    known = {name: text for name, text in memory.items() if name.startswith("last:")}
    for fact, kind, title in CHANGES:
        believed = False
        for teller, facts in seen.items():
            if fact not in facts:
                continue
            name, now = f"last:{fact}:{teller}", facts[fact]
            before, known[name] = known.get(name, now), now
            if before != now and not believed:
                details = (("From", before), ("To", now))
                news.tell(kind, kind, title, f"from {before} to {now}", details)
            believed = True
    return known


def tell_satellites(
    seen: frozenset[str] | None, memory: Mapping[str, str], news: News
) -> dict[str, str]:
    """Tells which satellites came and went; `seen` is None where they can't be read."""
    if seen is None:
        return {}
    before = _remembered(memory)
    if before is not None:
        for number in sorted(seen - before):
            news.tell(f"{ADDED}:{number}", ADDED, "Satellite added", f"Satellite {number}")
        for number in sorted(before - seen):
            news.tell(f"{REMOVED}:{number}", REMOVED, "Satellite removed", f"Satellite {number}")
    return {SATELLITES: json.dumps(sorted(seen))}


def _remembered(memory: Mapping[str, str]) -> frozenset[str] | None:
    try:
        return frozenset(str(number) for number in json.loads(memory[SATELLITES]))
    except NOT_OURS:
        return None

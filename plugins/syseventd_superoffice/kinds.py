"""The kinds of what the lists show, what users lose with each, and how a row tells which it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from syseventd.interface import EventKind, Severity
from syseventd.settings import Settings
from syseventd_superoffice.safe_patterns import check_pattern

OTHER = "system-event"

KINDS = (
    EventKind(
        "freetext-rebuild",
        "Free-text index is being rebuilt",
        "Free-text search finds nothing, or not everything.",
        severity=Severity.INFO,
    ),
    EventKind(
        "udef-rebuild",
        "User-defined fields are being published",
        "User-defined fields can't be used. Never end this by hand.",
        severity=Severity.INFO,
    ),
    EventKind(
        "prototype-rebuild",
        "Travel prototype is being built",
        "Nobody can start or synchronise Travel.",
        severity=Severity.INFO,
    ),
    EventKind(
        "saint-rebuild",
        "SAINT counters are being rebuilt",
        "Status pictures, statistics and counters are missing or old.",
        severity=Severity.INFO,
    ),
    EventKind("no-login", "Login is closed", "Nobody can log in.", severity=Severity.CRITICAL),
    EventKind("no-freetext", "Free text is switched off", "Free-text search is not offered."),
    EventKind("no-travel", "Travel is switched off", "Travel can't be used."),
    EventKind(
        "message-of-the-day",
        "Message of the day",
        "Users only see the message.",
        severity=Severity.INFO,
    ),
    EventKind(
        "import",
        "Import is running",
        "Only a part of what is imported is there until the import ends.",
        severity=Severity.INFO,
    ),
    EventKind(
        "batch-task",
        "Batch task is running",
        "What the task makes is not there before it ends.",
        severity=Severity.INFO,
    ),
    EventKind(
        OTHER,
        "System event",
        "What users lose is not known here; its message in SuperOffice may say it.",
        severity=Severity.INFO,
    ),
)
"""Kinds of system events and of batch tasks: several of them are shown by both lists."""

NEVER_CANCELLED = frozenset({"udef-rebuild"})
"""Kinds that only what began them may end: the vendor forbids to end them by hand."""

NAMES = frozenset(kind.name for kind in KINDS)
_NOT_A_LETTER = re.compile(r"[\W_]+")


def _check_kind(value: str) -> str:
    if value not in NAMES:
        raise ValueError(f"is no kind; write one of {', '.join(sorted(NAMES))}")
    return value


class KindPattern(Settings):
    """One line of a table of kinds: what it matches is of that kind."""

    pattern: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            description="a regular expression, found anywhere; one that repeats a group which "
            "holds a repeat or a choice is refused, and so are more than two repeats such as .*",
        ),
        AfterValidator(check_pattern),
    ]
    kind: Annotated[
        str,
        Field(description="the kind that it means", json_schema_extra={"enum": sorted(NAMES)}),
        AfterValidator(_check_kind),
    ]


@dataclass(frozen=True, slots=True)
class Signs:
    """How a row tells its kind: the configured signs first, then those that are built in."""

    built_in: tuple[tuple[str, re.Pattern[str]], ...]
    other: str
    configured: tuple[tuple[str, re.Pattern[str]], ...] = ()

    def extended(self, patterns: Sequence[KindPattern]) -> Signs:
        """These, after what the configuration says."""
        more = tuple((line.kind, re.compile(line.pattern, re.IGNORECASE)) for line in patterns)
        return Signs(self.built_in, self.other, more)

    def kind_of(self, *hints: str, further: Sequence[str] = ()) -> str:
        """The kind that the first telling hint means: a key, a name, a type.

        `further` are texts that only the configured signs are looked for in. These see a hint as
        it is; those built in see its letters and digits alone, in small letters.
        """
        return (
            _first(self.configured, (*hints, *further))
            or _first(self.built_in, [_NOT_A_LETTER.sub("", hint.lower()) for hint in hints])
            or self.other
        )


def _first(signs: Sequence[tuple[str, re.Pattern[str]]], hints: Sequence[str]) -> str:
    if not signs:
        return ""
    found = (kind for hint in hints for kind, pattern in signs if pattern.search(hint))
    return next(found, "")


def signs(other: str, *table: tuple[str, str]) -> Signs:
    """Built-in signs from kinds and patterns of what is left of a hint; else it is `other`."""
    return Signs(tuple((kind, re.compile(pattern)) for kind, pattern in table), other)


SYSTEM_EVENTS = signs(
    OTHER,
    ("freetext-rebuild", r"freetext(re|index)"),
    ("udef-rebuild", r"udef|publish"),
    ("prototype-rebuild", r"prototype"),
    ("saint-rebuild", r"rourebuild|counter|saint|statusmonitor"),
    ("no-login", r"nologin|utaninloggning|ingenlogon|keineanmeldung|geenaanmelding"),
    ("no-freetext", r"nofreetext|(utan|ingen)fritekst|utanfritext|keinvolltext|geenvrijetekst"),
    ("no-travel", r"(no|utan|ingen|kein|geen)travel"),
    (
        "message-of-the-day",
        r"messageoftheday|motd|dagensmeddelande|dagensmelding|dagensmeddelelse|"
        r"mitteilungdestages|berichtvandedag",
    ),
    ("import", r"import(?!an)"),
)
"""Only one key is publicly known, so names count as well, in every language of the product."""

BATCH_TASKS = signs(
    "batch-task",
    ("freetext-rebuild", r"freetext(?!indexrows)"),
    ("saint-rebuild", r"saint|statusmonitor"),
    ("udef-rebuild", r"udef"),
    ("import", r"import(?!an)"),
)
"""No name of a definition is publicly known, only what the tasks are called in the product.

Indexing single rows is no rebuild: the search works meanwhile.
"""

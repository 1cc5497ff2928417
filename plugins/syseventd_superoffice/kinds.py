"""The kinds of system event, what users lose with each, and how a row tells which it is."""

from __future__ import annotations

import re

from syseventd.interface import EventKind

OTHER = "system-event"

KINDS = (
    EventKind(
        "freetext-rebuild",
        "Free-text index is being rebuilt",
        "Free-text search finds nothing, or not everything.",
    ),
    EventKind(
        "udef-rebuild",
        "User-defined fields are being published",
        "User-defined fields can't be used. Never end this by hand.",
    ),
    EventKind(
        "prototype-rebuild",
        "Travel prototype is being built",
        "Nobody can start or synchronise Travel.",
    ),
    EventKind(
        "saint-rebuild",
        "SAINT counters are being rebuilt",
        "Status pictures, statistics and counters are missing or old.",
    ),
    EventKind("no-login", "Login is closed", "Nobody can log in."),
    EventKind("no-freetext", "Free text is switched off", "Free-text search is not offered."),
    EventKind("no-travel", "Travel is switched off", "Travel can't be used."),
    EventKind(
        "message-of-the-day", "Message of the day", "None: those whom it is for see the message."
    ),
    EventKind(OTHER, "System event", "Not known: see its message in SuperOffice."),
)

_SIGNS = (
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
)
"""Only one key is publicly known, so names count as well, in every language of the product."""

_PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in _SIGNS)
_NOT_A_LETTER = re.compile(r"[\W_]+")


def kind_of(*hints: str) -> str:
    """The kind that the first telling hint means: an event's key, its name, its type."""
    for hint in hints:
        squeezed = _NOT_A_LETTER.sub("", hint.lower())
        for kind, pattern in _PATTERNS:
            if pattern.search(squeezed):
                return kind
    return OTHER

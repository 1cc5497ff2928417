"""What a licence that was activated has changed. Pure."""

from __future__ import annotations

from syseventd_superoffice.licences.licence import Licence, Module, number
from syseventd_superoffice.licences.memory import Held
from syseventd_superoffice.values import read_message

MOST_TOLD = 30
"""Modules that one message names; beyond, it says how many more there are."""


def changes(held: Held, licence: Licence, hidden: bool) -> list[str]:
    """Each module whose number is another one than before, old and new, in words.

    What can't be read now can't be compared. Hidden modules are told of only where `hidden`.
    """
    before = held.modules
    if before is None:
        return []
    told = []
    for module in licence.modules:
        if module.hidden and not hidden:
            continue
        if module.key not in before:
            told.append(f"{module.label}: added" + _as_number(module))
        elif module.counted and before[module.key] != module.total:
            old, new = number(before[module.key]), number(module.total)
            told.append(f"{module.label}: {old} → {new}")
    if not licence.modules_unseen:
        seen = licence.lost.union(module.key for module in licence.modules)
        gone = (name for name in before if name not in seen)
        told += [f"{name}: removed" for name in gone if hidden or name not in held.hidden]
    return told


def _as_number(module: Module) -> str:
    return f", {number(module.total)}" if module.counted else ""


def enumerated(texts: list[str]) -> str:
    """Texts as one, of bounded length."""
    more = len(texts) - MOST_TOLD
    return read_message("; ".join([*texts[:MOST_TOLD], *([f"and {more} more"] * (more > 0))]))

"""What is said of each kind's effect can be read alone: pages show it far from its heading."""

from __future__ import annotations

import re

import pytest

import syseventd_superoffice
from syseventd.interface import EventKind

KINDS = tuple(syseventd_superoffice.event_kinds())
SHORTEST = 4
"""Words of the shortest sentence that says whom what happens to."""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_an_effect_is_a_sentence(kind: EventKind) -> None:
    """It has a beginning, an end, and more than a word or two."""
    assert re.fullmatch(r"[A-Z].*[^.]\.", kind.effect)
    assert len(kind.effect.split()) >= SHORTEST or kind.name == "no-login"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_an_effect_denies_nothing_but_its_heading(kind: EventKind) -> None:
    """ "None before its end" of what has ended reads as the opposite of what is meant."""
    answers = r"(None|Not known|Not|No effect|Depends|See|Its|What it served)\b"
    assert not re.match(answers, kind.effect)


def test_what_has_expired_is_not_called_harmless() -> None:
    """The kind is the same before a licence's end, in its grace and after it."""
    [effect] = (kind.effect for kind in KINDS if kind.name == "licence-expiry")
    assert effect == "Works until its grace ends; then modules can only read, or stop."

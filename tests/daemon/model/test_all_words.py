"""What holds for every word: nobody can change it, whoever shares it."""

from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError, is_dataclass

import pytest

from syseventd import model
from syseventd.model import Target

WORDS = [
    word
    for name in model.__all__
    if inspect.isclass(word := getattr(model, name)) and is_dataclass(word)
]


@pytest.mark.parametrize("word", WORDS)
def test_words_are_immutable(word: type) -> None:
    """Readers share them without locks; nor has one room for more than it declares."""
    assert word.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__dict__" not in dir(word)


def test_an_immutable_word_says_so() -> None:
    """Whoever tries is told at once."""
    target = Target("crm", "superoffice", settings=None)
    with pytest.raises(FrozenInstanceError):
        target.name = "other"  # type: ignore[misc]

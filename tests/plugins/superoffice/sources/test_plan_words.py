"""How the limit of a plan is told: each number once, and of what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd_superoffice.plan_words import limit_in_words


@pytest.mark.parametrize(
    ("active", "maximum", "told", "words"),
    [
        (97, 100, "", "97 of 100"),
        (97, 100, "97 of 100 active projects", "97 of 100 active projects"),
        (97, 100, "97 av 100 aktiva projekt", "97 av 100 aktiva projekt"),
        (1200, 2000, "1,200 of 2.000 projects", "1,200 of 2.000 projects"),
        (1200, 2000, "1\u00a0200 von 2\u202f000", "1\u00a0200 von 2\u202f000"),
        (1200, 2000, "Nearly all", "1,200 of 2,000: Nearly all"),
        (9, 10, "97 of 100 active projects", "9 of 10: 97 of 100 active projects"),
        (97, 100, "97 projects", "97 of 100: 97 projects"),
        (3, None, "Full", "Full"),
        (None, 100, "", ""),
        (3, 0, "", ""),
    ],
)
def test_each_number_stands_there_once(
    active: int | None, maximum: int | None, told: str, words: str
) -> None:
    """The installation's words are enough where both numbers are among them."""
    assert limit_in_words(active, maximum, told) == words


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.text(max_size=80))
def test_what_is_told_is_never_lost(active: int, maximum: int, told: str) -> None:
    """Whatever an installation writes, its words are shown."""
    assert told in limit_in_words(active, maximum, told)

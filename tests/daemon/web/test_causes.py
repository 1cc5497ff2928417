"""The same cause of several sources is told once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd.web import by_cause


def causes(*reasons: str) -> list[tuple[str, list[str]]]:
    return by_cause(reasons, lambda reason: ("error", reason))


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ("https://a/x is gone", "https://a/y is gone", "https://a is gone"),
        ("https://a:1/x is gone", "https://a:2/x is gone", "is gone"),
        ("a.example:443 is gone", "[::1]:443 is gone", "is gone"),
        ("mssql://a/db: is gone", "mssql://b/db: is gone", "is gone"),
        ("https://a/x  is gone", "https://a/x  is gone", "https://a/x  is gone"),
        ("is gone from https://a/x", "is gone from https://a/y", "is gone from https://a/x"),
        (
            "https://a is gone; again after 2026-11-24 18:41 UTC",
            "https://a is gone; again after 2026-11-24T18:46:01.5Z",
            "https://a is gone; again after 2026-11-24 18:41 UTC",
        ),
    ],
)
def test_addresses_and_times_make_no_other_cause(one, other, told):
    """The first one's words, with what of an address at their beginning is all's."""
    assert causes(one, other) == [(told, [one, other])]


def test_other_words_are_another_cause():
    """And so is another outcome of the same words."""
    assert causes("port 80 is shut", "port 81 is shut") == [
        ("port 80 is shut", ["port 80 is shut"]),
        ("port 81 is shut", ["port 81 is shut"]),
    ]
    pairs = [("timeout", "x"), ("error", "x")]
    assert len(by_cause(pairs, lambda pair: pair)) == 2


def test_the_commonest_comes_first():
    """Of equally common ones the first."""
    assert [reason for reason, _ in causes("a", "b", "c", "b")] == ["b", "a", "c"]


@given(st.lists(st.text(max_size=30), max_size=20))
def test_nothing_is_lost(reasons):
    """Whatever strangers say, each is under one cause."""
    told = [reason for _, alike in causes(*reasons) for reason in alike]
    assert sorted(told) == sorted(reasons)

"""The beginnings of names that could not be looked at are checked before they hide anything."""

from __future__ import annotations

import pytest

from syseventd import Outcome, Snapshot
from syseventd.probing.answers import returned


@pytest.mark.parametrize("under", [(), ("/etc/ssl/",), ("/a/", "/b/")])
def test_beginnings_of_names_are_sound(under: tuple[str, ...]) -> None:
    """None, one, or several."""
    assert returned(Snapshot(unseen_under=under)).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("under", "reason"),
    [
        ("/etc/ssl/", "the snapshot's unseen_under is a str, not a tuple"),
        (["/etc/ssl/"], "the snapshot's unseen_under is a list, not a tuple"),
        (None, "the snapshot's unseen_under is a NoneType, not a tuple"),
        (("/a/", ""), "the snapshot's unseen_under holds ''; write the beginning of names"),
        ((b"/a/",), "the snapshot's unseen_under holds b'/a/'; write the beginning of names"),
        ((5,), "the snapshot's unseen_under holds 5; write the beginning of names"),
    ],
)
def test_what_would_hide_all_or_break_is_an_error_that_says_so(under: object, reason: str) -> None:
    """A text alone would be taken letter by letter; an empty one begins every name."""
    answer = returned(Snapshot(unseen_under=under))  # type: ignore[arg-type]
    assert (answer.outcome, answer.snapshot, answer.reason) == (Outcome.ERROR, None, reason)

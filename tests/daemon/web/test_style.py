"""The sheet's colours: what is written can be read, in light and in dark (WCAG 2.2, AA)."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

SHEET = files("syseventd.web").joinpath("static", "style.css").read_text()
PAPERS = {
    "paper": {"ink", "soft", "link", "bad", "warn"},
    "shade": {"ink", "soft", "link"},
    "bad-paper": {"ink", "soft", "link", "bad", "warn"},
    "warn-paper": {"ink", "soft", "link", "warn"},
    "good-paper": {"good"},
    "fake-paper": {"fake"},
}
"""Each background, with what is written on it."""


def colours(scheme: str) -> dict[str, str]:
    """The colours of one scheme, by name: the dark ones replace the light ones."""
    light, dark = re.findall(r":root \{(.*?)\}", SHEET, re.DOTALL)
    found = dict(re.findall(r"--([\w-]+): #(\w+);", light))
    return found if scheme == "light" else found | dict(re.findall(r"--([\w-]+): #(\w+);", dark))


def luminance(colour: str) -> float:
    """Relative luminance, from 0 to 1, as WCAG defines it."""
    whole = colour if len(colour) == 6 else "".join(2 * digit for digit in colour)
    parts = [int(whole[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """From 1, the same, to 21, black on white."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_is_the_standards():
    """Black on white is 21; the lightest grey that passes on white is #767676."""
    assert contrast("000", "fff") == pytest.approx(21)
    assert contrast("777", "ffffff") < 4.5 < contrast("767676", "ffffff")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("paper", "ink"), [(paper, ink) for paper, inks in PAPERS.items() for ink in sorted(inks)]
)
def test_every_text_can_be_read(scheme, paper, ink):
    """4.5 to 1 at the least, for the smallest text."""
    known = colours(scheme)
    assert contrast(known[paper], known[ink]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_is_looked_at(scheme):
    """A new colour needs its place above; `line` is of no text."""
    named = set(PAPERS).union(*PAPERS.values())
    assert set(colours(scheme)) == named | {"line"}


def test_nothing_is_made_paler_afterwards():
    """Opacity would undo what the colours promise."""
    assert "opacity" not in SHEET


def test_cells_do_not_break_words_that_fit():
    """Only what is marked as long breaks anywhere: a column is as wide as its words."""
    broken = re.findall(r"([^{}]+)\{[^}]*overflow-wrap: anywhere", SHEET)
    assert {rule.strip().splitlines()[-1].strip() for rule in broken} == {"h1", ".long"}
    assert "break-all" not in SHEET


def test_the_keyboard_s_place_is_seen():
    """Links show that they have the focus, and nothing takes that away."""
    assert "a:focus-visible { outline: 2px" in SHEET
    assert "outline: none" not in SHEET

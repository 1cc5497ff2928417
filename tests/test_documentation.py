"""What the documentation points at is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MADE = ("build", "dist")
"""Folders that hold what was built."""
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)[^)]*\)")
ANCHOR = re.compile(r"\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"`((?:tests|daemon|plugins|config|systemd)/[\w./-]+)`")


def _pages() -> list[Path]:
    """Every page of the project: of a checkout as of an unpacked sdist."""
    folders = [f for f in ROOT.iterdir() if f.is_dir() and f.name[0] != "." and f.name not in MADE]
    return sorted([*ROOT.glob("*.md"), *(page for f in folders for page in f.rglob("*.md"))])


def _anchors(page: Path) -> set[str]:
    """What links can name inside of a page, as GitHub and GitLab make it of its headings."""
    headings = HEADING.findall(FENCED.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", _pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_and_path_leads_somewhere(page: Path) -> None:
    """A page that names a file that moved misleads whoever follows it."""
    text = page.read_text(encoding="utf-8")
    missing = [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    missing += [
        path
        for path in PATH.findall(text)
        if not ((ROOT / path).exists() or (page.parent / path).exists())
    ]
    assert not missing


@pytest.mark.parametrize("page", _pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_into_a_page_leads_to_a_heading(page: Path) -> None:
    """So that it opens where it says."""
    links = ANCHOR.findall(page.read_text(encoding="utf-8"))
    lost = [
        f"{name}#{anchor}"
        for name, anchor in links
        if anchor not in _anchors(page.parent / name if name else page)
    ]
    assert not lost

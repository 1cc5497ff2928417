"""Long words break at their seams, short ones not at all, and nothing escapes the escaping."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd.model import Expiry, Observation
from syseventd.web.breaks import breakable


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("/etc/ssl/certs/soon.pem", ["/etc/", "ssl/", "certs/", "soon.pem"]),
        ("FreetextRebuild", ["Freetext", "Rebuild"]),
        ("database_maintenance", ["database_", "maintenance"]),
        ("operator@crm.example.com", ["operator@", "crm.", "example.com"]),
        ("https://crm.example.com/", ["https://crm.", "example.com/"]),
    ],
)
def test_a_long_word_breaks_at_its_seams(text, parts):
    """After slashes and underscores, in addresses, and between the words of a camel-case name."""
    assert breakable(text).split("<wbr>") == parts


@pytest.mark.parametrize("text", ["unreadable", "(simulated)", "NoLogin", "/a/b.pem", "11.2 ok"])
def test_a_short_word_stays_whole(text):
    """What fits a column is not broken."""
    assert breakable(text) == text


def test_what_is_long_and_has_no_seam_may_break_anywhere():
    """Else one key would push the table out of the window; its neighbours stay whole."""
    assert breakable(f"of {'x' * 40} no") == f'of <span class="long">{"x" * 40}</span> no'


@given(st.text(st.sampled_from("<>&\"'/_aB @.-=") | st.characters(), max_size=80))
def test_only_our_own_marks_are_marks(text):
    """Without them all of the text is there, escaped."""
    bare = re.sub(r'<wbr>|<span class="long">|</span>', "", breakable(text))
    assert not re.search(r"[<>\"']", bare)
    assert unescape(bare.replace("&#39;", "'")) == unescape(_escaped(text))


def _escaped(text: str) -> str:
    for plain, safe in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&#34;")):
        text = text.replace(plain, safe)
    return text


def test_both_pages_break_the_words_of_plugins(world):
    """Events and dates alike, on the overview and on the target's page."""
    world.see(
        world.watch("host", "certificates"),
        Observation("/etc/ssl/certs/broken.pem", "import", "RebuildOfEverything"),
        expiries=(Expiry("certificate", "/etc/ssl/certs/soon.pem", world.now + 86400),),
    )
    for reply in world.get("/", "/targets/host"):
        assert "/etc/<wbr>ssl/<wbr>certs/<wbr>broken.pem" in reply.text
        assert "Rebuild<wbr>Of<wbr>Everything" in reply.text
        assert "/etc/<wbr>ssl/<wbr>certs/<wbr>soon.pem" in reply.text

"""Languages: the choice among them, whole catalogues, and how times and numbers are said."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone
from importlib.resources import files
from io import BytesIO

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from syseventd.board import SourceState
from syseventd.interface import Severity
from syseventd.model import EARLIEST, LATEST, EndReason, Expiry, Outcome
from syseventd.web import words
from syseventd.web.encoding import clean_text, to_json
from syseventd.web.language import choose, load_languages
from syseventd.web.speech import UNKNOWN, Speech, iso_time
from syseventd.web.summaries import UNWATCHED

ROOM = files("syseventd.web")
DAY = 86400.0


def messages() -> set[object]:
    """Every string of the room that is marked for translation, with its plural where it has one."""
    found: set[object] = set()
    sources = [(path, "python") for path in ROOM.iterdir() if path.name.endswith(".py")]
    templates = ROOM.joinpath("templates").iterdir()
    for path, method in [*sources, *((path, "jinja2.ext:babel_extract") for path in templates)]:
        for _, message, _, _ in extract(method, BytesIO(path.read_bytes())):
            found.add(message if isinstance(message, str) else tuple(message))
    return found


def catalogue(code: str):
    return read_po(BytesIO(ROOM.joinpath("locales", f"{code}.po").read_bytes()), locale=code)


@pytest.mark.parametrize("code", sorted(set(load_languages()) - {"en"}))
def test_a_catalogue_translates_every_string_and_no_other(code):
    """Nothing is shown untranslated, and nothing is translated in vain."""
    entries = {entry.id: entry for entry in catalogue(code) if entry.id}
    assert set(entries) == messages()
    for entry in entries.values():
        assert not entry.fuzzy
        texts = [entry.string] if isinstance(entry.string, str) else entry.string
        assert all(texts), entry.id
        assert not list(entry.check(catalogue(code))), entry.id


def test_the_walk_finds_the_strings():
    """The test above can fail: there are many strings, of templates and of code."""
    found = messages()
    assert {"Open events", "unauthorized", "overdue"} <= found
    assert ("%(shown)s problem", "%(shown)s problems") in found


def test_every_word_of_the_model_has_a_word():
    """A state, outcome or end that is added to the model needs its words."""
    assert set(words.STATES) == {*SourceState, UNWATCHED}
    assert set(words.OUTCOMES) == set(Outcome)
    assert set(words.ENDINGS) == set(EndReason)
    assert set(words.SEVERITIES) == set(Severity) - {Severity.INFO}


@pytest.mark.parametrize(
    ("asked", "accept", "default", "chosen"),
    [
        (None, "", "en", "en"),
        (None, "", "sv", "sv"),
        ("sv", "en", "en", "sv"),
        ("sv-SE", "", "en", "sv"),
        ("sv_SE", "", "en", "sv"),
        ("xx", "sv", "en", "sv"),
        (None, "de, sv;q=0.8, en;q=0.9", "sv", "en"),
        (None, "sv;q=0", "en", "en"),
        (None, "sv;q=x, en;q=0.1", "sv", "en"),
        (None, "*, ,;", "sv", "sv"),
        (None, "sv ; level=1; q=0.5", "en", "sv"),
        (None, "", "xx", "en"),
    ],
)
def test_the_choice_of_a_language(asked, accept, default, chosen):
    """What is asked for, else what the browser prefers, else what is configured."""
    assert choose(load_languages(), asked, accept, default).code == chosen


def test_a_page_in_swedish(world):
    """Words, dates and relative times are Swedish, and so is the language that the page states."""
    world.see(
        world.watch("crm", "licences"),
        expiries=(Expiry("licence", "Vendor", world.now + 12.5 * DAY),),
    )
    reply = world.get("/?lang=sv")
    assert '<html lang="sv">' in reply.text
    assert reply.headers["Content-Language"] == "sv"
    for part in ("Det enda målet svarar.", "Pågående händelser", "om 12 dagar", "dec. 2026"):
        assert part in reply.text


def test_the_language_asked_for_is_kept_by_links(world):
    """Going on from a page in one language leads to pages in the same."""
    world.watch("crm", "imports")
    reply = world.get("/?lang=sv&events=2")
    assert 'href="./targets/crm?lang=sv"' in reply.text
    assert 'href="./?lang=sv"' in reply.text
    assert 'href="?lang=en&amp;events=2" lang="en"' in reply.text
    assert 'href="./targets/crm"' in world.get("/").text


def test_errors_are_told_in_the_readers_language(world):
    """Pages for errors too."""
    reply = world.get("/x", headers={"Accept-Language": "sv"})
    assert "<h1>Här finns inget</h1>" in reply.text


def speech(code: str, zone=UTC, now: float = 1795502000.0) -> Speech:
    return Speech(load_languages()[code], now, zone)


def test_a_moment_is_said_in_the_daemons_zone_with_its_offset():
    """Date, time and distance from UTC."""
    say = speech("en", timezone(timedelta(hours=5, minutes=30)))
    assert say.moment(say.now) == "24 Nov 2026 12:03"
    assert say.moment(say.now, seconds=True) == "24 Nov 2026 12:03:20"
    assert say.offset(say.now) == "+05:30"
    assert speech("sv").moment(say.now) == "24 nov. 2026 06:33"


def test_todays_moment_is_only_a_time():
    """The date is said where it is another day's."""
    say = speech("en")
    assert say.moment_or_time(say.now - 60) == "06:32"
    assert say.moment_or_time(say.now - DAY) == "23 Nov 2026 06:33"


@pytest.mark.parametrize(
    ("away", "said"),
    [
        (0, "in 0 seconds"),
        (-1.9, "1 second ago"),
        (119, "in 119 seconds"),
        (-7199, "119 minutes ago"),
        (2 * DAY - 1, "in 47 hours"),
        (12.9 * DAY, "in 12 days"),
        (-3.9 * DAY, "3 days ago"),
        (100 * DAY, "in 3 months"),
        (800 * DAY, "in 2 years"),
    ],
)
def test_how_far_away(away, said):
    """Whole units, rounded towards now: what remains is never overstated."""
    say = speech("en")
    assert say.relative(say.now + away) == said


@pytest.mark.parametrize(
    ("away", "said"),
    [(-1.0, "1 second ago"), (-0.9, "just now"), (0, "just now"), (5, "just now")],
)
def test_how_long_ago(away, said):
    """What happened within the last second, or while the page was made, lies not ahead of us."""
    say = speech("en")
    assert say.ago(say.now + away) == said


@pytest.mark.parametrize(
    ("day", "english", "swedish"),
    [
        (12, "in 12 days", "om 12 dagar"),
        (1, "in 1 day", "om 1 dag"),
        (0, "today", "i dag"),
        (-400, "400 days ago", "för 400 dagar sedan"),
    ],
)
def test_how_many_days_are_left_of_a_licence(day, english, swedish):
    """Always in days: who counts on a calendar comes to the number."""
    midnight = 1795478400.0 + day * DAY
    for code, said in (("en", english), ("sv", swedish)):
        assert speech(code).left(Expiry("licence", "A", midnight)) == said


def test_the_days_of_a_licence_are_counted_from_the_readers_today():
    """Today is today where the daemon is; the day of the date is the one that was written."""
    expiry = Expiry("licence", "A", 1795564800.0)  # midnight after today, in UTC
    assert speech("en", timezone(timedelta(hours=-10))).left(expiry) == "in 2 days"
    assert speech("en", timezone(timedelta(hours=-10))).day(expiry) == "25 Nov 2026"


@pytest.mark.parametrize("code", sorted(load_languages()))
@pytest.mark.parametrize("at", [EARLIEST, 0.0, LATEST])
def test_every_time_that_the_model_allows_can_be_said(code, at):
    """The earliest and the latest moment in every language."""
    say = speech(code)
    expiry = Expiry("licence", "A", at)
    for text in (say.moment(at), say.offset(at), say.relative(at), say.moment_or_time(at)):
        assert text
    assert say.left(expiry)
    assert say.day(expiry)
    assert iso_time(at).endswith("Z")


def test_numbers_are_said_as_the_language_writes_them():
    """Thousands, shares, lengths, and what is no number."""
    say = speech("en")
    assert (say.count(1000), say.count(float("nan")), say.count(1.5)) == ("1,000", UNKNOWN, "1.5")
    assert (say.share(0.29), say.share(0.999), say.share(1)) == ("29%", "99%", "100%")
    assert (say.count(999999999999999), say.count(-1e300)) == ("999,999,999,999,999", "-1E300")
    assert say.seconds(0.01234) == "0.012 s"
    assert (say.duration(0.01), say.duration(1234.5)) == ("0.010 s", "1,234.500 s")
    assert speech("sv").count(1000.5) == "1\N{NO-BREAK SPACE}000,5"


def test_json_is_strict():
    """No NaN, no infinity, no lone surrogate, whatever is nested in what."""
    value = {"a\ud800": [float("nan"), float("inf"), ("\udc00", 1, True, None, 1.5)]}
    assert to_json(value).decode() == '{"a\ufffd": [null, null, ["\ufffd", 1, true, null, 1.5]]}'


def test_clean_text_keeps_what_is_clean():
    """Characters beyond the first plane are no lone surrogates."""
    assert clean_text("å😀") == "å😀"

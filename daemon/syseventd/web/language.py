"""Which language a reader gets: the catalogues, and the choice among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from gettext import NullTranslations
from importlib.resources import files
from io import BytesIO

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

SOURCE = "en"
"""The language that the templates are written in."""

_TERRITORIES = {"en": "GB", "sv": "SE"}
"""Whose habits of writing dates and numbers a language follows."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its code, its own name, its words, and how it writes dates and numbers."""

    code: str
    locale: Locale
    catalogue: NullTranslations

    @property
    def name(self) -> str:
        return (self.locale.get_language_name() or self.code).capitalize()


def load_languages() -> dict[str, Language]:
    """The source language, and every language with a catalogue in `locales/`, by code."""
    languages = {SOURCE: Language(SOURCE, _locale(SOURCE), NullTranslations())}
    for entry in sorted(files("syseventd.web").joinpath("locales").iterdir(), key=str):
        code, dot, extension = entry.name.rpartition(".")
        if dot and extension == "po":
            words = _read_catalogue(entry.read_bytes(), code)
            languages[code] = Language(code, _locale(code), words)
    return languages


def _locale(code: str) -> Locale:
    return Locale(code, _TERRITORIES.get(code))


def _read_catalogue(text: bytes, code: str) -> Translations:
    """Compiled in memory, so that translating needs no build step."""
    catalogue = read_po(BytesIO(text), locale=code, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def choose(
    languages: Mapping[str, Language], asked: str | None, accept: str, default: str
) -> Language:
    """The language asked for by name, else what the browser prefers, else the configured one."""
    for code in (asked or "", *_preferred(accept), default):
        if language := languages.get(code.lower().replace("_", "-").partition("-")[0]):
            return language
    return languages[SOURCE]


def _preferred(accept: str) -> list[str]:
    """The languages of an Accept-Language header, best first; those with q=0 are left out."""
    ranked: list[tuple[float, str]] = []
    for offer in accept.split(","):
        code, *parameters = (part.strip() for part in offer.split(";"))
        quality = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    quality = float(parameter[2:])
                except ValueError:
                    quality = 0.0
        if code and quality > 0:
            ranked.append((quality, code))
    return [code for _, code in sorted(ranked, key=lambda offer: -offer[0])]

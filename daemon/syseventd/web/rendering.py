"""Turns what a page shows into HTML, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from syseventd.days import day_of, is_day
from syseventd.model import NEVER, Timestamp
from syseventd.web import words
from syseventd.web.breaks import breakable
from syseventd.web.encoding import clean_text
from syseventd.web.language import Language, choose
from syseventd.web.speech import UNKNOWN, Speech, iso_time

REFRESH = 15
"""Seconds after which a page loads itself anew."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a page: in which language, and where on the site.

    `root` leads from the page to the site's root without naming it, so that a proxy may serve
    us below any path.
    """

    language: Language
    root: str
    query: Mapping[str, str]

    def home(self) -> str:
        """The address of the overview."""
        return self.root + self._language_kept()

    def target(self, name: str) -> str:
        """The address of a target's page."""
        path = quote(name, safe="", errors="replace")
        return f"{self.root}targets/{path}{self._language_kept()}"

    def event(self, number: int) -> str:
        """The address of an event's page."""
        return f"{self.root}events/{number}{self._language_kept()}"

    def picture(self, path: str) -> str:
        """The address of a picture, by its path from the site's root."""
        return self.root + path.removeprefix("/")

    def here(self, **changes: str | int) -> str:
        """The address of this page with other parameters."""
        return "?" + urlencode({**self.query, **changes}, errors="replace")

    def _language_kept(self) -> str:
        """Who asked for a language reads on in it."""
        return "?" + urlencode({"lang": self.query["lang"]}) if "lang" in self.query else ""


class Renderer:
    """One set of templates a language, made once."""

    def __init__(
        self, languages: Mapping[str, Language], default: str, style: str, version: str
    ) -> None:
        self._languages = languages
        self._default = default
        self._style = style
        self._version = version
        self._templates = {code: _environment(lang) for code, lang in languages.items()}

    def reader(self, request: web.Request) -> Reader:
        """Who sent this request."""
        query = {name: clean_text(text) for name, text in request.query.items()}
        accept = request.headers.get("Accept-Language", "")
        language = choose(self._languages, query.get("lang"), accept, self._default)
        root = "../" * (request.rel_url.raw_path.count("/") - 1) or "./"
        return Reader(language, root, query)

    def render(
        self, template: str, reader: Reader, now: Timestamp, *, refresh: bool = True, **view: object
    ) -> str:
        """The page in HTML. What `view` holds is escaped by the templates."""
        environment = self._templates[reader.language.code]
        return clean_text(
            environment.get_template(template).render(
                say=Speech(reader.language, now),
                reader=reader,
                languages=self._languages.values(),
                refresh=REFRESH if refresh else None,
                style=reader.root + self._style,
                version=self._version,
                now=now,
                **view,
            )
        )


RENDERER = web.AppKey("renderer", Renderer)


def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=PackageLoader("syseventd.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.install_gettext_translations(  # type: ignore[attr-defined]
        language.catalogue, newstyle=True
    )
    environment.globals.update(unknown=UNKNOWN, never=NEVER, words=words)
    environment.filters.update(
        breakable=breakable,
        day_of=day_of,
        first_capital=words.first_capital,
        iso=iso_time,
        plain=words.plain,
    )
    environment.tests["whole_day"] = is_day
    return environment

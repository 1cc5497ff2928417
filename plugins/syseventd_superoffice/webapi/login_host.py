"""SuperOffice Online's login host: what it is asked before, or without, being logged in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import urlencode

from pydantic import TypeAdapter
from yarl import URL

from syseventd import Unreachable
from syseventd_superoffice.redaction import Secrets
from syseventd_superoffice.values import shown
from syseventd_superoffice.webapi.failures import Refusal, from_login_host, shorten
from syseventd_superoffice.webapi.replies import Reply, decode, place
from syseventd_superoffice.webapi.wire import Wire

T = TypeVar("T")

JSON: Mapping[str, str] = {"Content-Type": "application/json"}
FORM: Mapping[str, str] = {"Content-Type": "application/x-www-form-urlencoded"}

LONGEST_LINK = 500
LONGEST_WORDS = 100_000


class Said(NamedTuple, Generic[T]):
    """What a login host said, and what it told of itself beside it."""

    value: T
    facts: Mapping[str, str]


def origin(address: str) -> str:
    """Scheme, host and port of an address, to compare with; "" where it is none."""
    try:
        return str(URL(address).origin()).lower()
    except ValueError:
        return ""


class LoginHost:
    """One login host. It is asked over the target's own wire; its answers are bounded as all are.

    `secrets` is what must not be shown of what is sent there, and comes from there. `issuer` is
    the name by which it signs what it issues, where that is not its address.
    """

    def __init__(self, wire: Wire, base: str, secrets: Secrets, issuer: str = "") -> None:
        self.base = base
        self.issuers = frozenset({origin(base), origin(issuer)}) - {""}
        self.secrets = secrets
        self._wire = wire

    def where(self, path: str) -> str:
        """A path of it, for messages."""
        return f"{self.base}{path}"

    def own(self, link: object) -> URL | None:
        """A link as an address, if it leads to this host."""
        if not isinstance(link, str) or len(link) > LONGEST_LINK:
            return None
        try:
            url = URL(link)
            same = url.origin() == URL(self.base).origin()
        except ValueError:
            return None
        return url if same and url.user is None and url.password is None else None

    def quote(self, words: object) -> str:
        """What it said, fit to be shown; "" where it said nothing, or wrote a book."""
        if not isinstance(words, str) or len(words) > LONGEST_WORDS:
            return ""
        return shorten(self.secrets.redact(words))

    def shown(self, value: object) -> str:
        """A value that it sent as a message shows it: it may repeat what we sent, and cut short
        that would not be told from anything else. Of a book, nothing is shown."""
        if isinstance(value, str) and len(value) > LONGEST_WORDS:
            return shown("…")
        return shown(self.secrets.redact(value) if isinstance(value, str) else value)

    async def look(self, path: str, shape: TypeAdapter[T], if_missing: str) -> Said[T]:
        """What is there, with what is told beside it. Raises what get() raises.

        `if_missing` says what it means that there is nothing: then that is Unreachable.
        """
        answer = await self._wire.exchange(self._url(path))
        if isinstance(answer, Refusal) and answer.status == 404:
            raise Unreachable(place(answer.url), if_missing)
        return await self._read(answer, self._url(path), shape)

    async def get(self, path: str | URL, shape: TypeAdapter[T]) -> T:
        """What is there. Raises errors that derive from ProbeEnded."""
        url = self._url(path)
        return (await self._read(await self._wire.exchange(url), url, shape)).value

    async def post_json(self, path: str, body: Mapping[str, str], shape: TypeAdapter[T]) -> T:
        """What it answers to a login. Raises Unauthorized, and what get() raises."""
        return await self._log_in(path, JSON, json.dumps(body).encode(), shape)

    async def post_form(self, path: str, form: Mapping[str, str], shape: TypeAdapter[T]) -> T:
        """What it answers to a login. Raises Unauthorized, and what get() raises."""
        return await self._log_in(path, FORM, urlencode(form).encode(), shape)

    async def _log_in(
        self, path: str, headers: Mapping[str, str], body: bytes, shape: TypeAdapter[T]
    ) -> T:
        url = self._url(path)
        answer = await self._wire.exchange(url, "POST", headers, body)
        return (await self._read(answer, url, shape, is_login=True)).value

    async def _read(
        self, answer: Reply | Refusal, url: URL, shape: TypeAdapter[T], is_login: bool = False
    ) -> Said[T]:
        if isinstance(answer, Refusal):
            failure = from_login_host(answer, self.secrets.redact, is_login)
            raise self._wire.excused(failure, answer.status)
        decoded = await decode(answer, shape, place(url))
        return Said(decoded.value, {"simulated": "yes"} if answer.simulated else {})

    def _url(self, path: str | URL) -> URL:
        return path if isinstance(path, URL) else URL(f"{self.base}{path}", encoded=True)

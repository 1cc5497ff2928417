"""The portraits of those who activated system events. They are asked for seldom, and never needed.

Nothing here may delay or hide an event: whatever fails is told once, and asked again later.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from syseventd import Malformed, NotAvailable, Picture, ProbeEnded, Problem, Timestamp
from syseventd_superoffice.access import Access, Document
from syseventd_superoffice.values import field, is_object, read_text, read_whole, why_no_object

WHERE = "portraits"
PREFIX = "person-"

EVERY = 86400.0
"""Seconds for which an answer holds, also that somebody has no portrait: then it may have come,
or have been taken out."""

AFTER_FAILURE = 3600.0
"""Seconds until we ask again where the answer failed."""

PATIENCE = 2.0
"""Seconds that an answer may take: the vendor calls it slow above that."""

AT_A_TIME = 20
"""Persons in one question; the others' turn comes with the next probes."""

MOST = 40
"""Persons whose answers are kept, those of past events too: their pages are read later."""

LONGEST_ENCODED = 90_000
"""Characters of a picture in base64: a little more than the largest that is shown."""


def portrait_name(person_id: object) -> str:
    """What the portrait of a person is called; "" where it is nobody. Raises ValueError."""
    number = read_whole(person_id) or 0
    return f"{PREFIX}{number}" if 0 < number < 2**31 else ""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the installation answered for one person, and when."""

    picture: Picture | None
    at: Timestamp


class Portraits:
    """Asks for the portraits of persons that nothing is known of yet."""

    def __init__(self, access: Access, clock: Callable[[], float] = time.time) -> None:
        self._access = access
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._asked = 0.0
        self._wait = 0.0
        self._told = ""
        self.pictures: tuple[Picture, ...] = ()
        """Those that are known, of past events too."""

    async def look(self, names: Iterable[str], patience: float = PATIENCE) -> tuple[Problem, ...]:
        """Asks for those of `names` that are not known, at most some, within so many seconds.

        Returns what is new about why they can't be had. Raises nothing that an installation
        could cause.
        """
        wanted = dict.fromkeys(islice(filter(None, dict.fromkeys(names)), MOST))
        missing = [name for name in wanted if not self._holds(name)][:AT_A_TIME]
        if not missing or patience <= 0 or 0 <= self._clock() - self._asked < self._wait:
            return ()
        # Noted before: if the probe's deadline cuts this off, it must not do so each time.
        self._asked, self._wait = self._clock(), AFTER_FAILURE
        reason, self._wait = await self._ask(missing, patience)
        self._asked = self._clock()
        self._forget(wanted)
        pictures = tuple(known.picture for known in self._known.values() if known.picture)
        if pictures != self.pictures:
            self.pictures = pictures
        before, self._told = self._told, reason
        return (Problem(WHERE, reason),) if reason and reason != before else ()

    def _holds(self, name: str) -> bool:
        known = self._known.get(name)
        return known is not None and 0 <= self._clock() - known.at < EVERY

    async def _ask(self, names: list[str], patience: float) -> tuple[str, float]:
        """Why not all went well, or ""; and the seconds until anything is asked again."""
        try:
            async with asyncio.timeout(patience):
                numbers = [int(name.removeprefix(PREFIX)) for name in names]
                document = await self._access.portraits(numbers)
            found, fault = read_portraits(document, names)
        except NotAvailable as ended:
            return str(ended), EVERY
        except TimeoutError:
            return f"no answer within {patience:g} s", AFTER_FAILURE
        except ProbeEnded as ended:
            # Being throttled or paused, we come again no sooner than we were told.
            return str(ended), max(AFTER_FAILURE, getattr(ended, "retry_after", None) or 0.0)
        now = self._clock()
        for name in names:  # those without one are not asked for again today
            self._known.pop(name, None)
            self._known[name] = _Known(found.get(name), now)
        return fault, 0.0

    def _forget(self, wanted: dict[str, None]) -> None:
        """Keeps no more than some: those that are wanted, and of the others the last ones."""
        spare = [name for name in self._known if name not in wanted]
        for name in spare[: max(0, len(self._known) - MOST)]:
            del self._known[name]


def read_portraits(document: Document, names: Iterable[str]) -> tuple[dict[str, Picture], str]:
    """A list of PersonImage → pictures by their names, and the first fault in it, or "".

    Only those of `names` are taken. Raises Malformed where it is no list.
    """
    if not isinstance(document.value, list):
        raise Malformed(document.where, "is no list of portraits")
    wanted, found, fault = set(names), dict[str, Picture](), ""
    for entry, reason in _read(document.value[:MOST]):
        if entry is not None and entry.name in wanted:
            found.setdefault(entry.name, entry)
        fault = fault or reason
    return found, fault


def _read(entries: list[object]) -> Iterator[tuple[Picture | None, str]]:
    """Each entry as a picture, or None and why it is none; "" where that is in order."""
    for number, entry in enumerate(entries, 1):
        try:
            yield _read_entry(entry), ""
        except ValueError as error:
            yield None, f"portrait {number} {error}"


def _read_entry(entry: object) -> Picture | None:
    """One PersonImage; None where that person has none. Raises ValueError."""
    if not is_object(entry):
        raise ValueError(why_no_object(entry))
    name, encoded = portrait_name(field(entry, "PersonId")), read_text(field(entry, "ImageData"))
    if not name or not encoded:
        return None
    if len(encoded) > LONGEST_ENCODED:
        raise ValueError(f"({name}) has {len(encoded)} characters of ImageData")
    try:
        picture = Picture(name, base64.b64decode(encoded))
    except ValueError:
        raise ValueError(f"({name}) has ImageData that is not base64") from None
    if picture.fault:
        raise ValueError(f"({name}) can't be shown: {picture.fault}")
    return picture

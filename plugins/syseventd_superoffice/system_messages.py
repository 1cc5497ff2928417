"""The messages of the yellow banner, which SuperOffice shows its users above everything else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from syseventd import Malformed, NotAvailable, Observation, ProbeEnded, Problem, Timestamp
from syseventd_superoffice.access import Access, Document
from syseventd_superoffice.values import (
    Fields,
    Problems,
    is_object,
    read_message,
    read_name,
    read_text,
    read_time,
    read_whole,
    short_key,
    why_no_object,
)

KIND = "system-message"
PREFIX = "system-message-"
"""What the keys of all messages begin with."""

WHERE = "system messages"

EVERY = 300.0
"""Seconds between two looks: messages are written for days, not for minutes."""

WHERE_MISSING = 86400.0
"""Seconds until we look again where an installation has no such messages."""

PATIENCE = 4.0
"""Seconds that may pass until the answer: the events, which may be there by then, wait for it."""

MOST = 200
"""Messages that are read of one answer. People see a few."""

TYPES = ("", "Info", "Warning", "Error")


@dataclass(frozen=True, slots=True)
class Messages:
    """The messages that are shown, and what could not be read of them.

    `complete` False: there may be others, which are not to end.
    """

    observations: tuple[Observation, ...] = ()
    problems: tuple[Problem, ...] = ()
    complete: bool = True

    def at(self, now: Timestamp) -> tuple[Observation, ...]:
        """Those that have not expired."""
        ends = ((o, o.expected_end) for o in self.observations)
        return tuple(o for o, end in ends if end is None or end > now)


UNSEEN = Messages(complete=False)


class SystemMessages:
    """Asks for the messages now and then. A failure to get them is told, and stops nobody."""

    def __init__(
        self,
        access: Access,
        every: float = EVERY,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._access = access
        self._every = every
        self._patience = patience
        self._clock = clock
        self._asked = 0.0
        self._wait = 0.0
        self._known = UNSEEN

    async def look(self) -> Messages:
        """What is known of the messages. Raises nothing that an installation could cause."""
        if not 0 <= self._clock() - self._asked < self._wait:  # a clock may be put back, too
            self._known, self._wait = await self._ask()
            self._asked = self._clock()
        return self._known

    async def _ask(self) -> tuple[Messages, float]:
        """The messages, and the seconds until we look again."""
        try:
            async with asyncio.timeout(self._patience):
                document = await self._access.system_messages()
            return read_messages(document), self._every
        except NotAvailable:
            return UNSEEN, WHERE_MISSING
        except TimeoutError:
            return _lost(f"no answer within {self._patience:g} s"), self._every
        except ProbeEnded as ended:
            # Being throttled or paused, we come again no sooner than we were told.
            return _lost(str(ended)), max(self._every, getattr(ended, "retry_after", None) or 0.0)


def _lost(reason: str) -> Messages:
    return Messages(problems=(Problem(WHERE, reason),), complete=False)


def read_messages(document: Document) -> Messages:
    """A list of SystemMessage → events. Raises Malformed if it is none, or none can be read."""
    if not isinstance(document.value, list):
        raise Malformed(document.where, "is no list of messages")
    problems, read, complete = Problems(), list[Observation](), True
    for number, entry in enumerate(document.value[:MOST], 1):
        try:
            read.append(_read_message(number, entry, problems))
        except ValueError as error:
            problems.append(Problem(f"system message {number}", str(error)))
            complete = False
    if document.value and not read:
        raise Malformed(document.where, f"no message can be read; {problems[0]}")
    if len(document.value) > MOST:
        problems.append(Problem(WHERE, f"there are more than {MOST}; the first are read"))
        complete = False
    return Messages(tuple(read), problems.told(), complete)


def _read_message(number: int, entry: object, problems: list[Problem]) -> Observation:
    """One message. Raises ValueError where nobody knows which it is."""
    if not is_object(entry):
        raise ValueError(why_no_object(entry))
    fields = Fields(f"system message {number}", entry, problems)
    own = fields.need("MessageId", read_text) or fields.need("SystemMessageId", read_text)
    if not own:
        raise ValueError("has neither MessageId nor SystemMessageId")
    called = fields.read("SystemMessageId", read_name, "")
    user = fields.read("AssociateId", read_whole, None)
    details = (("Message ID", called), ("For user", str(user) if user else ""))
    return Observation(
        key=short_key(f"{PREFIX}{own}"),
        kind=KIND,
        name="System message",
        status=fields.read("Type", read_type, ""),
        message=fields.read("MarkdownMessage", read_message, ""),
        expected_end=fields.read("Expire", read_time, None),
        details=tuple((heading, text) for heading, text in details if text),
    )


def read_type(value: object) -> str:
    """A type as number, number in text or name → its word; "" if not said. Raises ValueError."""
    if isinstance(value, str):
        name = value.strip().capitalize()
        if name in TYPES:
            return name
        value = 0 if name == "Unspecified" else value
    number = read_whole(value) or 0
    if not 0 <= number < len(TYPES):
        raise ValueError(f"{number} is not one of 0 to {len(TYPES) - 1}")
    return TYPES[number]

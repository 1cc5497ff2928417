"""What the licence server says of each owner's licence, and when it is asked again. Pure.

It is asked at once about an owner that is new to us, and then once a day: at a time that each
installation and owner has for its own, so that a thousand of them don't ask together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from syseventd import NotAvailable, Observation, ProbeEnded, Problem, Timestamp
from syseventd_superoffice.access import Document
from syseventd_superoffice.licences import kinds
from syseventd_superoffice.licences.dates import DAY
from syseventd_superoffice.licences.licence import VENDOR, event_key
from syseventd_superoffice.remembered import NOT_OURS
from syseventd_superoffice.values import Fields, is_object, read_message, read_name, why_no_object

MEMORY = "licence-server"
"""The name under which the answers are kept."""

TRY_AGAIN = 6 * 3600.0
"""Seconds until a question that failed is asked again."""

UP_TO_DATE = "Ok"
UNAVAILABLE = "NotAvailable"
"""Our own: this way in, or this installation, can't ask the licence server at all."""
STATUSES = {
    "0": UP_TO_DATE,
    "1": "NewLicenseAvailable",
    "2": "NewCompanyNameAvailable",
    "3": "NewSerialAvailable",
    "4": "UseCustomMessage",
    "5": "UseCustomMessageAndUrl",
    "100": "ProblemWithLicense",
    "5000": "UnknownError",
}
WORDS = {
    UP_TO_DATE: "up to date",
    UNAVAILABLE: "can't be asked here",
    "NewLicenseActivated": "a new licence was activated",
    "NewLicenseAvailable": "a new licence is available",
    "NewCompanyNameAvailable": "a new company name is available",
    "NewSerialAvailable": "a new serial number is available",
    "UseCustomMessage": "it has a message",
    "UseCustomMessageAndUrl": "it has a message",
    "ProblemWithLicense": "there is a problem with the licence",
}
QUIET = frozenset({"", UP_TO_DATE, UNAVAILABLE, "NewLicenseActivated"})
"""Statuses of which nobody need be told as of an event."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the licence server said last of one owner.

    `asked` is when it was asked last, 0 before the first time; `status` is "" until it answered;
    `failure` says why it did not answer last time.
    """

    asked: Timestamp = 0.0
    answered: Timestamp | None = None
    status: str = ""
    message: str = ""
    url: str = ""
    failure: str = ""

    @property
    def words(self) -> str:
        """What it said, for people."""
        return WORDS.get(self.status, self.status)


Answers = Mapping[str, Answer]
"""By owner."""


def recalled(memory: Mapping[str, str]) -> dict[str, Answer]:
    """The answers that were kept. What no version of us wrote counts as none."""
    try:
        kept = json.loads(memory.get(MEMORY, "{}"))
        return {str(owner): _kept(answer) for owner, answer in kept.items()}
    except NOT_OURS:
        return {}


def _kept(answer: Mapping[str, Any]) -> Answer:
    answered = answer["answered"]
    texts = (str(answer[name]) for name in ("status", "message", "url", "failure"))
    return Answer(float(answer["asked"]), None if answered is None else float(answered), *texts)


def written(answers: Answers) -> dict[str, str]:
    """What the source is to be told again."""
    kept = {owner: asdict(answer) for owner, answer in answers.items()}
    return {MEMORY: json.dumps(kept)} if kept else {}


def next_time(answer: Answer, target: str, owner: str) -> Timestamp:
    """When an owner is to be asked for next: at its own time of the day; sooner after a failure.

    The first question comes at any time: its next one is not before half a day has passed.
    """
    if not answer.asked:
        return answer.asked
    digest = hashlib.sha256(f"{target}\n{owner.lower()}".encode("utf-8", "replace")).digest()
    own = int.from_bytes(digest[:4], "big") / 2**32 * DAY
    following = (answer.asked + DAY / 2 - own) // DAY * DAY + DAY + own
    return min(following, answer.asked + TRY_AGAIN) if answer.failure else following


def read_answer(
    answer: Document | ProbeEnded, before: Answer, now: Timestamp, problems: list[Problem]
) -> Answer:
    """CheckLicenseStatusResult → answer. What was said before holds where nothing was said now."""
    if isinstance(answer, NotAvailable):
        return Answer(now, status=UNAVAILABLE)
    if isinstance(answer, ProbeEnded):
        return replace(before, asked=now, failure=read_name(str(answer)))
    if not is_object(answer.value):
        reason = f"its answer {why_no_object(answer.value)}"
        return replace(before, asked=now, failure=reason)
    fields = Fields(answer.where, answer.value, problems)
    word = fields.read("LicenseStatus", read_name, "")
    status = STATUSES.get(word, word)
    message = fields.read("Message", read_message, "")
    if status in ("", "UnknownError"):
        reason = f"it could not tell: {read_name(message)}" if message else "it could not tell"
        return replace(before, asked=now, failure=reason)
    return Answer(now, now, status, message, fields.read("Url", read_name, ""))


def fact_name(owner: str) -> str:
    """Under which name pages tell what it said of an owner."""
    return "licence server" if owner.upper() == VENDOR else f"licence server ({owner})"


def fact(answer: Answer) -> str:
    """What it said of an owner, in words for people."""
    if not answer.status:
        return "has not answered yet" if answer.asked else "not asked yet"
    return answer.words if answer.answered is None else f"{minute(answer.answered)}: {answer.words}"


def minute(at: Timestamp) -> str:
    """A time as facts and problems tell it."""
    return datetime.fromtimestamp(at, UTC).strftime("on %Y-%m-%d at %H:%M UTC")


def observe_answer(owner: str, answer: Answer) -> Observation | None:
    """The event of what somebody should know; None where the licence is up to date."""
    if answer.status in QUIET:
        return None
    told = [("Address", answer.url)] if answer.url else []
    return Observation(
        key=event_key(MEMORY, owner),
        kind=kinds.SERVER,
        name=f"Licence server about {owner}",
        status=answer.words,
        message=answer.message,
        details=tuple(told),
    )


def known_by(answer: Answer, owner: str, answers: Answers) -> Answers:
    """What is known by an answer about one owner: who can't be asked at all is asked about none."""
    others = (name for name in answers if answer.status == UNAVAILABLE)
    return {owner: answer} | {name: answer for name in others if not answers[name].status}


def due(answers: Answers, target: str, now: Timestamp) -> list[str]:
    """The owners that are to be asked for, the one that has been due for longest first."""
    times = {owner: next_time(answer, target, owner) for owner, answer in answers.items()}
    return sorted((owner for owner, at in times.items() if at <= now), key=times.__getitem__)

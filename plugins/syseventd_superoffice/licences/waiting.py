"""A new licence that waits: whether it can be activated, and what it would change."""

from __future__ import annotations

from collections.abc import Iterable

from syseventd import NEVER, Observation, Timestamp
from syseventd_superoffice.licences import kinds
from syseventd_superoffice.licences.changes import enumerated
from syseventd_superoffice.licences.dates import day_of
from syseventd_superoffice.licences.licence import Altered, Licence, Waiting, event_key, number
from syseventd_superoffice.values import (
    Fields,
    read_flag,
    read_message,
    read_name,
    read_time,
)


def read_waiting(
    whole: Fields, new: Fields, current: Licence, altered: Iterable[Altered]
) -> Waiting:
    """New of ExtendedLicenseInfo → the licence that waits, beside the `current` one.

    `whole` are the fields of all of it.
    """
    ends, company, serial = current.dates.get("licence"), current.company, current.serial
    told = []
    if "ExpiryDate" in new and ends is not None:
        new_end = new.read("ExpiryDate", _read_end, ends)
        told += [f"end: {day_of(ends)} → {day_of(new_end)}"] if new_end != ends else []
    new_company = new.read("CompanyName", read_name, "") or company
    told += [f"company: {company} → {new_company}"] if new_company != company else []
    new_serial = new.read("SerialNr", read_name, "") or serial
    told += [f"serial number: {serial} → {new_serial}"] if new_serial != serial else []
    return Waiting(
        whole.read("CanBeActivated", read_flag, False),
        whole.read("Reason", read_message, ""),
        tuple(altered),
        tuple(told),
    )


def _read_end(value: object) -> Timestamp:
    at = read_time(value)
    return NEVER if at is None else at


def observe_waiting(licence: Licence, waiting: Waiting) -> Observation:
    """The event of a licence that waits: whether it can be activated, and what it alters."""
    short = [altered.label for altered in waiting.altered if altered.short]
    parts = [
        waiting.reason,
        f"More in use than it allows: {enumerated(short)}" if short else "",
        enumerated([*waiting.renewed, *(_in_words(altered) for altered in waiting.altered)]),
    ]
    return Observation(
        key=event_key("waiting", licence.owner),
        kind=kinds.WAITING,
        name=f"New licence of {licence.owner}",
        status="can be activated" if waiting.can_be_activated else "can't be activated",
        message=read_message(". ".join(part.rstrip(".") for part in parts if part)),
    )


def _in_words(altered: Altered) -> str:
    """Old and new number; and how many are in use, where there are to be fewer.

    What is in use changes all day. Of a module that grows nobody need hear of it here.
    """
    text = f"{altered.label}: {number(altered.old)} → {number(altered.new)}"
    return f"{text} ({altered.used} in use)" if altered.shrinks and altered.used else text

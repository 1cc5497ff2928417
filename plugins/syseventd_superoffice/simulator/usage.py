"""What the metered services are counted from: mailings, logins, chats, forms, and bytes stored."""

from __future__ import annotations

import math
from functools import lru_cache

from syseventd_superoffice.simulator.scenes import DAY, LAP
from syseventd_superoffice.simulator.vocabulary import FormStatus, ShipmentStatus
from syseventd_superoffice.simulator.world import Chat, CustomerLogin, Form, Shipment, Usage

A_DAY = 86_400.0
BEFORE = 35
"""Days of rows that lie before the story: more than a month."""

SENT_FROM, SENT_UNTIL, RECIPIENTS = 100.0, 220.0, 400
"""In each lap a mailing goes out between these seconds."""

LOGIN_EVERY, LOGIN_EVERY_BEFORE = 60.0, 2_700.0
FORM_EVERY, FORM_EVERY_BEFORE = 120.0, 10_800.0
FORM_IS_FILLED, FORM_IS_PROCESSED = 20.0, 60.0

CHAT_EVERY, CHAT_WAITS, CHAT_LASTS, CHAT_IS_PURGED = 40.0, 10.0, 90.0, 400.0
"""Seconds between chats; then of a chat: until it starts, until it ends, until its row is gone."""
NOBODY_ANSWERS = 5
"""Every fifth chat is never started."""

GIB = 1024**3
MIB = 1024**2

FIRST_ID = 1_001
"""The id of the first row of the story; those before it have smaller ones, where there are any."""


def usage_at(seconds: float) -> Usage:
    """The rows as they stand at one second, and before the story as at its first."""
    seconds = max(0.0, seconds)
    return Usage(
        # Grows by a MiB a second; at the end of the day somebody tidies up.
        storage=44 * GIB + math.floor(seconds % DAY) * MIB,
        shipments=_shipments(seconds),
        logins=_logins(math.floor(seconds / LOGIN_EVERY) + 1),
        chats=_chats(seconds),
        forms=_forms(seconds),
    )


def _shipments(seconds: float) -> tuple[Shipment, ...]:
    lap = math.floor(seconds / LAP)
    second = seconds - lap * LAP
    done = _sent_shipments(lap)
    if second < SENT_FROM:
        return done
    share = min(1.0, (second - SENT_FROM) / (SENT_UNTIL - SENT_FROM))
    return (*done, _shipment(lap, math.floor(RECIPIENTS * share)))


@lru_cache(maxsize=64)
def _sent_shipments(laps: int) -> tuple[Shipment, ...]:
    """The mailings of the weeks before, and of the laps that are over."""
    return (*_EARLIER_SHIPMENTS, *(_shipment(lap, RECIPIENTS) for lap in range(laps)))


def _shipment(lap: int, sent: int) -> Shipment:
    ended = sent == RECIPIENTS
    return Shipment(
        FIRST_ID + lap,
        f"Newsletter {lap + 1} (simulated)",
        lap * LAP + SENT_FROM,
        lap * LAP + SENT_UNTIL if ended else None,
        ShipmentStatus.Ok if ended else ShipmentStatus.Started,
        RECIPIENTS,
        sent,
    )


_EARLIER_SHIPMENTS = tuple(
    Shipment(
        FIRST_ID - days,
        "Weekly newsletter (simulated)",
        -days * A_DAY,
        -days * A_DAY + 600,
        ShipmentStatus.Ok,
        3_000,
        2_980,
    )
    for days in range(BEFORE, 0, -7)
)


@lru_cache(maxsize=64)
def _logins(number: int) -> tuple[CustomerLogin, ...]:
    """Logins at the customer centre; every tenth row is another kind of session."""
    return (
        *_EARLIER_LOGINS,
        *(
            CustomerLogin(2 * FIRST_ID + n, n * LOGIN_EVERY, 1 if n % 10 == 9 else 2)
            for n in range(number)
        ),
    )


_EARLIER_LOGINS = tuple(
    CustomerLogin(2 * FIRST_ID - n, -n * LOGIN_EVERY_BEFORE, 1 if n % 10 == 0 else 2)
    for n in range(math.floor(BEFORE * A_DAY / LOGIN_EVERY_BEFORE), 0, -1)
)


def _chats(seconds: float) -> tuple[Chat, ...]:
    """The chats whose rows are not purged yet."""
    first = math.floor((seconds - CHAT_LASTS - CHAT_IS_PURGED) / CHAT_EVERY) + 1
    last = math.floor(seconds / CHAT_EVERY)
    return tuple(_chat(number, seconds) for number in range(max(0, first), last + 1))


def _chat(number: int, seconds: float) -> Chat:
    requested = number * CHAT_EVERY
    started = requested + CHAT_WAITS
    ended = requested + CHAT_LASTS
    answered = number % NOBODY_ANSWERS != NOBODY_ANSWERS - 1
    return Chat(
        FIRST_ID + number,
        requested,
        started if answered and started <= seconds else None,
        ended if ended <= seconds else None,
    )


def _forms(seconds: float) -> tuple[Form, ...]:
    last = math.floor(seconds / FORM_EVERY)
    submitted = last * FORM_EVERY
    age = seconds - submitted
    status = FormStatus.InProgress
    if age >= FORM_IS_FILLED:
        status = FormStatus.Processed if age >= FORM_IS_PROCESSED else FormStatus.Submitted
    return (*_processed_forms(last), Form(FIRST_ID + last, submitted, status))


@lru_cache(maxsize=64)
def _processed_forms(number: int) -> tuple[Form, ...]:
    return (
        *_EARLIER_FORMS,
        *(Form(FIRST_ID + n, n * FORM_EVERY, FormStatus.Processed) for n in range(number)),
    )


_EARLIER_FORMS = tuple(
    Form(FIRST_ID - n, -n * FORM_EVERY_BEFORE, FormStatus.Processed)
    for n in range(math.floor(BEFORE * A_DAY / FORM_EVERY_BEFORE), 0, -1)
)

"""The rows that the metered services are counted from, at any second of the story."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syseventd_superoffice.simulator.scenes import DAY, LAP
from syseventd_superoffice.simulator.story import state_at
from syseventd_superoffice.simulator.vocabulary import FormStatus, ShipmentStatus
from syseventd_superoffice.simulator.world import Usage

SECONDS = st.floats(0, 20 * LAP)
A_DAY = 86_400.0


def usage(seconds: float) -> Usage:
    return state_at(seconds).usage


@given(SECONDS)
def test_ids_are_unique_and_grow(seconds: float) -> None:
    """Each table's rows come in the order of their ids and of their times."""
    now = usage(seconds)
    for rows, time in (
        (now.shipments, "started"),
        (now.logins, "at"),
        (now.chats, "requested"),
        (now.forms, "submitted"),
    ):
        ids = [row.id for row in rows]
        assert ids == sorted(set(ids))
        times = [getattr(row, time) for row in rows]
        assert times == sorted(times)
        assert times[-1] <= seconds


@given(SECONDS, st.floats(0, LAP))
def test_all_but_chats_stay(seconds: float, later: float) -> None:
    """What was counted once can be counted again: nobody purges mailings, logins and forms."""
    before, after = usage(seconds), usage(seconds + later)
    for name in ("shipments", "logins", "forms"):
        gone = {row.id for row in getattr(before, name)} - {row.id for row in getattr(after, name)}
        assert not gone


def test_there_is_more_than_a_month_behind() -> None:
    """Whatever day it is, the month to date can be counted from its first day."""
    start = usage(0)
    first = (start.shipments[0].started, start.logins[0].at, start.forms[0].submitted)
    assert all(at <= -34 * A_DAY for at in first)


def test_chats_are_purged() -> None:
    """A chat's row is gone minutes after its end, so that counting rows counts too few."""
    assert usage(1)  # the first chat is there
    first = usage(1).chats[0].id
    assert first in {chat.id for chat in usage(489).chats}
    assert first not in {chat.id for chat in usage(490).chats}
    assert len(usage(5 * LAP).chats) < 20


def test_not_every_chat_is_started() -> None:
    """Some wait and nobody answers; those that are answered start after a while and end."""
    chats = usage(LAP).chats
    assert any(chat.started is None and chat.ended is not None for chat in chats)
    assert any(chat.started is not None and chat.ended is None for chat in chats)


def test_a_mailing_goes_out_bit_by_bit() -> None:
    """It counts what is sent, and has an end when all of it is."""
    halfway, done = usage(160).shipments[-1], usage(220).shipments[-1]
    assert (halfway.status, halfway.sent, halfway.ended) == (ShipmentStatus.Started, 200, None)
    assert (done.status, done.sent, done.ended) == (ShipmentStatus.Ok, 400, 220)
    assert usage(99).shipments[-1].started < 0


def test_a_form_is_filled_sent_and_processed() -> None:
    """Only what was sent counts."""
    seen = [usage(120 + age).forms[-1].status for age in (19, 20, 60)]
    assert seen == [FormStatus.InProgress, FormStatus.Submitted, FormStatus.Processed]


def test_some_logins_are_none_of_the_customer_centre() -> None:
    """Rows of another origin are there to be left out."""
    assert {login.origin for login in usage(0).logins} == {1, 2}
    assert {login.origin for login in usage(LAP).logins if login.at > 0} == {1, 2}


def test_storage_grows_and_is_tidied_up() -> None:
    """It grows all day, and begins anew with the next."""
    assert usage(100).storage > usage(99).storage
    assert usage(DAY).storage == usage(0).storage < usage(DAY - 1).storage


def test_before_the_story_there_is_its_history() -> None:
    """The rows of the weeks before, and none of the story's own but the first."""
    assert usage(-5).logins == usage(0).logins

"""What a database counts of metered services between two times."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd import NotAvailable


def test_usage_is_counted_between_two_times(database: Any) -> None:
    """The first belongs to it, the second does not."""
    at = 1_782_907_200.0  # the story's first second, at which somebody logs in
    counts = database.ask("usage", at, at + 60).value
    assert (counts["logins"], counts["chats"], counts["forms"]) == (1, 2, 1)


def test_sessions_of_other_kinds_are_no_logins(database: Any) -> None:
    """Only those of the customer centre's pages are invoiced."""
    at = 1_782_907_200.0
    database.run("UPDATE login_customer SET origin = 1")
    assert database.ask("usage", at, at + 60).value["logins"] == 0


@pytest.mark.parametrize(("status", "counted"), [(1, 0), (2, 0), (3, 1), (4, 1), (5, 1)])
def test_form_counts_once_it_is_submitted(database: Any, status: int, counted: int) -> None:
    """Not while it is filled in, nor before its address is confirmed."""
    at = 1_782_907_200.0
    database.run("UPDATE form_submission SET status = :status", status=status)
    assert database.ask("usage", at, at + 60).value["forms"] == counted


def test_usage_of_a_very_old_database_is_counted(database: Any) -> None:
    """Its times are seconds, by the clock on the wall."""
    at = 1_782_907_200
    before = database.ask("usage", at, at + 60).value
    # Seconds of the wall's clock are those of UTC, reckoned from the text without its zone.
    database.run("UPDATE chat_session SET when_started = strftime('%s', when_started)")
    database.run("ALTER TABLE chat_session RENAME TO old_chats")
    database.run("CREATE TABLE chat_session (id INTEGER PRIMARY KEY, when_started INTEGER)")
    database.run("INSERT INTO chat_session SELECT id, when_started FROM old_chats")
    assert database.ask("usage", at, at + 60).value["chats"] == before["chats"] == 2


def test_usage_leaves_out_what_can_not_be_counted(database: Any) -> None:
    """Not every installation has Service."""
    database.run("DROP TABLE chat_session")
    database.run("DROP TABLE form_submission")
    assert set(database.ask("usage", 0.0, 1.0).value) == {"mailings", "logins", "storage"}


def test_usage_of_nothing_at_all_is_not_available(database: Any) -> None:
    """It names every table that is missing."""
    for table in ("s_shipment", "login_customer", "chat_session", "form_submission"):
        database.run(f"DROP TABLE {table}")
    with pytest.raises(NotAvailable, match=r"s_shipment.*login_customer.*chat_.*form_submission"):
        database.ask("usage", 0.0, 1.0)


def test_mailing_that_sent_nothing_yet_counts_none(database: Any) -> None:
    """The column may be empty."""
    database.run("UPDATE s_shipment SET sent_num = NULL")
    assert database.ask("usage", 0.0, 2e9).value["mailings"] == 0

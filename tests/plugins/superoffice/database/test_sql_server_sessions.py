"""What SQL Server is told: how we log in, how our sessions are set up, and what its errors mean."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from syseventd import (
    NotAvailable,
    ProbeEnded,
    ProbeFailed,
    TimedOut,
    Unauthorized,
    Unreachable,
)
from syseventd_superoffice.database.questions import Database
from syseventd_superoffice.database.settings import DatabaseSettings

Settings = Callable[..., DatabaseSettings]

SECRET = "pass}wörd; @/:%41"


def ask(settings: DatabaseSettings, question: str = "system_messages", times: int = 1) -> Any:
    """One answer, or that of the last of several that are asked at once."""

    async def answer() -> Any:
        database = Database.of(settings)
        try:
            answers = await asyncio.gather(*(getattr(database, question)() for _ in range(times)))
            return answers[-1]
        finally:
            await database.aclose()

    return asyncio.run(answer())


def options(driver: Any) -> dict[str, str]:
    """What the first connection was told, in ODBC's words; values with a ";" left out."""
    text, _ = driver.connected[0]
    return dict(part.split("=", 1) for part in text.split(";") if "=" in part)


def test_logs_in_where_the_address_says(sql_server: Any, sql_server_settings: Settings) -> None:
    """Host, port, database and login."""
    ask(sql_server_settings())
    told = options(sql_server)
    assert (told["Server"], told["Database"], told["UID"]) == (
        "sql.example.com,1444", "crm", "monitor",
    )  # fmt: skip


def test_password_can_hold_any_character(sql_server: Any, sql_server_settings: Settings) -> None:
    """It is quoted as ODBC has it, so that it can't bring options of its own."""
    ask(sql_server_settings())
    assert "PWD={pass}}wörd; @/:%41}" in sql_server.connected[0][0]


def test_connection_is_encrypted_and_checked(
    sql_server: Any, sql_server_settings: Settings
) -> None:
    """Unless somebody says otherwise."""
    ask(sql_server_settings())
    assert options(sql_server)["Encrypt"] == "yes"
    assert options(sql_server)["TrustServerCertificate"] == "no"


def test_certificate_can_be_another_ones(sql_server: Any, sql_server_settings: Settings) -> None:
    """As behind a listener, or where the server made its own."""
    ask(sql_server_settings(certificate_name="sql-1.example.com", trust_server_certificate=True))
    assert options(sql_server)["HostnameInCertificate"] == "sql-1.example.com"
    assert options(sql_server)["TrustServerCertificate"] == "yes"


def test_logging_in_has_an_end(sql_server: Any, sql_server_settings: Settings) -> None:
    """Seconds, as the driver takes them; no second try behind our back."""
    ask(sql_server_settings())
    assert sql_server.connected[0][1] == {"timeout": 5}
    assert options(sql_server)["ConnectRetryCount"] == "0"


def test_statement_has_an_end(sql_server: Any, sql_server_settings: Settings) -> None:
    """Seconds, as the driver takes them."""
    ask(sql_server_settings())
    assert sql_server.connections[0].timeout == 10


def test_reads_what_is_not_committed(sql_server: Any, sql_server_settings: Settings) -> None:
    """As NetServer itself does: whoever reads waits for nobody, and nobody for him."""
    ask(sql_server_settings())
    isolation = "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED"
    first_read = next(n for n, sent in enumerate(sql_server.sent) if "crm7" in sent)
    assert isolation in sql_server.sent[:first_read]


def test_messages_come_in_english(sql_server: Any, sql_server_settings: Settings) -> None:
    """What they mean shows in their words, whatever the login's own language is."""
    ask(sql_server_settings())
    assert sql_server.sent[0] == "SET LANGUAGE us_english"


def test_nothing_is_sent_that_writes(sql_server: Any, sql_server_settings: Settings) -> None:
    """All questions sent SELECTs, and set up their own sessions."""
    for question in ("system_events", "batch_tasks", "licences", "database", "freetext_status"):
        try:
            ask(sql_server_settings(), question)
        except NotAvailable:
            continue  # the stand-in has no rows
    assert {sent.split()[0].upper() for sent in sql_server.sent} == {"SELECT", "SET"}


def test_ten_questions_at_once_take_two_connections(
    sql_server: Any, sql_server_settings: Settings
) -> None:
    """The database is not ours."""
    ask(sql_server_settings(), times=10)
    assert 1 <= len(sql_server.connected) <= 2


def test_tells_the_product_as_people_say_it(sql_server: Any, sql_server_settings: Settings) -> None:
    """Without its build, its licence and its operating system."""
    answer = ask(sql_server_settings(), "database")
    assert answer.value["databaseType"] == "Microsoft SQL Server 2022"


def test_tells_whom_it_takes_us_for(sql_server: Any, sql_server_settings: Settings) -> None:
    """The login, as the server knows it."""
    sql_server.answers["suser_sname"] = "EXAMPLE\\monitor"
    assert ask(sql_server_settings(), "principal").value == {"UserName": "EXAMPLE\\monitor"}


def test_rows_are_known_without_counting_them(
    sql_server: Any, sql_server_settings: Settings
) -> None:
    """The free-text index may have millions."""
    sql_server.answers["sys.partitions"] = 83_000
    status = ask(sql_server_settings(), "freetext_status").value
    assert (status["CountWords"], status["Occurrences"]) == (83_000, 83_000)
    assert not any("count(" in sent for sent in sql_server.sent)


def test_index_that_may_not_be_seen_is_not_available(
    sql_server: Any, sql_server_settings: Settings
) -> None:
    """The server tells nothing then, rather than refusing."""
    with pytest.raises(NotAvailable, match="the user monitor may not see how many words"):
        ask(sql_server_settings(), "freetext_status")


def test_usage_is_told_without_a_size_that_may_not_be_seen(
    sql_server: Any, sql_server_settings: Settings
) -> None:
    """What can be counted is counted."""
    denied = ("Syntax error or access violation", "The SELECT permission was denied on 'files'")
    sql_server.raises["sys.database_files"] = sql_server.Error(*denied)

    async def ask_usage() -> Any:
        database = Database.of(sql_server_settings())
        try:
            return (await database.usage(0.0, 1.0)).value
        finally:
            await database.aclose()

    assert asyncio.run(ask_usage()) == {"mailings": 0, "logins": 0, "chats": 0, "forms": 0}


ERRORS: dict[str, tuple[tuple[str, str], type[ProbeEnded], str]] = {
    "no right": (
        ("Syntax error or access violation", "[Microsoft]The SELECT permission was denied on the "
         "object 'message', database 'crm', schema 'crm7'."),
        NotAvailable, "the user monitor has no right to read crm7.message",
    ),
    "no right to a column": (
        ("Syntax error or access violation", "The SELECT permission was denied on the column "
         "'markdownmessage' of the object 'message', database 'crm', schema 'crm7'."),
        NotAvailable, "the user monitor has no right to read crm7.message",
    ),
    "login refused": (
        ("Invalid authorization specification", "[Microsoft]Login failed for user 'monitor'."),
        Unauthorized, "the user monitor and the password that is configured are not accepted",
    ),
    "no such database": (
        ("Syntax error or access violation", 'Cannot open database "crm" requested by the login. '
         "The login failed."),
        Unreachable, "no such database, or not for this user",
    ),
    "refused": (
        ("Client unable to establish connection", "[Microsoft]TCP Provider: Error code 0x2749"),
        Unreachable, "connection refused",
    ),
    "unknown host": (
        ("Client unable to establish connection", "[Microsoft]TCP Provider: Error code 0x2AF9"),
        Unreachable, "the name of its host can't be resolved",
    ),
    "no answer": (
        ("Client unable to establish connection", "[Microsoft]TCP Provider: Timeout error [258]. "),
        Unreachable, "it does not answer",
    ),
    "login too slow": (
        ("Timeout expired", "[Microsoft]Login timeout expired"),
        Unreachable, "it does not answer",
    ),
    "statement too slow": (
        ("Timeout expired", "[Microsoft]Query timeout expired"),
        TimedOut, "no answer within 10 s",
    ),
    "certificate": (
        ("Client unable to establish connection", "SSL Provider: [error:0A000086:SSL routines::"
         "certificate verify failed:self-signed certificate]"),
        Unreachable, "its certificate isn't trusted",
    ),
    "link broken": (
        ("Communication link failure", "TCP Provider: Error code 0x68"),
        Unreachable, "the connection broke",
    ),
    "driver incomplete": (
        ("Connection operation failed", "Failed to load the driver. Please read the documentation"),
        Unreachable, "its driver lacks a library",
    ),
    "something else": (
        ("General error", "[Microsoft]Something\nnew  happened"),
        ProbeFailed, "General error: [Microsoft]Something new happened",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_error_ends_the_probe_by_name(
    sql_server: Any, sql_server_settings: Settings, name: str
) -> None:
    """And says what to do, in the words of whoever configures it."""
    told, outcome, words = ERRORS[name]
    sql_server.raises["FROM crm7.message"] = sql_server.Error(*told)
    with pytest.raises(outcome) as raised:
        ask(sql_server_settings())
    assert type(raised.value) is outcome
    assert words in str(raised.value)


def test_error_while_connecting_ends_the_probe_by_name(
    sql_server: Any, sql_server_settings: Settings
) -> None:
    """Before anything was asked."""
    told, outcome, words = ERRORS["login refused"]
    sql_server.raises["connect"] = sql_server.Error(*told)
    with pytest.raises(outcome, match=words):
        ask(sql_server_settings())


@pytest.mark.parametrize(
    "form",
    ["pass}wörd; @/:%41", "pass}}wörd; @/:%41", "pass%7Dw%C3%B6rd%3B%20%40%2F%3A%2541"],
)
def test_no_error_shows_the_password(
    sql_server: Any, sql_server_settings: Settings, form: str
) -> None:
    """However the driver writes it, and wherever one looks for it."""
    sql_server.raises["connect"] = sql_server.Error("General error", f"in SERVER=x;PWD={form};A=b")
    with pytest.raises(ProbeFailed) as raised:
        ask(sql_server_settings())
    shown = "".join(traceback.format_exception(raised.value)) + repr(raised.value)
    assert form not in shown
    assert "PWD=…;A=b" in shown


def test_mistake_of_a_driver_is_an_error_by_name(
    sql_server: Any, sql_server_settings: Settings
) -> None:
    """It may raise what is no error of databases at all."""
    sql_server.raises["connect"] = RuntimeError(f"bad string: PWD={SECRET}")
    with pytest.raises(ProbeFailed, match="bad string: PWD=…"):
        ask(sql_server_settings())


def test_table_that_is_missing_is_not_available(
    sql_server: Any, sql_server_settings: Settings
) -> None:
    """Where the company, which every installation has, is there."""
    missing = ("Base table or view not found", "Invalid object name 'crm7.message'.")
    sql_server.raises["FROM crm7.message"] = sql_server.Error(*missing)
    with pytest.raises(NotAvailable, match=r"this database lacks crm7\.message"):
        ask(sql_server_settings())


def test_schema_that_is_missing_is_said(sql_server: Any, sql_server_settings: Settings) -> None:
    """Else every source would be not available, and nobody would know why."""
    missing = ("Base table or view not found", "Invalid object name.")
    sql_server.raises["FROM so."] = sql_server.Error(*missing)
    with pytest.raises(Unreachable, match=r"it has no so\.company; check `url` and `table_prefix`"):
        ask(sql_server_settings(table_prefix="so"))


def test_company_without_the_right_is_there(sql_server: Any, sql_server_settings: Settings) -> None:
    """Who may not read it sees that it exists."""
    missing = ("Base table or view not found", "Invalid object name 'crm7.message'.")
    denied = ("Syntax error or access violation", "The SELECT permission was denied on 'company'")
    sql_server.raises["FROM crm7.message"] = sql_server.Error(*missing)
    sql_server.raises["FROM crm7.company"] = sql_server.Error(*denied)
    with pytest.raises(NotAvailable, match=r"this database lacks crm7\.message"):
        ask(sql_server_settings())

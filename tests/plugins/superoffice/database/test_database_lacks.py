"""What a database lacks, or is not, is told by name; what it has besides is told all the same."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd import Malformed, NotAvailable, ProbeFailed, Unreachable
from syseventd_superoffice.database.engine import open_engine


def test_description_leaves_out_what_may_not_be_read(database: Any) -> None:
    """The rest is told."""
    database.run("DROP TABLE travelcurrent")
    database.run("DROP TABLE satellite")
    told = database.ask("database").value
    assert set(told) == {"databaseType", "company", "productversion"}


def test_company_without_a_row_is_left_out(database: Any) -> None:
    """As it should never be."""
    database.run("DELETE FROM company")
    assert "company" not in database.ask("database").value
    assert "CompanyName" not in database.rows("licences")[0]["Current"]


def test_index_that_is_missing_leaves_its_words(database: Any) -> None:
    """The two are counted apart."""
    database.run("DROP TABLE freetextindex")
    status = database.ask("freetext_status").value
    assert status["CountWords"] > 1000
    assert status["Occurrences"] is None


def test_other_database_is_said_to_be_one_by_every_question(database: Any) -> None:
    """Also by those that ask for one value."""
    database.run("DROP TABLE company")
    database.run("DROP TABLE systemevent")
    with pytest.raises(Unreachable, match="it has no company; check `url`"):
        database.ask("is_event_active", "SimulatedImport")


@pytest.mark.parametrize(
    ("question", "details"),
    [
        ("plan_limit", ()),
        ("licence_server_status", ("SUPEROFFICE",)),
        ("versions", ()),
        ("upgrade_steps", ()),
        ("base_time_zone", ()),
        ("tenant", ()),
        ("principal", ()),
        ("portraits", ((7,),)),
    ],
)
def test_what_no_table_tells_is_not_available(
    database: Any, question: str, details: tuple[object, ...]
) -> None:
    """Rather than an answer that is made up."""
    with pytest.raises(NotAvailable):
        database.ask(question, *details)


def test_table_that_is_missing_is_not_available(database: Any) -> None:
    """This version may not have it."""
    database.run("DROP TABLE message")
    with pytest.raises(NotAvailable, match="this database lacks message"):
        database.ask("system_messages")


def test_column_that_is_missing_is_not_available(database: Any) -> None:
    """An older version may not have it."""
    database.run("ALTER TABLE statusdef DROP COLUMN generationstart")
    with pytest.raises(NotAvailable, match="this database lacks statusdef, or a column of it"):
        database.ask("status_monitors")


def test_other_database_is_said_to_be_one(database: Any) -> None:
    """A file of SQLite, but none of SuperOffice's."""
    database.run("DROP TABLE company")
    database.run("DROP TABLE message")
    with pytest.raises(Unreachable, match="it has no company; check `url`"):
        database.ask("system_messages")


def test_file_that_is_missing_is_not_made(database: Any, tmp_path: Any) -> None:
    """As SQLite would by itself."""
    with pytest.raises(Unreachable, match="no such database"):
        database.ask("system_messages", url=f"sqlite:///{tmp_path}/missing.db")
    assert not (tmp_path / "missing.db").exists()


def test_file_of_something_else_is_said_to_be_one(database: Any, tmp_path: Any) -> None:
    """As a path that is mistaken leads to."""
    (tmp_path / "notes.txt").write_text("not a database at all, but long enough to be one" * 9)
    with pytest.raises(Unreachable, match="no such database"):
        database.ask("system_messages", url=f"sqlite:///{tmp_path}/notes.txt")


def test_text_that_is_no_text_fails_by_name(database: Any) -> None:
    """Whoever wrote it, the probe fails and says why."""
    database.run("UPDATE message SET markdownmessage = CAST(x'ff' AS TEXT)")
    with pytest.raises(ProbeFailed, match="decode"):
        database.ask("system_messages")


def test_more_rows_than_anybody_has_are_malformed(
    database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is not taken to be whole."""
    monkeypatch.setattr("syseventd_superoffice.database.reading.MOST_ROWS", 2)
    with pytest.raises(Malformed, match=r"systemevent.* there are more than 2 rows"):
        database.ask("system_events")


def test_nothing_can_be_written(database: Any) -> None:
    """Not even by a statement of ours, were there one that wrote."""
    engine = open_engine(database.settings)
    try:
        with engine.connect() as connection, pytest.raises(Exception, match="readonly"):
            connection.exec_driver_sql("DELETE FROM company")
    finally:
        engine.dispose()

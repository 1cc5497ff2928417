"""Every statement as SQL Server gets it: T-SQL that reads, and no secret in it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Column, Select
from sqlalchemy.dialects.mssql.mssqlpython import MSDialect_mssqlpython
from sqlalchemy.sql.visitors import iterate

from syseventd_superoffice import batch_tasks
from syseventd_superoffice.database import statements, tables
from syseventd_superoffice.database.engine import READ_ONLY_SESSION
from syseventd_superoffice.database.products import SQL_SERVER

sqlglot: Any = pytest.importorskip(
    "sqlglot", reason="sqlglot is not installed: pip install sqlglot"
)

SOME_TIME = datetime(2026, 7, 1)

SECRETS = {"adminlogin", "session_key", "encryptedcheck", "encryptedcomm", "dsn", "signature"}
"""Columns that hold credentials, keys, or seals; no other column of ours is called so."""


COUNTED = {"freetextwords", "freetextindex"}
"""Tables of which only the number of rows is asked, where the server does not tell it."""


def _statements(value: object, name: str) -> Iterator[tuple[str, Select[Any]]]:
    if isinstance(value, Select):
        yield name, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _statements(part, f"{name}[{key}]")
    elif isinstance(value, tuple):
        for number, part in enumerate(value):
            yield from _statements(part, f"{name}[{number}]")


def _all() -> Iterable[tuple[str, Select[Any]]]:
    for name, value in vars(statements).items():
        yield from _statements(value, name)
    yield "version", SQL_SERVER.version
    yield "storage", SQL_SERVER.storage
    assert SQL_SERVER.login is not None
    yield "login", SQL_SERVER.login
    yield "rows", SQL_SERVER.rows(tables.freetextindex, "crm7")


ALL = dict(_all())
STATEMENTS = pytest.mark.parametrize("statement", ALL.values(), ids=ALL)


def as_sql(statement: Select[Any], schema: str = "crm7") -> str:
    """What the driver is handed, with its values written out."""
    values = {"key": "kSEFreetextRebuild", "since": SOME_TIME, "until": SOME_TIME}
    used = {name: values[name] for name in statement.compile().params if name in values}
    compiled = statement.params(used).compile(
        dialect=MSDialect_mssqlpython(),
        schema_translate_map={None: schema},
        render_schema_translate=True,
        compile_kwargs={"literal_binds": True},
    )
    return str(compiled)


def parsed(statement: Select[Any]) -> Any:
    """The one statement that it is. Fails for what is no T-SQL."""
    trees = sqlglot.parse(as_sql(statement), dialect="tsql")
    assert len(trees) == 1
    return trees[0]


def test_there_are_statements() -> None:
    """Else all that follows would prove nothing."""
    assert len(ALL) > 30


@STATEMENTS
def test_statement_is_a_select_through_and_through(statement: Select[Any]) -> None:
    """Nothing in it writes, calls a procedure, or takes a lock."""
    tree = parsed(statement)
    assert isinstance(tree, sqlglot.exp.Select)
    for kind in ("Insert", "Update", "Delete", "Merge", "Create", "Drop", "Alter", "Into", "Lock",
                 "Command", "Execute"):  # fmt: skip
        found = getattr(sqlglot.exp, kind, None)
        assert found is None or tree.find(found) is None, kind


@STATEMENTS
def test_statement_reads_no_secret(statement: Select[Any]) -> None:
    """Neither by name, nor with a star that would take all."""
    tree = parsed(statement)
    assert not {column.name.lower() for column in tree.find_all(sqlglot.exp.Column)} & SECRETS
    stars = [star for star in tree.find_all(sqlglot.exp.Star) if not star.find_ancestor(
        sqlglot.exp.Count)]  # fmt: skip
    assert stars == []


@STATEMENTS
def test_statement_names_tables_in_the_schema_alone(statement: Select[Any]) -> None:
    """Whatever the login's own schema is. What is SQL Server's own lies in sys."""
    for table in parsed(statement).find_all(sqlglot.exp.Table):
        assert table.db in ("crm7", "sys")


@STATEMENTS
def test_statement_names_columns_in_two_parts_at_most(statement: Select[Any]) -> None:
    """SQL Server has announced that it will understand no more."""
    for column in parsed(statement).find_all(sqlglot.exp.Column):
        assert not column.db


@STATEMENTS
def test_statement_is_bounded(statement: Select[Any]) -> None:
    """A list ends one row behind the most that is read; all else is a single row."""
    tree = parsed(statement)
    single = all(part.find(sqlglot.exp.AggFunc) or not tree.find(sqlglot.exp.Table)
                 for part in tree.expressions)  # fmt: skip
    assert tree.args.get("limit") is not None or single


def test_schema_is_the_one_that_is_configured() -> None:
    """Some installations have another prefix."""
    assert "FROM so.systemevent" in as_sql(statements.SYSTEM_EVENTS[-1], "so")


def test_schema_in_capitals_is_quoted() -> None:
    """As the vendor's own samples write it."""
    assert "[CRM7].systemevent" in as_sql(statements.SYSTEM_EVENTS[-1], "CRM7")


def test_no_declared_column_holds_a_secret() -> None:
    """What is not declared can't be asked for by a slip."""
    names = {column.name for table in tables.metadata.tables.values() for column in table.c}
    assert not names & SECRETS


@pytest.mark.parametrize("statement", statements.BATCH_TASKS)
def test_no_column_of_a_task_is_fetched_for_nobody(statement: Select[Any]) -> None:
    """What was ordered may hold somebody's secrets, and is nobody's business here."""
    reader = inspect.getsource(batch_tasks)
    fetched = [str(column.key) for column in statement.selected_columns]
    assert [name for name in fetched if f'"{name}"' not in reader] == []


def test_no_column_is_declared_for_nobody() -> None:
    """Each one's right is asked of the administrator: keys apart, a statement must need it."""
    used = {(part.table.name, part.name) for statement in ALL.values()
            for part in iterate(statement) if isinstance(part, Column)}  # fmt: skip
    declared = {(t.name, c.name) for t in tables.metadata.tables.values() for c in t.c
                if not c.primary_key and t.name not in COUNTED}  # fmt: skip
    assert declared - used == set()


def test_names_are_written_small() -> None:
    """So that a case-sensitive eye finds them; SQL Server's usual collation has none."""
    for table in tables.metadata.tables.values():
        assert table.name == table.name.lower()
        assert all(column.name == column.name.lower() for column in table.c)


@pytest.mark.parametrize("statement", READ_ONLY_SESSION["mssql"])
def test_session_is_only_set_up(statement: str) -> None:
    """The statements that are no SELECT change nothing but our own session."""
    tree = sqlglot.parse_one(statement, dialect="tsql")
    assert isinstance(tree, sqlglot.exp.Set)


def test_script_grants_the_columns_that_are_read(grants: list[str]) -> None:
    """Each of them, and no other of any table: theirs may hold secrets."""
    granted = {}
    for grant in grants:
        found = re.fullmatch(r"GRANT SELECT \(([\w, \n]+)\)\s+ON crm7\.(\w+) TO syseventd", grant)
        assert found is not None, grant
        granted[found[2]] = re.split(r",\s+", found[1])
    declared = {t.name: [c.name for c in t.c] for t in tables.metadata.tables.values()}
    assert granted == declared

"""The simulated installation as a database: its tables, holding what the story tells."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, Table, delete, func, insert, literal, select
from sqlalchemy.schema import CreateSchema

from syseventd_superoffice.database import tables
from syseventd_superoffice.simulator import licence_rows, machinery_rows, story_rows
from syseventd_superoffice.simulator.installation import Installation
from syseventd_superoffice.simulator.story_rows import Story

ROWS = {**story_rows.ROWS, **licence_rows.ROWS, **machinery_rows.ROWS}
"""Writes the rows of each table."""

COUNTED = (tables.freetextwords, tables.freetextindex)
"""Tables of which nobody reads more than how many rows they have."""


def fill(engine: Engine, installation: Installation, schema: str | None = None) -> None:
    """Makes the tables where they are missing, and has them hold what the story tells now.

    `schema` is where they lie; None where the product knows no schemas. Only for a database that
    is simulated: whatever its tables held is deleted.
    """
    with engine.begin() as connection:
        if schema is not None:
            connection.execute(CreateSchema(schema, if_not_exists=True))
        connection = connection.execution_options(schema_translate_map={None: schema})
        tables.metadata.create_all(connection)
        for table in reversed(tables.metadata.sorted_tables):
            if table not in COUNTED:
                connection.execute(delete(table))
        story = Story(installation.state(), installation)
        for table in tables.metadata.sorted_tables:
            rows = ROWS[table](story) if table in ROWS else ()
            if rows:
                connection.execute(insert(table), list(rows))
        _have_rows(connection, tables.freetextwords, story.state.index.words)
        _have_rows(connection, tables.freetextindex, story.state.index.occurrences)


def _have_rows(connection: Connection, table: Table, number: int) -> None:
    """Makes a table hold so many rows, with nothing in them worth reading."""
    if connection.scalar(select(func.count()).select_from(table)) == number:
        return
    connection.execute(delete(table))
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < number))
    key, other = table.columns
    filler = numbers.c.n if other.type.python_type is int else literal("SIMULATED")
    rows = select(numbers.c.n, filler).where(numbers.c.n <= number)
    connection.execute(insert(table).from_select([key, other], rows))

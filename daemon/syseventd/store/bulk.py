"""Inserts many rows with few calls to the database.

SQLite is called without the interpreter's lock, and each call may have to wait for it
afterwards. Row by row, 1,000 transitions took seconds here beside a busy event loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, bindparam

SIZES = (256, 64, 16, 4, 1)
"""How many rows one statement takes: few statements to prepare, few calls for any number.

256 rows of our widest table are 2,560 parameters; SQLite takes 32,766 since 3.32.
"""


def insert(connection: Connection, statement: Insert, rows: Sequence[tuple[Any, ...]]) -> None:
    """Runs `statement` for `rows`, whose values stand in the order of the table's columns."""
    done = 0
    for size in SIZES:
        while len(rows) - done >= size:
            values = tuple(chain.from_iterable(rows[done : done + size]))
            connection.exec_driver_sql(_text(statement, size, connection.dialect), values)
            done += size


@lru_cache(maxsize=64)
def _text(statement: Insert, size: int, dialect: Dialect) -> str:
    """The SQL of `statement` for `size` rows."""
    columns = [column.name for column in statement.table.columns]
    row_values: list[dict[str, Any]] = [
        {name: bindparam(f"{name}_{row}") for name in columns} for row in range(size)
    ]
    return str(statement.values(row_values).compile(dialect=dialect))

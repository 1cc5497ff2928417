"""What is asked differently of each database product: its own name, its size, our login."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Select,
    Table,
    cast,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
)

PAGE = 8192
"""Bytes of a page of SQL Server's."""

LOG_FILE = 1
HEAP, CLUSTERED = 0, 1
"""SQL Server's numbers for a kind of file, and for the two kinds of index that hold the rows."""


@dataclass(frozen=True, slots=True)
class Product:
    """A database product: statements of one row and one column, named `value`.

    `version` gives its name and version, `short` cuts that down to what people say. `login` is
    whom it takes us for, `storage` how many bytes the data have. `rows` tells how many rows a
    table of a schema has, without counting them where the server knows: NULL where it won't say.
    """

    version: Select[Any]
    short: re.Pattern[str]
    login: Select[Any] | None
    storage: Select[Any]
    rows: Callable[[Table, str | None], Select[Any]]

    def name(self, told: object) -> str:
        """The product's name and version, such as "Microsoft SQL Server 2022"."""
        found = self.short.match(told) if isinstance(told, str) else None
        return found[0] if found else ""


def _value(expression: Any) -> Select[Any]:
    return select(expression.label("value"))


def _count(counted: Table, schema: str | None) -> Select[Any]:
    return select(func.count().label("value")).select_from(counted)


# --- SQL Server -----------------------------------------------------------------------------------

_files = table("database_files", column("name"), column("type"), schema="sys").alias("files")
_partitions = table(
    "partitions", column("object_id"), column("index_id"), column("rows"), schema="sys"
).alias("partitions")


def _rows_of_partitions(counted: Table, schema: str | None) -> Select[Any]:
    """As the server keeps it beside the table: exact to a few rows, and free of charge."""
    name = f"{schema}.{counted.name}" if schema else counted.name
    return _value(func.sum(_partitions.c.rows)).where(
        _partitions.c.object_id == func.object_id(literal(name)),
        _partitions.c.index_id.in_([HEAP, CLUSTERED]),
    )


_pages_used = cast(func.fileproperty(_files.c.name, "SpaceUsed"), BigInteger)

SQL_SERVER = Product(
    version=_value(literal_column("@@VERSION")),
    short=re.compile(r"Microsoft [^(\n-]*[^(\n\s-]"),
    login=_value(func.suser_sname()),
    storage=_value(func.sum(_pages_used) * PAGE).where(_files.c.type != LOG_FILE),
    rows=_rows_of_partitions,
)

# --- PostgreSQL and SQLite, for tests and demonstrations ------------------------------------------

POSTGRESQL = Product(
    version=_value(func.version()),
    short=re.compile(r"PostgreSQL [\d.]+"),
    login=_value(literal_column("current_user")),
    storage=_value(func.pg_database_size(func.current_database())),
    rows=_count,
)


def _pragma(name: str) -> Any:
    return (
        select(column(name))
        .select_from(getattr(func, f"pragma_{name}")().table_valued(name))
        .scalar_subquery()
    )


SQLITE = Product(
    version=_value(literal("SQLite ").concat(func.sqlite_version())),
    short=re.compile(r"SQLite [\d.]+"),
    login=None,
    storage=_value(_pragma("page_count") * _pragma("page_size")),
    rows=_count,
)

PRODUCTS: Mapping[str, Product] = {
    "mssql": SQL_SERVER,
    "postgresql": POSTGRESQL,
    "sqlite": SQLITE,
}
"""By the name of SQLAlchemy's dialect."""

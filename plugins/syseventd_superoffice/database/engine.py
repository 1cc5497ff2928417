"""Connections to an installation's database: few, short of patience, and only for reading."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from syseventd_superoffice.database.settings import DRIVERS, DatabaseSettings

MOST_CONNECTIONS = 2

CONNECT_TIMEOUT = 5
"""Seconds that logging in may take."""

STATEMENT_TIMEOUT = 10
"""Seconds that one statement may take."""

READ_ONLY_SESSION: Mapping[str, tuple[str, ...]] = {
    # In English, because what is refused shows in words alone. Whom it deadlocks with goes first.
    "mssql": ("SET LANGUAGE us_english", "SET DEADLOCK_PRIORITY LOW"),
    "postgresql": (
        "SET default_transaction_read_only = on",
        f"SET statement_timeout = '{STATEMENT_TIMEOUT}s'",
    ),
    "sqlite": ("PRAGMA query_only = ON",),
}
"""What each new connection is told. SQL Server has no session that only reads: the login's
rights see to that, and that every statement is a SELECT.
"""


def open_engine(settings: DatabaseSettings) -> Engine:
    """An engine for the database. Nothing is connected yet.

    Isolation is READ UNCOMMITTED, as NetServer itself reads: on SQL Server whoever reads would
    else wait for who writes, and hold him up.
    """
    engine = create_engine(
        address(settings),
        connect_args=connect_arguments(settings.product),
        isolation_level="READ UNCOMMITTED",
        poolclass=QueuePool,
        pool_size=MOST_CONNECTIONS,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _set_up(settings.product), insert=True)
    if settings.product == "sqlite":
        return engine  # which knows no schemas
    return engine.execution_options(schema_translate_map={None: settings.table_prefix})


def address(settings: DatabaseSettings) -> URL:
    """The whole address for the driver, login and options included."""
    url = settings.address
    if settings.product == "sqlite":
        # SQLite's own way is to make an empty file where it finds none.
        path = Path(url.database or "").absolute()
        return URL.create("sqlite", database=path.as_uri(), query={"mode": "ro", "uri": "true"})
    mssql = settings.product == "mssql"
    secret = settings.password
    return url.set(
        drivername=DRIVERS[settings.product][0],
        username=settings.user,
        password=secret.get_secret_value() if secret else None,
        query=_sql_server_options(settings) if mssql else _postgresql_options(settings),
    )


def _sql_server_options(settings: DatabaseSettings) -> dict[str, str]:
    options = {
        "Encrypt": settings.encrypt,
        "TrustServerCertificate": "yes" if settings.trust_server_certificate else "no",
        # A connection that broke is given up at once, and made anew for the next question.
        "ConnectRetryCount": "0",
    }
    if settings.certificate_name:
        options["HostnameInCertificate"] = settings.certificate_name
    return options


def _postgresql_options(settings: DatabaseSettings) -> dict[str, str]:
    if settings.encrypt == "no":
        return {"sslmode": "disable"}
    if settings.trust_server_certificate:
        return {"sslmode": "require"}
    return {"sslmode": "verify-full", "sslrootcert": "system"}


def connect_arguments(product: str) -> dict[str, Any]:
    """What the driver's own `connect` is told beside the address."""
    if product == "mssql":
        return {"timeout": CONNECT_TIMEOUT}
    if product == "postgresql":
        return {"connect_timeout": CONNECT_TIMEOUT, "application_name": "syseventd"}
    return {"timeout": float(CONNECT_TIMEOUT)}


def _set_up(product: str) -> Any:
    def set_up(connection: Any, _: object) -> None:
        if product == "mssql":
            connection.timeout = STATEMENT_TIMEOUT
        cursor = connection.cursor()
        for statement in READ_ONLY_SESSION[product]:
            cursor.execute(statement)
        cursor.close()
        if product != "sqlite":
            connection.commit()

    return set_up

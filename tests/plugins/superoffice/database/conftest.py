"""Simulated databases: a file of SQLite, and a real PostgreSQL where the machine has one."""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.machinery import ModuleSpec
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from syseventd_superoffice.database.questions import Database
from syseventd_superoffice.database.settings import DatabaseSettings
from syseventd_superoffice.simulator.clock import Clock
from syseventd_superoffice.simulator.database import fill
from syseventd_superoffice.simulator.dates import zone_of
from syseventd_superoffice.simulator.installation import Installation

ANSWERED = (
    "system_events",
    "system_messages",
    "batch_tasks",
    "saint_configurations",
    "status_monitors",
    "freetext_status",
    "licences",
    "licence_status",
    "database",
    "server_processes",
    "prototypes",
    "schedules",
)
"""The questions that a database has an answer to, and that need no details."""

EPOCH = datetime(2026, 7, 1, 12, 0, 0, tzinfo=UTC).timestamp()
SCHEMA = "crm7"
GRANTS = files("syseventd_superoffice.database") / "grants.sql"
WITHIN = 60.0
"""Seconds that a server may take to start, on a machine that is busy."""


def new_story(second: float) -> Installation:
    """The simulated installation at one second of its story, in Norway's time."""
    clock = Clock(epoch=EPOCH, held=True)
    clock.move(second)
    return Installation(clock, "not a secret", base_zone=zone_of("NO"))


@dataclass
class SimulatedDatabase:
    """A database that holds the story, and ways to ask it."""

    settings: DatabaseSettings
    owner: Engine
    """Whoever uses this may write."""
    schema: str | None = None
    opened: list[Any] = field(default_factory=list)

    def tell(self, second: float) -> Installation:
        """Has it hold what the story tells at a second."""
        story = new_story(second)
        fill(self.owner, story, self.schema)
        return story

    def run(self, statement: str, **values: object) -> None:
        """Changes something, as a NetServer would."""
        with self.owner.begin() as connection:
            connection.execute(text(statement), values)

    def ask(self, question: str, *details: object, **settings: Any) -> Any:
        """One answer, from a way in that is opened for it. Raises what the question raises."""
        asked = self.settings.model_copy(update=settings)

        async def answer() -> Any:
            database = Database.of(asked)
            try:
                return await getattr(database, question)(*details)
            finally:
                await database.aclose()

        return asyncio.run(answer())

    def rows(self, question: str, **settings: Any) -> list[dict[str, Any]]:
        """The rows of a list, however it comes."""
        answer = self.ask(question, **settings)
        return list(answer.rows if hasattr(answer, "rows") else answer.value)


@pytest.fixture(scope="session")
def story() -> Callable[[float], Installation]:
    """Makes the simulated installation at one second of its story."""
    return new_story


@pytest.fixture(scope="session")
def told_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of SQLite that holds the story's second 150: to be copied, not to be changed."""
    path = tmp_path_factory.mktemp("database") / "told.db"
    engine = create_engine(f"sqlite:///{path}")
    fill(engine, new_story(150))
    engine.dispose()
    return path


@pytest.fixture
def database(told_file: Path, tmp_path: Path) -> Iterator[SimulatedDatabase]:
    """A file of SQLite of its own that holds the story's second 150."""
    path = tmp_path / "crm.db"
    shutil.copyfile(told_file, path)
    settings = DatabaseSettings(url=f"sqlite:///{path}", base_timezone="Europe/Oslo")
    engine = create_engine(f"sqlite:///{path}")
    yield SimulatedDatabase(settings, engine)
    engine.dispose()


# --- PostgreSQL -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class PostgreSql:
    """A server on this machine: where, and as whom one may do everything."""

    port: int
    password: str

    def engine(self, name: str = "postgres") -> Engine:
        url = f"postgresql+psycopg://owner:{self.password}@127.0.0.1:{self.port}/{name}"
        return create_engine(url)

    def settings(self, name: str, user: str, secret: str, **more: Any) -> DatabaseSettings:
        """What a target's configuration would say."""
        variable = f"SYSEVENTD_TEST_{secrets.token_hex(4).upper()}"
        os.environ[variable] = secret
        try:
            return DatabaseSettings(
                url=f"postgresql://127.0.0.1:{self.port}/{name}",
                user=user,
                password_env=variable,
                encrypt="no",
                base_timezone="Europe/Oslo",
                **more,
            )
        finally:
            del os.environ[variable]


def _program(name: str) -> str:
    """The path of one of PostgreSQL's programs, which Debian keeps beside the path."""
    found = shutil.which(name)
    if found is None:
        newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
        found = str(newest[-1]) if newest else None
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install postgresql")
    return found


def _unprivileged() -> dict[str, Any]:
    """How to start a program that refuses to be root's."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    """A PostgreSQL of our own, on loopback, for as long as the tests last."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install psycopg[binary]")
    initdb, postgres = _program("initdb"), _program("postgres")
    who = _unprivileged()
    # Not below pytest's own folder, into which nobody else may look.
    folder = Path(tempfile.mkdtemp(prefix="syseventd-postgresql-"))
    password = secrets.token_urlsafe(12)
    (folder / "password").write_text(password, encoding="utf-8")
    if who:
        for path in (folder, folder / "password"):
            os.chown(path, who["user"], who["group"])
    data, log = folder / "data", (folder / "log").open("wb")
    try:
        subprocess.run(
            [initdb, "-D", data, "-U", "owner", "-A", "scram-sha-256", "-E", "UTF8", "-N",
             "--locale=C", f"--pwfile={folder / 'password'}"],
            check=True, stdout=log, stderr=log, cwd=folder, **who,
        )  # fmt: skip
        port = _free_port()
        options = ["-c", "fsync=off", "-c", f"unix_socket_directories={folder}"]
        process = subprocess.Popen(
            [postgres, "-D", data, "-h", "127.0.0.1", "-p", str(port), *options],
            stdout=log, stderr=log, cwd=folder, **who,
        )  # fmt: skip
        try:
            server = PostgreSql(port, password)
            _wait_until_it_answers(server, process)
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # which waits for no client to leave
            process.wait(WITHIN)
    finally:
        log.close()
        shutil.rmtree(folder)


def _wait_until_it_answers(server: PostgreSql, process: subprocess.Popen[bytes]) -> None:
    engine, until = server.engine(), time.monotonic() + WITHIN
    while True:
        assert process.poll() is None, "PostgreSQL ended at once"
        try:
            engine.connect().close()
        except OperationalError:
            assert time.monotonic() < until, "PostgreSQL does not answer"
            time.sleep(0.05)
        else:
            engine.dispose()
            return


MONITOR = "monitor"
MONITOR_PASSWORD = "pass}wörd; @/:%41"


def read_grants() -> list[str]:
    """The statements of the script that gives our login its rights."""
    lines = GRANTS.read_text(encoding="utf-8").splitlines()
    script = "\n".join(line for line in lines if not line.startswith("--"))
    return [statement.strip() for statement in script.split(";") if statement.strip()]


@pytest.fixture(scope="session")
def grants() -> list[str]:
    """The statements of the script that gives our login its rights."""
    return read_grants()


@pytest.fixture(scope="session")
def told_postgresql(postgresql: PostgreSql) -> Iterator[SimulatedDatabase]:
    """A database of PostgreSQL that holds the story's second 150; `monitor` may read it."""
    admin = postgresql.engine()
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE DATABASE crm"))
        password = MONITOR_PASSWORD.replace("%", "%%")
        connection.exec_driver_sql(f"CREATE ROLE {MONITOR} LOGIN PASSWORD '{password}'")
    admin.dispose()
    engine = postgresql.engine("crm")
    settings = postgresql.settings("crm", MONITOR, MONITOR_PASSWORD)
    simulated = SimulatedDatabase(settings, engine, SCHEMA)
    simulated.tell(150)
    simulated.run(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {MONITOR}")
    # By the very script that administrators are given.
    for grant in read_grants():
        simulated.run(grant.replace("TO syseventd", f"TO {MONITOR}"))
    yield simulated
    engine.dispose()


# --- SQL Server, as its driver sees it ------------------------------------------------------------

SERVER_2022 = (
    "Microsoft SQL Server 2022 (RTM-CU14) (KB5038325) - 16.0.4135.4 (X64) \n\tJul 10 2024\n"
    "\tCopyright (C) 2022 Microsoft Corporation\n\tStandard Edition (64-bit) on Windows Server"
)


class DriverError(Exception):
    """An error as mssql-python raises it: its own word for the SQLSTATE, then the text."""

    def __init__(self, driver_error: str = "", ddbc_error: str = "") -> None:
        super().__init__(f"Driver Error: {driver_error}; DDBC Error: {ddbc_error}")
        self.driver_error = driver_error
        self.ddbc_error = ddbc_error


@dataclass
class SqlServerDriver:
    """Stands for the package mssql_python, and for the server behind it, which answers nothing.

    `connected` holds each connection's string and options, `sent` every statement in its order.
    What is in `raises` under a part of a statement, or under "connect", is raised.
    """

    connected: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    connections: list[Any] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    raises: dict[str, Exception] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=lambda: {"@@version": SERVER_2022})

    paramstyle = "qmark"
    apilevel = "2.0"
    threadsafety = 1
    __version__ = "1.16.0"
    Error = DatabaseError = OperationalError = ProgrammingError = DriverError
    InterfaceError = DataError = IntegrityError = InternalError = NotSupportedError = DriverError
    Warning = DriverError

    def pooling(self, enabled: bool) -> None:
        """SQLAlchemy has a pool of its own."""

    def connect(self, connection_string: str, **options: Any) -> Any:
        self.connected.append((connection_string, options))
        if "connect" in self.raises:
            raise self.raises["connect"]
        self.connections.append(_Connection(self))
        return self.connections[-1]


class _Connection:
    autocommit = False
    timeout = 0

    def __init__(self, driver: SqlServerDriver) -> None:
        self.driver = driver

    def cursor(self) -> _Cursor:
        return _Cursor(self.driver)

    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def close(self) -> None: ...


class _Cursor:
    rowcount = -1
    arraysize = 1

    def __init__(self, driver: SqlServerDriver) -> None:
        self._driver = driver
        self._row: tuple[Any, ...] | None = None
        self.description: Any = None

    def execute(self, statement: str, parameters: Any = ()) -> None:
        self._driver.sent.append(statement)
        for part, error in self._driver.raises.items():
            if part in statement:
                raise error
        if statement.lower().lstrip().startswith("select"):
            found = [v for part, v in self._driver.answers.items() if part in statement.lower()]
            self._row = (found[0],) if found else None
            self.description = [("value", None, None, None, None, None, None)]

    def fetchone(self) -> Any:
        row, self._row = self._row, None
        return row

    def fetchall(self) -> list[Any]:
        return [row for row in (self.fetchone(),) if row is not None]

    def close(self) -> None: ...


@pytest.fixture
def sql_server(monkeypatch: pytest.MonkeyPatch) -> SqlServerDriver:
    """A stand-in for Microsoft's driver, which shows what SQL Server would be told."""
    driver: Any = SqlServerDriver()
    driver.__spec__ = ModuleSpec("mssql_python", None)
    monkeypatch.setitem(sys.modules, "mssql_python", driver)
    return driver  # type: ignore[no-any-return]


@pytest.fixture
def sql_server_settings(
    sql_server: SqlServerDriver, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., DatabaseSettings]:
    """Makes the settings of a target whose database is SQL Server's."""
    monkeypatch.setenv("CRM_DATABASE_PASSWORD", MONITOR_PASSWORD)

    def make(**more: Any) -> DatabaseSettings:
        known = {"url": "mssql://sql.example.com:1444/crm", "user": MONITOR}
        return DatabaseSettings.model_validate(
            known | {"password_env": "CRM_DATABASE_PASSWORD", "base_timezone": "UTC"} | more
        )

    return make


@pytest.fixture(params=ANSWERED)
def answered(request: pytest.FixtureRequest) -> str:
    """Each question that a database answers, one after the other."""
    return str(request.param)

"""The block `database` of a target: what may be written, and what is said of what may not."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from syseventd_superoffice.database import settings as settings_of_the_plugin
from syseventd_superoffice.database.engine import address, connect_arguments
from syseventd_superoffice.database.settings import DRIVERS, DatabaseSettings

SECRET = "sécret-of-the-test"


@pytest.fixture(autouse=True)
def drivers(sql_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver of SQL Server is there, and a password in the environment."""
    monkeypatch.setenv("CRM_DATABASE_PASSWORD", SECRET)


def read(**written: Any) -> DatabaseSettings:
    """The settings, of a block that is right but for what is given. None leaves a key out."""
    block = {
        "url": "mssql://sql.example.com/crm",
        "user": "monitor",
        "password_env": "CRM_DATABASE_PASSWORD",
    } | written
    return DatabaseSettings.model_validate({k: v for k, v in block.items() if v is not None})


def fault(**written: Any) -> str:
    """What is said of a block that is wrong."""
    with pytest.raises(ValidationError) as refused:
        read(**written)
    return str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "mssql://sql.example.com/crm",
        "mssql://sql.example.com:1444/crm",
        "mssql://sql.example.com\\CRM/crm",
        "mssql://[::1]:1433/crm",
        "mssql://127.0.0.1/Crm Database",
    ],
)
def test_address_is_taken(url: str) -> None:
    """With a port, with an instance, or with neither."""
    assert read(url=url).url == url


def test_the_documented_address_with_an_instance_is_taken() -> None:
    """As it stands in the README: in double quotes TOML would take the backslash for its own."""
    readme = Path(settings_of_the_plugin.__file__).with_name("README.md").read_text()
    [line] = re.findall(r"`(url = [^`]*INSTANCE[^`]*)`", readme)
    assert read(**tomllib.loads(line)).url == "mssql://HOST\\INSTANCE/crm"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mssql://monitor:hunter2@sql.example.com/crm", "can't hold a user or a password"),
        ("mssql://sql.example.com/crm;PWD=hunter2", "can't hold a user or a password"),
        ("mssql://sql.example.com/crm?password=hunter2", 'leave out "?"'),
        ("mysql://sql.example.com/hunter2", "begins with none of mssql://"),
        ("https://sql.example.com/hunter2", "begins with none of mssql://"),
        ("mssql+pyodbc://sql.example.com/hunter2", "begins with none of mssql://"),
        ("Server=sql.example.com", "is no address of a database"),
        ("mssql://sql.example.com:hunter2/crm", "is no address of a database"),
        ("mssql://sql.example.com:99999/crm", "names a port that can't be"),
        ("mssql://sql.example.com", "names no host or no database"),
        ("mssql:///crm", "names no host or no database"),
        ("sqlite://", "names no host or no database"),
        ("mssql://sql.example.com/c\nrm", "is no address of a database"),
        (7, "is no address of a database"),
    ],
)
def test_address_is_refused_with_what_to_write(url: object, words: str) -> None:
    """And without repeating it: people write passwords there."""
    said = fault(url=url)
    assert words in said
    assert "hunter2" not in said


def test_driver_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it, before the first probe."""
    missing = ("mssql+mssqlpython", "no_such_driver", '"syseventd[mssql]"')
    monkeypatch.setitem(DRIVERS, "mssql", missing)
    assert 'pip install "syseventd[mssql]"' in fault()


def test_login_is_needed() -> None:
    """A database of a server lets nobody in without."""
    assert "user: is missing" in fault(user=None)


def test_exactly_one_password_is_needed(tmp_path: Path) -> None:
    """From a file, or from the environment."""
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\n", encoding="utf-8")
    assert "exactly one of password_file and password_env" in fault(password_env=None)
    assert "exactly one of password_file and password_env" in fault(password_file=str(file))
    settings = read(password_env=None, password_file=str(file))
    assert settings.password is not None
    assert settings.password.get_secret_value() == SECRET


def test_user_is_one_line() -> None:
    """What is none is a slip."""
    assert "control characters" in fault(user="moni\ntor")


def test_file_of_sqlite_knows_no_login() -> None:
    """Whoever writes one expects protection that is not there."""
    assert "SQLite knows no user" in fault(url="sqlite:////srv/crm.db")


def test_password_is_shown_nowhere() -> None:
    """Neither printed, nor dumped."""
    settings = read()
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings.model_dump())
    assert SECRET not in str(address(settings))


@pytest.mark.parametrize("prefix", ["crm7", "CRM7", "so", "crm_5", "_x"])
def test_table_prefix_is_taken(prefix: str) -> None:
    """As SuperOffice's own configuration has it."""
    assert read(table_prefix=prefix).table_prefix == prefix


@pytest.mark.parametrize("prefix", ["", "7crm", "crm7.dbo", "crm7]; DROP", "x" * 129, "crm7\n"])
def test_table_prefix_is_a_name(prefix: str) -> None:
    """It becomes a part of every statement."""
    assert "table_prefix" in fault(table_prefix=prefix)


def test_time_zone_is_one_of_iana() -> None:
    """And a slip is named with what was meant."""
    assert read(base_timezone="Europe/Oslo").base_timezone == "Europe/Oslo"
    assert 'write one such as "Europe/Oslo"' in fault(base_timezone="Europe/Olso")
    assert "is no time zone" in fault(base_timezone="../../etc/passwd")


@pytest.mark.parametrize("encrypt", ["yes", "strict", "no"])
def test_encryption_is_the_drivers_word(encrypt: str) -> None:
    """As Microsoft's driver has them."""
    assert address(read(encrypt=encrypt)).query["Encrypt"] == encrypt


def test_unknown_key_is_refused() -> None:
    """As everywhere in the configuration."""
    assert "Extra inputs" in fault(schema="crm7")


def test_editors_can_be_told() -> None:
    """The settings have a JSON Schema, in which the password is a name."""
    schema = DatabaseSettings.model_json_schema()
    assert schema["properties"]["password_file"]["anyOf"][0] == {"type": "string"}
    assert json.dumps(schema)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({}, {"sslmode": "verify-full", "sslrootcert": "system"}),
        ({"trust_server_certificate": True}, {"sslmode": "require"}),
        ({"encrypt": "no"}, {"sslmode": "disable"}),
    ],
)
def test_postgresql_is_encrypted_alike(
    written: dict[str, Any], told: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same settings say the same to its driver."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install psycopg[binary]")
    assert dict(address(read(url="postgresql://127.0.0.1/crm", **written)).query) == told
    assert connect_arguments("postgresql")["connect_timeout"] == 5

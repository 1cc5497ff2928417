"""What the configuration says about an installation's database."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from syseventd.settings import SecretFile, SecretVariable, Settings
from syseventd_superoffice.time_zones import zone_of

EXAMPLE = "mssql://sql.example.com/crm"

DRIVERS = {
    "mssql": ("mssql+mssqlpython", "mssql_python", '"syseventd[mssql]"'),
    "postgresql": ("postgresql+psycopg", "psycopg", '"psycopg[binary]"'),
    "sqlite": ("sqlite", "sqlite3", "sqlite3"),
}
"""By how an address begins: SQLAlchemy's driver, its module, and what to install to have it."""


def _check_url(value: object) -> str:
    """The address of a database. Faults never show what was written: it may hold a password."""
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError(f'is no address of a database; write one such as "{EXAMPLE}"')
    if "@" in value or ";" in value:
        raise ValueError("can't hold a user or a password; write `user` and `password_file`")
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise ValueError(f'is no address of a database; write one such as "{EXAMPLE}"') from None
    if url.drivername not in DRIVERS:
        known = ", ".join(f"{product}://" for product in DRIVERS)
        raise ValueError(f'begins with none of {known}; write one such as "{EXAMPLE}"')
    if "?" in value or "#" in value:
        raise ValueError('ends with the name of the database; leave out "?", "#" and what follows')
    if not url.database or (url.drivername != "sqlite" and not url.host):
        raise ValueError(f'names no host or no database; write both, as in "{EXAMPLE}"')
    if url.port is not None and not 0 < url.port < 65536:
        raise ValueError("names a port that can't be; write one of 1 to 65535")
    _, module, wanted = DRIVERS[url.drivername]
    if find_spec(module) is None:
        raise ValueError(f"needs a driver that is not installed: pip install {wanted}")
    return value


def _check_zone(name: str) -> str:
    zone_of(name)
    return name


DatabaseAddress = Annotated[str, BeforeValidator(_check_url)]
"""The address of a database, without any user, password or option."""

ZoneName = Annotated[str, AfterValidator(_check_zone)]
"""An IANA time zone, such as Europe/Oslo."""


class DatabaseSettings(Settings):
    """The block `database` of a target with `type = "superoffice"`."""

    # A fault must not show the secret that stood beside it.
    model_config = ConfigDict(hide_input_in_errors=True)

    url: DatabaseAddress = Field(
        description="the database's address: mssql://HOST[:PORT]/DATABASE", examples=[EXAMPLE]
    )
    user: str | None = Field(
        None, min_length=1, description="a login of the database that may only read"
    )
    password_file: SecretFile | None = Field(None, description="the file with its password")
    password_env: SecretVariable | None = Field(
        None, description="the environment variable with its password"
    )
    table_prefix: str = Field(
        "crm7",
        pattern=r"^[A-Za-z_][A-Za-z0-9_$#@]{0,127}$",
        description="the schema of the tables, as TablePrefix in SuperOffice's own configuration",
    )
    base_timezone: ZoneName | None = Field(
        None,
        description="the time zone in which the installation keeps its dates; "
        "the WebAPI is asked for it where this is left out",
        examples=["Europe/Oslo"],
    )
    encrypt: Literal["yes", "strict", "no"] = Field(
        "yes", description="whether the connection is encrypted; strict is TDS 8.0"
    )
    trust_server_certificate: bool = Field(
        False, description="take any certificate of the server's, as one made by itself"
    )
    certificate_name: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9.*-]{1,255}$",
        description="the name in the server's certificate, where it is not that in `url`",
    )

    @model_validator(mode="after")
    def _check(self) -> DatabaseSettings:
        secrets = [s for s in (self.password_file, self.password_env) if s is not None]
        if self.product == "sqlite":
            if self.user is not None or secrets:
                raise ValueError("user: a file of SQLite knows no user and no password")
        elif self.user is None:
            raise ValueError("user: is missing; write a login that may only read")
        elif len(secrets) != 1:
            raise ValueError("needs exactly one of password_file and password_env")
        elif not self.user.isprintable():
            raise ValueError("user: can't hold control characters")
        return self

    @property
    def product(self) -> str:
        """The database product, as SQLAlchemy calls its dialect."""
        return self.address.drivername

    @property
    def address(self) -> URL:
        """The address, without any secret."""
        return make_url(self.url)

    @property
    def password(self) -> SecretStr | None:
        """The password, from wherever it was read."""
        return self.password_file or self.password_env

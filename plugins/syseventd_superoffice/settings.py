"""What the configuration says about a SuperOffice installation."""

from __future__ import annotations

import functools
import re
import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator
from yarl import URL

from syseventd.settings import Settings, SourceSettings
from syseventd_superoffice.auth_settings import Auth
from syseventd_superoffice.database.settings import DatabaseSettings
from syseventd_superoffice.hosts import VENDOR, is_loopback, is_online, is_vendors

TENANT = "Cust12345"
EXAMPLE = "https://crm.example.com/SuperOffice"


def _check_url(value: object) -> str:
    """An address without a slash at its end. Faults never show what was written."""
    return _base_of(_read_url(value))


def _read_url(value: object) -> URL:
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise ValueError(f'is no address in plain characters; write one such as "{EXAMPLE}"')
    if "@" in value:
        raise ValueError("can't hold a user or a password; write them under `auth`")
    try:
        url = URL(value)
        known = url.scheme in ("http", "https") and _is_host(url.host) and url.port
    except ValueError:
        known = False
    if not known or " " in value:
        raise ValueError(f'is no http:// or https:// address; write one such as "{EXAMPLE}"')
    if "?" in value or "#" in value:
        raise ValueError('ends with the path; leave out "?", "#" and what follows')
    return url


def _base_of(url: URL) -> str:
    base = str(url).rstrip("/")
    if base.lower().endswith(("/api", "/api/v1")):
        raise ValueError(f'ends before "/api", which is added by itself; such as "{EXAMPLE}"')
    return base


def _is_host(name: str | None) -> bool:
    """Whether there is a name that can be looked up. Raises ValueError for one that can't be."""
    if not name:
        return False
    name.encode("idna")
    if name.rpartition(".")[2].isdigit():
        # Every resolver takes it for an IPv4 address.
        ip_address(name)
    return True


def _read_ca_file(value: object) -> str:
    if not isinstance(value, str) or not Path(value).is_absolute():
        raise ValueError("is no absolute path; write that of a file with certificates in PEM")
    try:
        pem = Path(value).read_text(encoding="ascii")
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except OSError as error:
        # An SSLError is an OSError as well; its number says nothing to people.
        reason = None if isinstance(error, ssl.SSLError) else error.strerror
        raise ValueError(f"{value}: {reason or 'holds no certificate in PEM'}") from None
    except ValueError:
        raise ValueError(f"{value}: holds no certificate in PEM") from None
    return _as_read(pem)


@functools.lru_cache(maxsize=16)
def _as_read(pem: str) -> str:
    """The text as it was read before: a thousand targets may name the same file."""
    return pem


def _check_onsite_url(value: object) -> str:
    """The address of an installation onsite: one online is told which tenant to write."""
    url = _read_url(value)
    if is_online(url):
        raise ValueError(f"is an address of SuperOffice Online; write {_online(url)} in its place")
    return _base_of(url)


def _online(url: URL) -> str:
    """What to write for an address online. Of its path, which may hold a secret, a tenant alone."""
    tenant = next((part for part in url.parts if re.fullmatch(r"Cust\d{1,9}", part)), TENANT)
    others = (name for name in ("qaonline", "sod") if (url.host or "").startswith(name))
    return " and ".join([f'tenant = "{tenant}"', *(f'environment = "{n}"' for n in others)])


Address = Annotated[str, BeforeValidator(_check_onsite_url)]
"""The address of an installation, without a slash at its end and without any secret."""


def _check_login_url(value: object) -> str:
    base = _check_url(value)
    url = URL(base)
    if is_vendors(url) or is_loopback(url):
        return base
    raise ValueError(
        f'is neither https://….{VENDOR} nor on this machine, such as "http://127.0.0.1:8080"; '
        "secrets go nowhere else"
    )


LoginAddress = Annotated[str, BeforeValidator(_check_login_url)]
"""The address of a login host: the vendor's own, or one on this machine for tests."""


def _check_tenant(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,49}", name):
        raise ValueError(f'is no context identifier; write letters and digits, as in "{TENANT}"')
    return name


TenantName = Annotated[str, AfterValidator(_check_tenant)]
"""The context identifier of a tenant."""

WindowName: TypeAlias = Literal["nightly", "weekend", "patching", "upgrade"]
"""The maintenance windows that SuperOffice Online announces for every customer."""

MonitorType = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,49}$")]

CaFile = Annotated[str, BeforeValidator(_read_ca_file)]
"""An absolute path of certificates in PEM. The value is the file's text."""


class SuperOfficeSettings(Settings):
    """The block of a target with `type = "superoffice"`."""

    model_config = ConfigDict(
        hide_input_in_errors=True,
        json_schema_extra={
            "anyOf": [
                {"required": ["url", "auth"]},
                {"required": ["tenant", "auth"]},
                {"required": ["database"]},
            ]
        },
    )

    url: Address | None = Field(
        None,
        description="onsite: the installation's address, up to but without /api",
        examples=[EXAMPLE],
    )
    tenant: TenantName | None = Field(
        None,
        description="online: the tenant's context identifier, instead of an address",
        examples=[TENANT],
    )
    environment: Literal["online", "qaonline", "sod"] = Field(
        "online", description="online: production, stage or development"
    )
    login_url: LoginAddress | None = Field(
        None, description="online: another login host, such as a simulator on this machine"
    )
    maintenance: tuple[WindowName, ...] | None = Field(
        None,
        description="online: SuperOffice's own windows, in which a tenant that can't be reached "
        "is paused instead of failing",
    )
    auth: Auth | None = Field(
        None,
        discriminator="method",
        description="how the daemon logs in to the WebAPI",
        examples=[{"method": "basic", "user": "…", "password_file": "…"}],
    )
    database: DatabaseSettings | None = Field(
        None, description="onsite: its database, read beside the WebAPI or instead of it"
    )
    language: str = Field(
        "en",
        pattern=r"^[A-Za-z]{2}(-[A-Za-z]{2})?$",
        description="in which language the installation names its events",
    )
    status_monitor_types: tuple[MonitorType, ...] = Field(
        ("contact", "person", "project"),
        max_length=20,
        description="whose status monitors SAINT is asked for, by the WebAPI's names",
    )
    ca_file: CaFile | None = Field(
        None, description="certificates in PEM to trust besides the system's own"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.tenant is None:
            self._check_onsite()
        elif self.url is not None:
            raise ValueError(
                "url: SuperOffice itself says where a tenant is; leave out url, or tenant"
            )
        elif self.database is not None:
            raise ValueError(
                "database: a tenant's database can't be read directly; leave out database"
            )
        self._check_auth()
        return self

    def _check_onsite(self) -> None:
        """Raises ValueError where nothing is to be asked, and for what holds for a tenant alone."""
        if self.url is None and self.database is None:
            raise ValueError(
                f'needs url = "{EXAMPLE}" (onsite) or tenant = "Cust12345" (SuperOffice Online); '
                "a block database can stand in the place of url"
            )
        if self.url is None and self.database is not None and not self.database.base_timezone:
            raise ValueError(
                "database: needs base_timezone where no WebAPI can be asked for it; write "
                'the time zone of the installation, such as "Europe/Oslo"'
            )
        for key in ("environment", "login_url", "maintenance"):
            if key in self.model_fields_set:
                raise ValueError(f"{key}: is for SuperOffice Online alone; it needs tenant")

    def _check_auth(self) -> None:
        """Raises ValueError where `auth` does not fit what is asked."""
        has_webapi = self.url is not None or self.tenant is not None
        if self.auth is None and has_webapi:
            raise ValueError(
                'auth: is missing; write for example auth = { method = "basic", '
                'user = "…", password_file = "…" }'
            )
        if self.auth is None:
            return
        method = self.auth.method
        if not has_webapi:
            raise ValueError("auth: is for the WebAPI; write url beside it, or leave it out")
        if self.tenant is None and method in ("system-user", "bearer"):
            raise ValueError(
                f'auth: method = "{method}" is SuperOffice Online\'s; write tenant '
                'instead of url, or method = "basic" or "ticket"'
            )
        if self.tenant is not None and method == "basic":
            raise ValueError(
                'auth: SuperOffice Online takes no password; write method = "system-user", '
                '"bearer" or "ticket"'
            )

    @property
    def windows(self) -> tuple[WindowName, ...]:
        """The maintenance windows that count: every night's, where an online tenant names none."""
        if self.maintenance is not None:
            return self.maintenance
        return () if self.tenant is None else ("nightly",)

    @property
    def issuer(self) -> str:
        """The name by which SuperOffice Online signs what it issues."""
        return f"https://{self.environment}.{VENDOR}"

    @property
    def login_host(self) -> str:
        """Where SuperOffice Online logs people in, without a slash at its end."""
        return self.login_url or self.issuer


def sooner(wish: float, settings: SourceSettings) -> float | None:
    """Seconds until a source would like to be asked again; None where it is asked sooner anyway."""
    return None if settings.interval is not None and settings.interval <= wish else wish

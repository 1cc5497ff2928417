"""What the configuration says about a SuperOffice installation."""

from __future__ import annotations

import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from yarl import URL

from syseventd.settings import SecretFile, SecretVariable, Settings, SourceSettings

EXAMPLE = "https://crm.example.com/SuperOffice"


def _check_url(value: object) -> str:
    """The installation's address without a slash at its end. Faults never show what was written."""
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
    return pem


Address = Annotated[str, BeforeValidator(_check_url)]
"""The address of an installation, without a slash at its end and without any secret."""

CaFile = Annotated[str, BeforeValidator(_read_ca_file)]
"""An absolute path of certificates in PEM. The value is the file's text."""


class BasicAuth(Settings):
    """A user's name and password, as every onsite installation takes them."""

    # A fault must not show the secret that stood beside it.
    model_config = ConfigDict(hide_input_in_errors=True)

    method: Literal["basic"] = Field(description="how the daemon logs in")
    user: str = Field(min_length=1, description="a user that may use the WebAPI")
    password_file: SecretFile | None = Field(None, description="the file with the password")
    password_env: SecretVariable | None = Field(
        None, description="the environment variable with the password"
    )

    @model_validator(mode="after")
    def _check(self) -> BasicAuth:
        if (self.password_file is None) == (self.password_env is None):
            raise ValueError("needs exactly one of password_file and password_env")
        if ":" in self.user or not self.user.isprintable():
            raise ValueError('user: can\'t hold ":" or control characters with method "basic"')
        return self

    @property
    def password(self) -> SecretStr:
        """The password, from wherever it was read."""
        secret = self.password_file or self.password_env
        assert secret is not None  # noqa: S101 — _check made sure
        return secret


class SuperOfficeSettings(Settings):
    """The block of a target with `type = "superoffice"`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    url: Address = Field(
        description="the installation's address, up to but without /api", examples=[EXAMPLE]
    )
    auth: BasicAuth = Field(description="how the daemon logs in")
    language: str = Field(
        "en",
        pattern=r"^[A-Za-z]{2}(-[A-Za-z]{2})?$",
        description="in which language the installation names its events",
    )
    ca_file: CaFile | None = Field(
        None, description="certificates in PEM to trust besides the system's own"
    )


def sooner(wish: float, settings: SourceSettings) -> float | None:
    """Seconds until a source would like to be asked again; None where it is asked sooner anyway."""
    return None if settings.interval is not None and settings.interval <= wish else wish


class LicencesSettings(SourceSettings):
    """What the source `licences` can be told."""

    hidden: bool = Field(False, description="also show modules that the installation hides")

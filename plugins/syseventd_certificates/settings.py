"""What the configuration says about a target of type `certificates`."""

from __future__ import annotations

import fnmatch
import ipaddress
import os
import re
from pathlib import PurePath
from typing import Annotated, NamedTuple, Self

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from syseventd.settings import Duration, SecretFile, SecretVariable, Settings

HTTPS_PORT = 443
_BRACKETED = re.compile(r"\[([^\]]*)\](?::(.*))?")


class Endpoint(NamedTuple):
    """A host name or an address, and a port. Its text form names it everywhere: `host:port`."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def server_name(self) -> str | None:
        """What the server is told that we look for; an address is not told, nor a final dot."""
        return None if _is_address(self.host) else self.host.removesuffix(".")


def parse_endpoint(value: object) -> Endpoint:
    """`"crm.example.com"` → port 443; `"[::1]:8443"`. Raises ValueError: what to write instead."""
    if not isinstance(value, str) or not value:
        raise ValueError(f'{value!r} is not an endpoint; write "host:port"')
    if "/" in value:
        host = value.split("://", 1)[-1].split("/", 1)[0] or "host:port"
        raise ValueError(f'"{value}" is a URL; write "{host}"')
    if bracketed := _BRACKETED.fullmatch(value):
        host, port = bracketed.groups()
        if not _is_address(host) or ":" not in host or not host.isprintable():
            raise ValueError(f'"{value}" has no IPv6 address in its brackets')
    elif _is_address(value) and ":" in value:
        raise ValueError(f'"{value}" needs brackets; write "[{value}]:{HTTPS_PORT}"')
    else:
        host, colon, port = value.partition(":")
        port = port if colon else None
        _check_host(value, host)
    return Endpoint(host.lower(), HTTPS_PORT if port is None else _parse_port(value, port))


def _parse_port(value: str, port: str) -> int:
    if not (port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= 65535):
        raise ValueError(f'"{value}" has no port from 1 to 65535 after its last colon')
    return int(port)


def _check_host(value: str, host: str) -> None:
    try:
        usable = bool(host.encode("idna")) and host.isprintable() and " " not in host
    except UnicodeError:
        usable = False
    if not usable:
        raise ValueError(f'"{value}" does not begin with a host name; write "host:port"')


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _parse_path(value: object) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError(f"{value!r} is not a path")
    if not os.path.isabs(value):
        raise ValueError(f'"{value}" is relative; write an absolute path, beginning with "/"')
    return str(PurePath(value))


def _parse_pattern(value: object) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError(f"{value!r} is not a pattern")
    if not value.startswith(("/", "*")):
        raise ValueError(f'"{value}" is relative and matches no path; write "*/{value}"')
    return str(PurePath(value))


_EndpointText = Annotated[
    Endpoint,
    PlainValidator(parse_endpoint),
    WithJsonSchema({"type": "string", "examples": ["crm.example.com:443", "[2001:db8::1]:8443"]}),
]
_AbsolutePath = Annotated[
    str,
    PlainValidator(_parse_path),
    WithJsonSchema({"type": "string", "pattern": "^/", "examples": ["/etc/ssl/certs"]}),
]
_Pattern = Annotated[
    str,
    PlainValidator(_parse_pattern),
    WithJsonSchema(
        {"type": "string", "pattern": "^[/*]", "examples": ["*/old", "/etc/ssl/certs/Old_*.pem"]}
    ),
]


class CertificatesSettings(Settings):
    """The block of a target of type `certificates`."""

    paths: tuple[_AbsolutePath, ...] = Field(
        (), description="files, and folders that are searched with all below them"
    )
    exclude: tuple[_Pattern, ...] = Field(
        (), description="patterns of whole paths: files and folders below `paths` to leave out"
    )
    endpoints: tuple[_EndpointText, ...] = Field(
        (), description="TLS servers, host:port; without a port 443"
    )
    warn_before: Duration = Field(
        30 * 86400.0, description="how long before its expiry a certificate becomes an event"
    )
    endpoint_timeout: Duration = Field(
        10.0, description="how long one endpoint may take to show its certificate"
    )
    password_file: SecretFile | None = Field(
        None, description="the file with the password of the PKCS#12 files"
    )
    password_env: SecretVariable | None = Field(
        None, description="the environment variable with the password of the PKCS#12 files"
    )

    @model_validator(mode="after")
    def _check_whole(self) -> Self:
        if not self.paths and not self.endpoints:
            raise ValueError("nothing to watch; name at least one of paths or endpoints")
        if self.password_file is not None and self.password_env is not None:
            raise ValueError("password_file and password_env are both given; keep one of them")
        excluded = self.excluded
        for path in self.paths:
            if excluded and excluded.match(path):
                raise ValueError(f'"{path}" is in paths, and exclude matches it; keep one of them')
        return self

    @property
    def excluded(self) -> re.Pattern[str] | None:
        """What a path matches that is left out; None where nothing is."""
        if not self.exclude:
            return None
        return re.compile("|".join(fnmatch.translate(pattern) for pattern in self.exclude))

    @property
    def password(self) -> bytes | None:
        """The password of the PKCS#12 files, if they have one."""
        secret = self.password_file or self.password_env
        return None if secret is None else secret.get_secret_value().encode()

"""What a valid configuration had better not say: what others could read, what is not there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from syseventd.config.faults import join
from syseventd.config.schema import (
    DEFAULT_STATE_DIRECTORY,
    Config,
    DaemonSettings,
    listen_parts,
)
from syseventd.errors import Fault

LISTENS_OPENLY = (
    "is reached from other machines, and there is no login yet: who reaches it reads all; "
    'write "127.0.0.1:9965" and put a proxy with a login before it, or have a firewall choose'
)
IN_THE_CLEAR = "sends a secret over the network unencrypted, for all to read; write https://"
NOT_THERE = (
    "is not there, and the daemon does not make it: make it, for the service's user to write to; "
    f"systemd makes only {DEFAULT_STATE_DIRECTORY} by itself"
)


def advice(config: Config) -> tuple[Fault, ...]:
    """What others could read or what is not there, each with its place. No value is shown."""
    return tuple(_advice(config))


def _advice(config: Config) -> Iterator[Fault]:
    if not _is_loopback(listen_parts(config.daemon.listen)[0]):
        yield Fault("daemon.listen", LISTENS_OPENLY)
    if _lacks_its_directory(config.daemon):
        yield Fault("daemon.state_directory", NOT_THERE)
    for name, target in config.targets.items():
        place = join("targets", name)
        settings: dict[str, Any] = {place: target.target.settings}
        settings |= {join(place, "sources", s.type.name): s.settings for s in target.sources}
        yield from _in_the_clear(settings)
    for name, sink in config.sinks.items():
        yield from _in_the_clear({join("sinks", name): sink.settings})


def _lacks_its_directory(daemon: DaemonSettings) -> bool:
    """Whether the folder that the user named is not there, and is needed."""
    folder = daemon.state_directory
    named = "state_directory" in daemon.model_fields_set and str(folder) != DEFAULT_STATE_DIRECTORY
    if not named or daemon.store is not None:
        return False
    try:
        os.stat(folder)
    except FileNotFoundError:
        return True
    except OSError:  # who checks may not look where the service's user may
        return False
    return False


def _in_the_clear(settings: dict[str, Any]) -> Iterator[Fault]:
    """The addresses without TLS in settings that hold a secret as well, whosever they are."""
    values = [found for place, value in settings.items() for found in _values(place, value)]
    if any(isinstance(value, SecretStr) for _, value in values):
        for place, value in values:
            if isinstance(value, str) and _is_plain_http(value):
                yield Fault(place, IN_THE_CLEAR)


def _values(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    """All that settings hold, each with its place."""
    inner: Iterable[tuple[str | int, Any]]
    if isinstance(value, BaseModel):
        inner = ((name, getattr(value, name)) for name in type(value).model_fields)
    elif isinstance(value, dict):
        inner = ((str(name), held) for name, held in value.items())
    elif isinstance(value, list | tuple):
        inner = enumerate(value)
    else:
        yield place, value
        return
    for name, held in inner:
        yield from _values(join(place, name), held)


def _is_plain_http(text: str) -> bool:
    try:
        url = urlsplit(text)
    except ValueError:
        return False
    return url.scheme == "http" and bool(url.hostname) and not _is_loopback(str(url.hostname))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower().removesuffix(".") == "localhost" or host.endswith(".localhost")

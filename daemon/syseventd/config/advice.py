"""What a valid configuration had better not say: what others read, what is not there or in vain."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
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
from syseventd.settings import FoundSecret

LISTENS_OPENLY = (
    "is reached from other machines, and there is no login yet: who reaches it reads all; "
    'write "127.0.0.1:9965" and put a proxy with a login before it, or have a firewall choose'
)
IN_THE_CLEAR = "sends a secret over the network unencrypted, for all to read; write https://"
NOT_THERE = (
    "is not there, and the daemon does not make it: make it, for the service's user to write to; "
    f"systemd makes only {DEFAULT_STATE_DIRECTORY} by itself"
)

OTHERS_MAY = {0o004: "read", 0o002: "write"}
"""What the rights of a file's mode give to every user of the machine (inode(7))."""


@dataclass(frozen=True, slots=True)
class Advice(Fault):
    """What had better be otherwise, though it is no fault. `event` is its name in the log."""

    event: str


def advice(config: Config) -> tuple[Advice, ...]:
    """What others could read, what is not there or in vain, each with its place. No value is shown.

    A file of a secret that several places name is told of once.
    """
    return tuple(_advice(config))


def _advice(config: Config) -> Iterator[Advice]:
    if not _is_loopback(listen_parts(config.daemon.listen)[0]):
        yield Advice("daemon.listen", LISTENS_OPENLY, "listens_openly")
    if _lacks_its_directory(config.daemon):
        yield Advice("daemon.state_directory", NOT_THERE, "state_directory_not_there")
    files: dict[Path, str] = {}
    for settings in _settings(config):
        values = [found for place, value in settings.items() for found in _values(place, value)]
        yield from _in_the_clear(values)
        for place, value in values:
            if isinstance(value, FoundSecret) and value.file is not None:
                files.setdefault(value.file, place)
    yield from _open_to_others(files)
    yield from _in_vain(config)


def _settings(config: Config) -> Iterator[dict[str, Any]]:
    """The settings of each target with its sources, and of each sink, by their places."""
    for name, target in config.targets.items():
        place = join("targets", name)
        sources = {join(place, "sources", s.type.name): s.settings for s in target.sources}
        yield {place: target.target.settings, **sources}
    for name, sink in config.sinks.items():
        yield {join("sinks", name): sink.settings}


def _open_to_others(files: dict[Path, str]) -> Iterator[Advice]:
    """The files of secrets that every user of the machine may read or write."""
    for file, place in files.items():
        try:
            mode = os.stat(file).st_mode & 0o777
        except OSError:  # gone since it was read
            continue
        if may := " and ".join(verb for right, verb in OTHERS_MAY.items() if mode & right):
            problem = (
                f"every user of this machine may {may} {file} (mode {mode:04o}); "
                f"as its owner: chmod 0600 {file}"
            )
            yield Advice(place, problem, "secret_open_to_others")


def _in_vain(config: Config) -> Iterator[Advice]:
    """The sources that see nothing, although the configuration names them."""
    for name, target in config.targets.items():
        for source in target.sources:
            if source.lacks:
                place = join("targets", name, "sources", source.type.name)
                problem = (
                    f"can see nothing there: it needs {source.lacks}; without that, "
                    "leave this block out, or write enabled = false"
                )
                yield Advice(place, problem, "source_sees_nothing")


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


def _in_the_clear(values: Iterable[tuple[str, Any]]) -> Iterator[Advice]:
    """The addresses without TLS in settings that hold a secret as well, whosever they are."""
    if any(isinstance(value, SecretStr) for _, value in values):
        for place, value in values:
            if isinstance(value, str) and _is_plain_http(value):
                yield Advice(place, IN_THE_CLEAR, "secret_in_the_clear")


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

"""What the configuration says: the core's own settings, and the whole as it was understood."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StrictInt

from syseventd.config.examples import in_toml
from syseventd.errors import Fault
from syseventd.interface import SinkType, SourceType, TargetType
from syseventd.model import Target
from syseventd.settings import Duration, Interval, Settings, SourceSettings

LANGUAGES = ("en", "sv")
DEFAULT_STATE_DIRECTORY = "/var/lib/syseventd"


def parse_listen(value: object) -> str:
    """`host:port` or `[v6]:port`. Raises ValueError that says what to write."""
    if isinstance(value, str):
        matched = re.fullmatch(r"(\[[0-9a-fA-F:.%a-z]+\]|[^:\s]+):([0-9]{1,5})", value)
        if matched and int(matched[2]) <= 65535:
            host = matched[1]
            if _is_ipv6(host[1:-1].split("%")[0]) if host.startswith("[") else _is_name(host):
                return value
    shown = f"{in_toml(value)} " if isinstance(value, str | int) and len(str(value)) <= 60 else ""
    raise ValueError(f"{shown}is not an address to listen on; write {_likely_listen(value)}")


def _likely_listen(value: object) -> str:
    """What the user most likely meant: who writes a port alone means it on this machine."""
    port = re.fullmatch(r":?([0-9]{1,5})", str(value))
    if port and not isinstance(value, bool) and int(port[1]) <= 65535:
        return f'"127.0.0.1:{port[1]}"'
    return '"127.0.0.1:9965" or "[::1]:9965"'


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _is_name(text: str) -> bool:
    """Whether the system can be asked for a host of this name."""
    try:
        text.encode("idna")
    except UnicodeError:
        return False
    return text.isprintable()


def listen_parts(listen: str) -> tuple[str, int]:
    """`"[::1]:9965"` → `("::1", 9965)`."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


_TILDE = "begins with ~, which is not expanded here; write an absolute path"


def _check_store(value: object) -> str:
    if isinstance(value, str) and value.startswith("sqlite:///~"):
        raise ValueError(f'names a path that {_TILDE}: "sqlite:////var/lib/syseventd/events.db"')
    if isinstance(value, str) and value.startswith("sqlite:///") and value.isprintable():
        return value
    raise ValueError('is not a store; write "sqlite:////var/lib/syseventd/events.db"')


def _check_directory(value: Path) -> Path:
    if str(value).startswith("~"):
        raise ValueError(_TILDE)
    # "?" would begin the parameters of the store's address.
    if not str(value).isprintable() or "?" in str(value):
        raise ValueError(f'is not a folder; write "{DEFAULT_STATE_DIRECTORY}"')
    return value


class DaemonSettings(Settings):
    """The block [daemon]."""

    listen: Annotated[str, BeforeValidator(parse_listen)] = Field(
        "127.0.0.1:9965", description="where pages, API and metrics are served"
    )
    state_directory: Annotated[Path, AfterValidator(_check_directory)] = Field(
        default_factory=lambda: Path(
            os.environ.get("STATE_DIRECTORY", DEFAULT_STATE_DIRECTORY).split(":")[0]
        ),
        description="where the daemon keeps its files: an absolute path, "
        "or one relative to the folder that the daemon is started in",
    )
    store: Annotated[str, BeforeValidator(_check_store)] | None = Field(
        None, description="the database; events.db in the state directory where left out"
    )
    language: Literal["en", "sv"] = Field("en", description="language of the pages")
    log_format: Literal["auto", "console", "json"] = Field(
        "auto", description="console on a terminal, else json; or one of them always"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="what is logged, from this level on"
    )
    max_probes: StrictInt = Field(
        200, ge=1, le=100000, description="how many probes may run at once"
    )

    @property
    def store_url(self) -> str:
        return self.store or f"sqlite:///{self.state_directory.absolute() / 'events.db'}"


class WebSettings(Settings):
    """The block [web]."""

    reload_enabled: StrictBool = Field(False, description="whether POST /-/reload is served")
    allowed_hosts: tuple[str, ...] = Field(
        default=(),
        description="further names by which browsers may call the daemon, as behind a proxy",
    )


class DefaultSettings(Settings):
    """The block [defaults]: what holds where a target or source says nothing."""

    interval: Interval = Field(60.0, description="how often a source is asked")
    timeout: Duration = Field(10.0, description="how long one probe may take")
    history: Duration = Field(365 * 86400.0, description="how long ended events are kept")
    max_backoff: Duration = Field(
        900.0, description="how seldom a failing source is asked, at the most"
    )
    max_probes_per_target: StrictInt = Field(
        4, ge=1, le=1000, description="how many probes of one target may run at once"
    )
    max_series_per_target: StrictInt = Field(
        10000, ge=100, description="how many series one target may have in the metrics"
    )


class TargetBlock(Settings):
    """What the core reads of a block [targets.NAME]; the rest is its type's."""

    type: str = Field(description="the kind of system")
    interval: Interval | None = Field(None, description="how often its sources are asked")
    timeout: Duration | None = Field(None, description="how long one probe may take")
    allow: tuple[str, ...] = Field((), description="actions that may change the target")
    sources: dict[str, object] = Field(
        default_factory=dict, description="settings of single sources, by name"
    )


class SinkBlock(Settings):
    """What the core reads of a block [sinks.NAME]; the rest is its type's."""

    type: str = Field(description="the kind of sink")


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """One source that is to be watched, with what holds for it. Times are seconds."""

    type: SourceType
    settings: SourceSettings
    interval: float
    timeout: float
    stale_after: float
    max_backoff: float
    ask_again_within: tuple[float, float]
    """The soonest and the latest that the source itself may ask to be asked again."""
    lacks: str = ""
    """What the target's settings lack, so that it sees nothing, though the user names it."""


@dataclass(frozen=True, slots=True)
class TargetConfig:
    """One target and its sources that are switched on."""

    target: Target
    type: TargetType
    sources: tuple[SourceConfig, ...]
    allow: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A source that is not made, since by the target's settings it would see nothing."""

    target: str
    source: str
    needs: str


@dataclass(frozen=True, slots=True)
class SinkConfig:
    """One sink."""

    name: str
    type: SinkType
    settings: Settings


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration, valid.

    `unwatched` names targets whose type may be a refused plugin's, each with the reason: they
    stay as they are in the store until their plugin is mended. `idle` is all that the
    configuration names and that a refused plugin may have offered, each with its place.
    `left_out` are sources that make no sense for their target, and that the user does not name.
    """

    daemon: DaemonSettings
    web: WebSettings
    defaults: DefaultSettings
    targets: dict[str, TargetConfig]
    sinks: dict[str, SinkConfig]
    unwatched: tuple[tuple[str, str], ...] = ()
    idle: tuple[Fault, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

"""From the configuration's text to settings: everything that is wrong is told at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import ValidationError

from syseventd.config import files
from syseventd.config.faults import from_pydantic, join, not_offered, unknown_key, unknown_name
from syseventd.config.schema import (
    Config,
    DaemonSettings,
    DefaultSettings,
    LeftOut,
    SinkBlock,
    SinkConfig,
    SourceConfig,
    TargetBlock,
    TargetConfig,
    WebSettings,
)
from syseventd.errors import ConfigInvalid, Fault
from syseventd.interface import SinkType, SourceType, TargetType
from syseventd.model import Target
from syseventd.settings import Settings, SourceSettings

STALE_INTERVALS = 3
"""A measurement is shown this many intervals after the last successful probe, by default."""
STALE_AT_LEAST = 300.0

_SECTIONS = ("daemon", "web", "defaults", "targets", "sinks")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Outline:
    """The block [daemon], and the names of the targets, of whichever types."""

    daemon: DaemonSettings
    targets: tuple[str, ...]


AnySettings = TypeVar("AnySettings", bound=Settings)


class Offered:
    """What the configuration may name, as plugins offer it."""

    def __init__(
        self,
        target_types: dict[str, TargetType],
        source_types: dict[tuple[str, str], SourceType],
        sink_types: dict[str, SinkType],
        refused: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.target_types = target_types
        self.source_types = source_types
        self.sink_types = sink_types
        self.refused = tuple(refused)

    def sources_of(self, target_type: str) -> dict[str, SourceType]:
        return {n: s for (t, n), s in self.source_types.items() if t == target_type}


def load(path: Path, offered: Offered) -> Config:
    """The configuration in `path` and its `conf.d`. Raises ConfigInvalid with every fault."""
    config, faults = examine(path, offered)
    if faults:
        raise ConfigInvalid(faults)
    return config


def examine(path: Path, offered: Offered) -> tuple[Config, tuple[Fault, ...]]:
    """What is valid of the configuration in `path` and its `conf.d`, and every fault.

    Raises ConfigInvalid where a file can't be read, or is no TOML.
    """
    text = files.read(path)
    config, faults = _Reader(offered).read(text.tables)
    idle = tuple(map(text.located, config.idle))
    return replace(config, idle=idle), tuple(map(text.located, faults))


def outline(path: Path) -> Outline:
    """What needs neither plugins nor secrets. Raises ConfigInvalid."""
    text = files.read(path)
    try:
        daemon = _Reader(Offered({}, {}, {})).read_daemon(text.tables)
    except ConfigInvalid as error:
        raise ConfigInvalid(tuple(map(text.located, error.faults))) from None
    targets = text.tables.get("targets", {})
    return Outline(daemon, tuple(targets) if isinstance(targets, dict) else ())


def understand(tables: dict[str, Any], offered: Offered) -> Config:
    """The configuration that merged TOML tables hold. Raises ConfigInvalid with every fault."""
    config, faults = _Reader(offered).read(tables)
    if faults:
        raise ConfigInvalid(faults)
    return config


class _Reader:
    """Reads the tables once, and gathers the faults on the way."""

    def __init__(self, offered: Offered) -> None:
        self._offered = offered
        self._faults: list[Fault] = []
        self._unwatched: list[tuple[str, str]] = []
        self._idle: list[Fault] = []
        self._left_out: list[LeftOut] = []
        self._alike: dict[SourceConfig, SourceConfig] = {}

    def read(self, tables: dict[str, Any]) -> tuple[Config, tuple[Fault, ...]]:
        """What is valid; a block that is not is left out, or as if it were not there."""
        for name in tables:
            if name not in _SECTIONS:
                self._fault(join("", name), unknown_key(name, _SECTIONS))
        daemon = self._check(DaemonSettings, tables.get("daemon", {}), "daemon")
        web = self._check(WebSettings, tables.get("web", {}), "web")
        defaults = self._check(DefaultSettings, tables.get("defaults", {}), "defaults")
        targets = self._targets(tables.get("targets", {}), defaults or DefaultSettings())
        sinks = self._sinks(tables.get("sinks", {}))
        config = Config(
            daemon or DaemonSettings(),
            web or WebSettings(),
            defaults or DefaultSettings(),
            targets,
            sinks,
            tuple(self._unwatched),
            tuple(self._idle),
            tuple(self._left_out),
        )
        return config, tuple(self._faults)

    def read_daemon(self, tables: dict[str, Any]) -> DaemonSettings:
        daemon = self._check(DaemonSettings, tables.get("daemon", {}), "daemon")
        if daemon is None:
            raise ConfigInvalid(tuple(self._faults))
        return daemon

    def _fault(self, place: str, problem: str) -> None:
        self._faults.append(Fault(place, problem))

    def _check(
        self,
        model: type[AnySettings],
        table: Any,
        place: str,
        also_known: Iterable[str] = (),
        known_values: Mapping[str, Iterable[str]] = MappingProxyType({}),
    ) -> AnySettings | None:
        if not isinstance(table, dict):
            self._fault(place, f"is not a table; write it as [{place}]")
            return None
        try:
            return model.model_validate(table)
        except ValidationError as error:
            self._faults.extend(from_pydantic(error, place, model, also_known, known_values))
        except Exception as error:
            # A plugin's own check broke. Its words may quote the value, which may be a secret.
            self._fault(
                place, f"can't be checked: {model.__name__} failed ({type(error).__name__})"
            )
        return None

    def _blocks(self, tables: Any, place: str) -> Iterable[tuple[str, dict[str, Any]]]:
        """The named blocks below [targets] or [sinks]."""
        if not isinstance(tables, dict):
            self._fault(place, f"is not a table; write [{place}.NAME]")
            return
        for name, block in tables.items():
            if not _NAME.fullmatch(name):
                self._fault(
                    join(place, name),
                    "is no name for it; names are letters, digits, dot, - and _",
                )
            elif not isinstance(block, dict):
                self._fault(join(place, name), f"is not a table; write [{place}.{name}]")
            else:
                yield name, block

    def _targets(self, tables: Any, defaults: DefaultSettings) -> dict[str, TargetConfig]:
        targets = {}
        for name, block in self._blocks(tables, "targets"):
            target = self._target(name, block, defaults)
            if target is not None:
                targets[name] = target
        return targets

    def _target(
        self, name: str, block: dict[str, Any], defaults: DefaultSettings
    ) -> TargetConfig | None:
        place = join("targets", name)
        core, own = _split(block, TargetBlock)
        types = {"type": self._offered.target_types}
        base = self._check(TargetBlock, core, place, known_values=types)
        type_name = core.get("type")
        if not isinstance(type_name, str):
            return None
        kind = self._offered.target_types.get(type_name)
        if kind is None:
            known = self._offered.target_types
            if reason := self._unknown(join(place, "type"), "target type", type_name, known):
                self._unwatched.append((name, reason))
            return None
        # What else the block says is looked at though one of these keys is wrong.
        base = base or TargetBlock(type=type_name)
        for action in base.allow:
            self._fault(join(place, "allow"), unknown_name("action", action, ()))
        settings = self._check(kind.settings, own, place, TargetBlock.model_fields)
        target = Target(name, kind.name, settings)
        sources = self._sources(block, place, target, base, defaults)
        if settings is None:
            return None
        return TargetConfig(target, kind, sources, base.allow)

    def _unknown(self, place: str, what: str, name: str, offered: Iterable[str]) -> str:
        """Nothing offers a name: a fault, unless a refused plugin may do so. Returns which may.

        However near it is to a name that is offered: a plugin that an upgrade broke must not
        keep the daemon from watching the rest, only because its type is called much like another.
        """
        if not self._offered.refused:
            self._fault(place, unknown_name(what, name, offered))
            return ""
        refused = (f"{plugin} ({reason})" for plugin, reason in self._offered.refused)
        reason = not_offered(what, name, offered, refused)
        self._idle.append(Fault(place, reason))
        return reason

    def _sources(
        self,
        block: dict[str, Any],
        place: str,
        target: Target,
        base: TargetBlock,
        defaults: DefaultSettings,
    ) -> tuple[SourceConfig, ...]:
        """The sources that are switched on. Also where the block is wrong: for their faults.

        One that would see nothing is left out, unless the user names it and does not see why.
        """
        tables = block.get("sources", {})
        if not isinstance(tables, dict):
            return ()
        offered = self._offered.sources_of(target.type)
        for name in (name for name in tables if name not in offered):
            self._unknown(join(place, "sources", name), "source", name, offered)
        sources = []
        for name, kind in offered.items():
            inner = join(place, "sources", name)
            settings = self._check(kind.settings, tables.get(name, {}), inner)
            if settings is None or not settings.enabled:
                continue
            lacks = self._lacks(kind, target, inner)
            if lacks and name not in tables:
                self._left_out.append(LeftOut(target.name, name, lacks))
                continue
            source = _with_defaults(kind, settings, base, defaults)
            sources.append(self._shared(replace(source, lacks=lacks) if lacks else source))
        return tuple(sources)

    def _lacks(self, kind: SourceType, target: Target, place: str) -> str:
        """What a target's settings lack for a source; "" where nothing, or where they are wrong."""
        if kind.needs is None or target.settings is None:
            return ""
        try:
            return str(kind.needs(target.settings))
        except Exception as error:
            # Its words may quote a value, which may be a secret.
            self._fault(place, f"can't be checked: its `needs` failed ({type(error).__name__})")
            return ""

    def _sinks(self, tables: Any) -> dict[str, SinkConfig]:
        sinks = {}
        for name, block in self._blocks(tables, "sinks"):
            place = join("sinks", name)
            core, own = _split(block, SinkBlock)
            types = {"type": self._offered.sink_types}
            base = self._check(SinkBlock, core, place, known_values=types)
            if base is None:
                continue
            kind = self._offered.sink_types.get(base.type)
            if kind is None:
                known = self._offered.sink_types
                self._unknown(join(place, "type"), "sink type", base.type, known)
                continue
            settings = self._check(kind.settings, own, place, SinkBlock.model_fields)
            if settings is not None:
                sinks[name] = SinkConfig(name, kind, settings)
        return sinks

    def _shared(self, source: SourceConfig) -> SourceConfig:
        """The equal one of another target, if any: of thousands of targets most are set alike."""
        try:
            return self._alike.setdefault(source, source)
        except TypeError:  # a plugin's settings may hold what has no hash
            return source


def _split(block: dict[str, Any], model: type[Settings]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of a block the core reads, and what its type reads."""
    core = {key: value for key, value in block.items() if key in model.model_fields}
    return core, {key: value for key, value in block.items() if key not in core}


def _with_defaults(
    kind: SourceType, settings: SourceSettings, base: TargetBlock, defaults: DefaultSettings
) -> SourceConfig:
    """The nearest word holds: the source's block, the target's, the plugin's, the defaults'.

    An interval that the user set is never stretched: the source may only ask to be asked sooner.
    """
    chosen = settings.interval or base.interval
    interval = chosen or kind.interval or defaults.interval
    soonest, latest = kind.ask_again_within
    ask_again_within = (soonest, min(latest, chosen) if chosen else latest)
    timeout = settings.timeout or base.timeout or kind.timeout or defaults.timeout
    stale_after = settings.stale_after or max(STALE_AT_LEAST, STALE_INTERVALS * interval + timeout)
    return SourceConfig(
        kind, settings, interval, timeout, stale_after, defaults.max_backoff, ask_again_within
    )

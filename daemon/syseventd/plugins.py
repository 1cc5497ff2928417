"""The façade over pluggy: what plugins offer, and those that were refused, each with its reason.

The only file that calls hooks. Every plugin is loaded, checked and asked alone, so that one that
is broken takes nobody along.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy
import structlog

from syseventd import hookspecs
from syseventd.errors import PluginRefused
from syseventd.instruments import TAKEN_NAMES
from syseventd.interface import (
    Demo,
    EventKind,
    Gauge,
    Isolation,
    SinkType,
    SourceType,
    Tab,
    TargetType,
)
from syseventd.settings import SHORTEST_INTERVAL, Settings, SourceSettings

GROUP = "syseventd"
"""The entry-point group in which a distribution names its plugins."""

OURS = "syseventd"

MARK = f"{GROUP}_spec"
"""The attribute that pluggy's marker leaves on a specification."""

_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_METRIC_NAME = re.compile(r"[a-z][a-z0-9_]*")

_NOT_OF_GAUGES = ("_total", "_bucket", "_count", "_sum", "_info", "_created")
"""How the samples of other types of metric end: by such a name Prometheus would misread a gauge."""

log = structlog.get_logger("syseventd.plugins")


@dataclass(frozen=True, slots=True)
class Offers:
    """What one plugin answered to each hook."""

    target_types: tuple[TargetType, ...] = ()
    source_types: tuple[SourceType, ...] = ()
    sink_types: tuple[SinkType, ...] = ()
    event_kinds: tuple[EventKind, ...] = ()
    gauges: tuple[Gauge, ...] = ()
    tabs: tuple[Tab, ...] = ()


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin that was loaded. `origin` is its distribution, `version` that one's version."""

    name: str
    origin: str
    version: str
    offers: Offers
    demos: Callable[[], tuple[Demo, ...]]


@dataclass(frozen=True, slots=True)
class Refused:
    """A plugin that was not loaded, and why."""

    name: str
    origin: str
    version: str
    reason: str


@dataclass(slots=True)
class Catalogue:
    """All that the loaded plugins offer, by name."""

    plugins: list[Plugin] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    target_types: dict[str, TargetType] = field(default_factory=dict)
    source_types: dict[tuple[str, str], SourceType] = field(default_factory=dict)
    """By target type and name."""
    sink_types: dict[str, SinkType] = field(default_factory=dict)
    event_kinds: dict[str, EventKind] = field(default_factory=dict)
    gauges: dict[str, Gauge] = field(default_factory=dict)
    tabs: dict[tuple[str, str], Tab] = field(default_factory=dict)

    def sources_of(self, target_type: str) -> dict[str, SourceType]:
        """The source types that are offered for targets of one type, by name."""
        return {n: s for (t, n), s in self.source_types.items() if t == target_type}

    def owner_of(self, offer: object) -> str:
        """The name of the plugin that made an offer."""
        for plugin in self.plugins:
            offers = plugin.offers
            if any(
                offer is o
                for o in (
                    *offers.target_types,
                    *offers.source_types,
                    *offers.sink_types,
                    *offers.event_kinds,
                    *offers.gauges,
                    *offers.tabs,
                )
            ):
                return plugin.name
        raise KeyError(offer)

    def add(self, plugin: Plugin) -> None:
        """Take a plugin's offers in, all or none. Raises PluginRefused where a name is taken."""
        offers = plugin.offers
        claims: list[tuple[str, dict[Any, Any], dict[Any, Any]]] = [
            ("target type", self.target_types, {o.name: o for o in offers.target_types}),
            (
                "source type",
                self.source_types,
                {(o.target_type, o.name): o for o in offers.source_types},
            ),
            ("sink type", self.sink_types, {o.name: o for o in offers.sink_types}),
            ("event kind", self.event_kinds, {o.name: o for o in offers.event_kinds}),
            ("gauge", self.gauges, {o.name: o for o in offers.gauges}),
            ("tab", self.tabs, {(o.target_type, o.name): o for o in offers.tabs}),
        ]
        for what, taken, offered in claims:
            for name in (name for name in offered if name in taken):
                shown = "/".join(name) if isinstance(name, tuple) else name
                owner = self.owner_of(taken[name])
                raise PluginRefused(
                    plugin.name, f"its {what} {shown!r} is taken by the plugin {owner!r}"
                )
        for _, taken, offered in claims:
            taken.update(offered)
        self.plugins.append(plugin)


def load_plugins(found: Iterable[EntryPoint] | None = None) -> Catalogue:
    """Load every plugin that is installed, our own distribution's first. Never raises for one.

    Of one that is refused nothing stays.
    """
    catalogue = Catalogue()
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    points = entry_points(group=GROUP) if found is None else found
    for point in sorted(points, key=lambda p: (_origin(p)[0] != OURS, _origin(p), p.name)):
        origin, version = _origin(point)
        try:
            _load(manager, point, catalogue)
        except PluginRefused as error:
            catalogue.refused.append(Refused(point.name, origin, version, error.reason))
            log.error("plugin_refused", plugin=point.name, origin=origin, reason=error.reason)
    return catalogue


def _origin(point: EntryPoint) -> tuple[str, str]:
    return (point.dist.name, point.dist.version) if point.dist else ("unknown", "unknown")


def _load(manager: pluggy.PluginManager, point: EntryPoint, catalogue: Catalogue) -> None:
    """Take one plugin into the catalogue. Raises PluginRefused, and then forgets it."""
    origin, version = _origin(point)
    for other in catalogue.plugins:
        if other.name == point.name:
            raise PluginRefused(
                point.name,
                f"its name is taken by the plugin {other.name!r} of {other.origin} {other.version}",
            )
    module = _import(point)
    if (name := manager.get_name(module)) is not None:
        raise PluginRefused(point.name, f"it is loaded already, as the plugin {name!r}")
    try:
        _register(manager, point.name, module)
        _check_spelling(manager, point.name, module)
        offers = Offers(*(_ask(manager, point.name, hook, kind) for hook, kind in _HOOKS.items()))
        demos = partial(_demos, manager, point.name)
        catalogue.add(Plugin(point.name, origin, version, offers, demos))
    except PluginRefused:
        if manager.is_registered(module):
            manager.unregister(module)
        raise


def _demos(manager: pluggy.PluginManager, plugin: str) -> tuple[Demo, ...]:
    """A plugin's demos; none where its hook fails, so that the others' are shown all the same."""
    try:
        return _ask(manager, plugin, "demos", Demo)
    except PluginRefused as error:
        log.error("demos_refused", plugin=plugin, reason=error.reason)
        return ()


def _import(point: EntryPoint) -> object:
    try:
        return point.load()
    except (Exception, SystemExit) as error:
        raise PluginRefused(point.name, f"it can't be imported: {_in_words(error)}") from None


def _register(manager: pluggy.PluginManager, plugin: str, module: object) -> None:
    try:
        manager.register(module, plugin)
    except pluggy.PluginValidationError as error:
        text = " ".join(str(error).split())
        raise PluginRefused(plugin, f"it breaks the signature of a hook: {text}") from None
    except Exception as error:
        raise PluginRefused(plugin, f"it can't be registered: {_in_words(error)}") from None


def _check_spelling(manager: pluggy.PluginManager, plugin: str, module: object) -> None:
    """Refuse an implementation of a hook that doesn't exist; pluggy would never call it."""
    known = [name for name in vars(hookspecs) if hasattr(getattr(hookspecs, name), MARK)]
    for caller in manager.get_hookcallers(module) or ():
        if not caller.has_spec():
            nearest = get_close_matches(caller.name, known, 1)
            hint = f"the nearest is {nearest[0]!r}" if nearest else f"there are {', '.join(known)}"
            raise PluginRefused(plugin, f"it implements the hook {caller.name!r}; {hint}")


_HOOKS: Mapping[str, type[Any]] = {
    "target_types": TargetType,
    "source_types": SourceType,
    "sink_types": SinkType,
    "event_kinds": EventKind,
    "gauges": Gauge,
    "tabs": Tab,
}
"""The hooks that are called at start, each with what it yields, in the order of Offers."""


def _ask(manager: pluggy.PluginManager, plugin: str, hook: str, kind: type[Any]) -> tuple[Any, ...]:
    """One plugin's answer to one hook, checked. Raises PluginRefused."""
    others = [p for name, p in manager.list_name_plugin() if name != plugin]
    caller = manager.subset_hook_caller(hook, [p for p in others if p is not None])
    offers: list[Any] = []
    try:
        for answer in caller():
            offers.extend(answer)
        fault = next(filter(None, (_fault_of(offer, kind) for offer in offers)), "")
    except (Exception, SystemExit) as error:
        raise PluginRefused(plugin, f"its hook {hook} failed: {_in_words(error)}") from None
    names = Counter((getattr(o, "target_type", ""), o.name) for o in offers if not fault)
    twice = next((name for (_, name), count in names.items() if count > 1), "")
    if fault or twice:
        raise PluginRefused(plugin, f"its hook {hook} offers {fault or repr(twice) + ' twice'}")
    return tuple(offers)


def _fault_of(offer: Any, kind: type[Any]) -> str:
    """What is wrong with an offer, as the end of "its hook … offers …"; "" where it is sound."""
    if not isinstance(offer, kind):
        return f"{offer!r}, which is no {kind.__name__}"
    pattern, marks = (_METRIC_NAME, " and _") if kind is Gauge else (_NAME, ", - and _")
    if not isinstance(offer.name, str) or not pattern.fullmatch(offer.name):
        return (
            f"the name {offer.name!r}; names are lower-case letters, digits{marks}, "
            "with a letter first"
        )
    for name, (check, demand) in _CHECKS.items():
        value = getattr(offer, name, None)
        if name in _OPTIONAL and value is None:
            continue
        if hasattr(offer, name) and not check(value):
            return f"{offer.name!r}, whose {name} is {value!r}, which is no {demand}"
    if isinstance(offer, SourceType) and not issubclass(offer.settings, SourceSettings):
        return f"{offer.name!r}, whose settings do not build on SourceSettings"
    return _fault_of_metric(offer.name) if isinstance(offer, Gauge) else ""


def _fault_of_metric(name: str) -> str:
    """Why a gauge can't have this name, which Prometheus and the daemon read too."""
    ending = next((end for end in _NOT_OF_GAUGES if name.endswith(end)), "")
    if ending:
        return f"{name!r}; Prometheus takes what ends in {ending} for no gauge"
    if name in TAKEN_NAMES:
        return f"{name!r}, which is a metric of the daemon itself"
    return ""


def _is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and SHORTEST_INTERVAL <= value < math.inf


def _is_bounds(value: object) -> bool:
    if not isinstance(value, tuple) or len(value) != 2 or not all(map(_is_seconds, value)):
        return False
    return bool(value[0] <= value[1])


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_line(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value.splitlines()) == 1


_CHECKS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "settings": (
        lambda value: isinstance(value, type) and issubclass(value, Settings),
        "class that builds on Settings",
    ),
    "connect": (callable, "function"),
    "create": (callable, "function"),
    "needs": (callable, "function"),
    "table": (callable, "function"),
    "start": (callable, "function"),
    "interval": (_is_seconds, "number of seconds"),
    "timeout": (_is_seconds, "number of seconds"),
    "ask_again_within": (_is_bounds, "pair of seconds, the shorter first"),
    "isolation": (lambda value: isinstance(value, Isolation), "Isolation"),
    "target_type": (_is_text, "text"),
    "title": (_is_text, "text"),
    "effect": (_is_text, "text"),
    "description": (_is_text, "text"),
    "help": (_is_line, "line of text"),
}
"""What the fields of offers must be: the daemon trips over anything else only much later."""

_OPTIONAL = frozenset({"connect", "interval", "needs", "timeout"})


def _in_words(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:  # a plugin's error may not even be shown
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__

"""The façade over pluggy: who is loaded, who is refused and why, and that the others work on."""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, distributions
from itertools import count
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from syseventd.plugins import Catalogue, load_plugins

HEAD = """
from syseventd import Snapshot, hookimpl
from syseventd.interface import Demo, EventKind, Gauge, SinkType, SourceType, Tab, TargetType
from syseventd.settings import Settings, SourceSettings

def nothing(*given): ...

"""

HEALTHY = """
@hookimpl
def target_types(): return [TargetType("{name}s", Settings)]
@hookimpl
def event_kinds():
    yield EventKind("{name}-jam", "Jam")
"""

_numbers = count(1)


class Folder:
    """A folder on Python's path into which plugins are installed, as distributions."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.modules: list[str] = []

    def install(
        self, name: str, code: str, distribution: str | None = None, version: str = "1.0"
    ) -> str:
        """Install a plugin `name`, whose module holds `code`. Returns the module's name."""
        module = f"an_installed_plugin_{next(_numbers)}"
        self.modules.append(module)
        self._path.joinpath(f"{module}.py").write_text(HEAD + textwrap.dedent(code))
        importlib.invalidate_caches()
        self.point(name, module, distribution or f"dist-{name}", version)
        return module

    def point(self, name: str, module: str, distribution: str, version: str = "1.0") -> None:
        """Install a distribution whose entry point `name` names a module."""
        info = self._path / f"{distribution}-{version}.dist-info"
        info.mkdir()
        info.joinpath("METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        )
        info.joinpath("entry_points.txt").write_text(f"[syseventd]\n{name} = {module}\n")

    def points(self) -> list[EntryPoint]:
        """Every entry point in the folder, in no particular order."""
        found = distributions(path=[str(self._path)])
        return [p for d in found for p in d.entry_points.select(group="syseventd")]

    def load(self) -> Catalogue:
        return load_plugins(self.points())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    """An empty folder to install plugins into."""
    monkeypatch.syspath_prepend(tmp_path)
    folder = Folder(tmp_path)
    yield folder
    for module in folder.modules:
        sys.modules.pop(module, None)


@pytest.fixture
def refuse(folder: Folder) -> Callable[[str], str]:
    """Load a plugin `broken` with some code beside a healthy one: the reason of its refusal."""

    def reason(code: str) -> str:
        folder.install("healthy", HEALTHY.format(name="printer"))
        folder.install("broken", code, "a-broken-one", "0.3")
        catalogue = folder.load()
        assert [plugin.name for plugin in catalogue.plugins] == ["healthy"]
        assert set(catalogue.target_types) == {"printers"}
        assert set(catalogue.event_kinds) == {"printer-jam"}
        (refused,) = catalogue.refused
        assert (refused.name, refused.origin, refused.version) == ("broken", "a-broken-one", "0.3")
        return refused.reason

    return reason


def names(catalogue: Catalogue) -> list[str]:
    return [plugin.name for plugin in catalogue.plugins]


# --- order and origin -------------------------------------------------------------------------


def test_our_own_distribution_is_loaded_first(folder: Folder) -> None:
    """Whoever takes a name of ours comes too late, whatever their distribution is called."""
    folder.install("aardvark", "", "aardvark")
    folder.install("zebra", "", "syseventd")
    folder.install("badger", "", "badger")
    assert names(folder.load()) == ["zebra", "aardvark", "badger"]


def test_the_order_does_not_depend_on_how_plugins_are_found(folder: Folder) -> None:
    """By distribution, then by name."""
    for name in ("c", "a", "b"):
        folder.install(name, "", f"dist-{name}")
    found = folder.points()
    assert names(load_plugins(found)) == names(load_plugins(reversed(found))) == ["a", "b", "c"]


def test_a_plugin_tells_its_distribution_and_version(folder: Folder) -> None:
    """So that an administrator knows what to upgrade."""
    folder.install("printers", "", "syseventd-printers", "2.3")
    (plugin,) = folder.load().plugins
    assert (plugin.origin, plugin.version) == ("syseventd-printers", "2.3")


def test_an_entry_point_without_a_distribution_is_of_unknown_origin(folder: Folder) -> None:
    """As tests make them."""
    module = folder.install("printers", "")
    (plugin,) = load_plugins([EntryPoint("printers", module, "syseventd")]).plugins
    assert (plugin.origin, plugin.version) == ("unknown", "unknown")


def test_ours_are_found_by_their_entry_points() -> None:
    """The same door as a stranger's."""
    assert {"certificates", "superoffice"} <= set(names(load_plugins()))


@pytest.mark.parametrize("code", ["", "@hookimpl\ndef tabs(): return None"])
def test_a_plugin_may_offer_nothing(folder: Folder, code: str) -> None:
    """It is loaded all the same, so that it is listed."""
    folder.install("idle", code)
    (plugin,) = folder.load().plugins
    assert not any((plugin.offers.target_types, plugin.offers.tabs, plugin.demos()))


def test_a_hook_may_have_a_name_of_its_own(folder: Folder) -> None:
    """pluggy's `specname`."""
    code = '@hookimpl(specname="event_kinds")\ndef mine(): return [EventKind("jam", "Jam")]'
    folder.install("printers", code)
    assert set(folder.load().event_kinds) == {"jam"}


def test_the_owner_of_an_offer_is_known(folder: Folder) -> None:
    """To blame a plugin by its name."""
    folder.install("printers", HEALTHY.format(name="printer"))
    folder.install("scanners", HEALTHY.format(name="scanner"))
    catalogue = folder.load()
    assert catalogue.owner_of(catalogue.event_kinds["scanner-jam"]) == "scanners"
    with pytest.raises(KeyError):
        catalogue.owner_of("nobody's")


def test_sources_may_be_offered_for_the_targets_of_others(folder: Folder) -> None:
    """1:N: two plugins watch one type of target, and neither knows the other."""
    folder.install("printers", HEALTHY.format(name="printer"))
    for name in ("ink", "paper"):
        code = f'@hookimpl\ndef source_types(): yield SourceType("{name}", "printers", nothing)'
        folder.install(name, code)
    assert set(folder.load().sources_of("printers")) == {"ink", "paper"}


# --- refusals ---------------------------------------------------------------------------------

REFUSALS = {
    "import a_library_that_nobody_installed": (
        "it can't be imported: "
        "ModuleNotFoundError: No module named 'a_library_that_nobody_installed'"
    ),
    "raise SystemExit": "it can't be imported: SystemExit",
    "def (": "it can't be imported: SyntaxError: ",
    "class Mute(Exception):\n  def __str__(self): return 1 / 0\nraise Mute": (
        "it can't be imported: Mute"
    ),
    "@hookimpl\ndef target_typs(): return []": (
        "it implements the hook 'target_typs'; the nearest is 'target_types'"
    ),
    "@hookimpl\ndef start_engines(): return []": (
        "it implements the hook 'start_engines'; "
        "there are target_types, source_types, sink_types, event_kinds, gauges, tabs, demos"
    ),
    "@hookimpl\ndef tabs(page): return []": (
        "it breaks the signature of a hook: Plugin 'broken' for hook 'tabs' "
        "hookimpl definition: tabs(page) Argument(s) {'page'} are declared in the hookimpl"
    ),
    "@hookimpl\ndef target_types(): return 1 / 0": (
        "its hook target_types failed: ZeroDivisionError: division by zero"
    ),
    "@hookimpl\ndef target_types():\n  yield TargetType('late', Settings)\n  raise KeyError(1)": (
        "its hook target_types failed: KeyError: 1"
    ),
    "@hookimpl\ndef sink_types(): raise SystemExit(3)": "its hook sink_types failed: SystemExit: 3",
    "@hookimpl\ndef tabs(): return 7": (
        "its hook tabs failed: TypeError: 'int' object is not iterable"
    ),
    "@hookimpl\ndef tabs(): return ['queue']": "its hook tabs offers 'queue', which is no Tab",
    "@hookimpl\ndef target_types(): return [TargetType('Big One', Settings)]": (
        "its hook target_types offers the name 'Big One'; names are lower-case letters, "
        "digits, - and _, with a letter first"
    ),
    "@hookimpl\ndef event_kinds(): return [EventKind('jam', 'Jam'), EventKind('jam', 'Jam!')]": (
        "its hook event_kinds offers 'jam' twice"
    ),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_a_broken_plugin_is_refused_with_its_reason(
    refuse: Callable[[str], str], code: str
) -> None:
    """And the healthy one that is loaded after it offers all that it has."""
    assert refuse(code).startswith(REFUSALS[code])


WRONG_OFFERS = {
    "target_types(): yield TargetType('x', dict)": (
        "'x', whose settings is <class 'dict'>, which is no class that builds on Settings"
    ),
    "target_types(): yield TargetType('x', Settings, connect='y')": (
        "'x', whose connect is 'y', which is no function"
    ),
    "target_types(): yield TargetType('x', Settings, description=None)": (
        "'x', whose description is None, which is no text"
    ),
    "source_types(): yield SourceType('x', 'printers', nothing, interval='60s')": (
        "'x', whose interval is '60s', which is no number of seconds"
    ),
    "source_types(): yield SourceType('x', 'printers', nothing, timeout=0)": (
        "'x', whose timeout is 0, which is no number of seconds"
    ),
    "source_types(): yield SourceType('x', 'printers', nothing, ask_again_within=(9, 1))": (
        "'x', whose ask_again_within is (9, 1), which is no pair of seconds, the shorter first"
    ),
    "source_types(): yield SourceType('x', 'printers', nothing, ask_again_within=60)": (
        "'x', whose ask_again_within is 60, which is no pair of seconds, the shorter first"
    ),
    "source_types(): yield SourceType('x', 'printers', nothing, isolation='process')": (
        "'x', whose isolation is 'process', which is no Isolation"
    ),
    "source_types(): yield SourceType('x', 'printers', nothing, settings=Settings)": (
        "'x', whose settings do not build on SourceSettings"
    ),
    "source_types(): yield SourceType('x', TargetType, nothing)": (
        "'x', whose target_type is <class 'syseventd.interface.TargetType'>, which is no text"
    ),
    "sink_types(): yield SinkType('x', Settings, None)": (
        "'x', whose create is None, which is no function"
    ),
    "tabs(): yield Tab('x', 'X', 'printers', [])": "'x', whose table is [], which is no function",
    "event_kinds(): yield EventKind('x', None)": "'x', whose title is None, which is no text",
    "gauges(): yield Gauge('x', '')": "'x', whose help is '', which is no line of text",
    "gauges(): yield Gauge('x', ' ')": "'x', whose help is ' ', which is no line of text",
    "gauges(): yield Gauge('x', b'X')": "'x', whose help is b'X', which is no line of text",
    r"gauges(): yield Gauge('x', 'X\nY')": (r"'x', whose help is 'X\nY', which is no line of text"),
    "gauges(): yield Gauge('Jams', 'X')": (
        "the name 'Jams'; names are lower-case letters, digits and _, with a letter first"
    ),
    "gauges(): yield Gauge('paper-jams', 'X')": (
        "the name 'paper-jams'; names are lower-case letters, digits and _, with a letter first"
    ),
    **{
        f"gauges(): yield Gauge('jams_{end}', 'X')": (
            f"'jams_{end}'; Prometheus takes what ends in _{end} for no gauge"
        )
        for end in ("total", "bucket", "count", "sum", "info", "created")
    },
    "gauges(): yield Gauge('events', 'X')": "'events', which is a metric of the daemon itself",
    "gauges(): yield Gauge('probes', 'X')": "'probes', which is a metric of the daemon itself",
}


@pytest.mark.parametrize("code", WRONG_OFFERS)
def test_an_offer_that_the_daemon_would_trip_over_later_is_refused(
    refuse: Callable[[str], str], code: str
) -> None:
    """Type checkers tell its author; who doesn't use one is told here."""
    hook = code.partition("(")[0]
    assert refuse(f"@hookimpl\ndef {code}") == f"its hook {hook} offers {WRONG_OFFERS[code]}"


def test_a_taken_plugin_name_is_refused_and_names_who_has_it(folder: Folder) -> None:
    """Python itself would drop one of the two in silence."""
    folder.install("printers", HEALTHY.format(name="printer"), "alpha", "1.1")
    folder.install("printers", HEALTHY.format(name="scanner"), "beta", "2.0")
    catalogue = folder.load()
    (refused,) = catalogue.refused
    assert refused.reason == "its name is taken by the plugin 'printers' of alpha 1.1"
    assert refused.origin == "beta"
    assert set(catalogue.target_types) == {"printers"}


def test_one_module_under_two_names_is_one_plugin(folder: Folder) -> None:
    """The second is refused, and the first keeps even what is asked only later."""
    module = folder.install("first", "@hookimpl\ndef demos(): return [Demo('first', nothing)]")
    folder.point("second", module, "dist-second")
    catalogue = folder.load()
    assert [r.reason for r in catalogue.refused] == ["it is loaded already, as the plugin 'first'"]
    (first,) = catalogue.plugins
    assert [demo.name for demo in first.demos()] == ["first"]


def test_a_refused_plugin_does_not_keep_its_name_from_others(folder: Folder) -> None:
    """What was refused is as if it had never been there."""
    folder.install("printers", HEALTHY.format(name="printer"), "aaa")
    folder.install("scanners", HEALTHY.format(name="printer"), "bbb")
    folder.install("scanners", HEALTHY.format(name="scanner"), "ccc")
    catalogue = folder.load()
    assert [(r.name, r.origin) for r in catalogue.refused] == [("scanners", "bbb")]
    assert [(p.name, p.origin) for p in catalogue.plugins] == [
        ("printers", "aaa"),
        ("scanners", "ccc"),
    ]


def test_a_taken_target_type_is_refused_and_names_who_has_it(folder: Folder) -> None:
    """Else a target would be watched by whoever came last."""
    folder.install("a", HEALTHY.format(name="printer"))
    folder.install("b", HEALTHY.format(name="printer"))
    (refused,) = folder.load().refused
    assert refused.reason == "its target type 'printers' is taken by the plugin 'a'"


def test_a_plugin_that_takes_one_name_leaves_none_of_its_others(folder: Folder) -> None:
    """All of its offers or none."""
    folder.install("printers", HEALTHY.format(name="printer"))
    code = """
    @hookimpl
    def target_types(): return [TargetType("seals", Settings)]
    @hookimpl
    def event_kinds(): return [EventKind("printer-jam", "Jam")]
    """
    folder.install("seals", code)
    catalogue = folder.load()
    assert "seals" not in catalogue.target_types
    (refused,) = catalogue.refused
    assert refused.reason == "its event kind 'printer-jam' is taken by the plugin 'printers'"


def test_a_taken_gauge_is_refused_and_names_who_has_it(folder: Folder) -> None:
    """One family can't be measured in two ways; whose it is can be told."""
    code = "@hookimpl\ndef gauges(): yield Gauge('jams', 'Jams.')"
    folder.install("a", code)
    folder.install("b", code)
    catalogue = folder.load()
    (refused,) = catalogue.refused
    assert refused.reason == "its gauge 'jams' is taken by the plugin 'a'"
    assert catalogue.owner_of(catalogue.gauges["jams"]) == "a"


def test_a_taken_source_is_named_with_its_target_type(folder: Folder) -> None:
    """The same name may stand for other targets."""
    code = "@hookimpl\ndef source_types(): yield SourceType('queue', '{}', nothing)"
    folder.install("a", code.format("printers"))
    folder.install("b", code.format("scanners"))
    folder.install("c", code.format("printers"))
    catalogue = folder.load()
    (refused,) = catalogue.refused
    assert refused.reason == "its source type 'printers/queue' is taken by the plugin 'a'"
    assert set(catalogue.source_types) == {("printers", "queue"), ("scanners", "queue")}


def test_a_refusal_is_logged(folder: Folder) -> None:
    """The daemon's log tells it, although the daemon goes on."""
    folder.install("broken", "raise ValueError('no\\n  luck')", "a-broken-one")
    with capture_logs() as logs:
        folder.load()
    assert logs == [
        {
            "event": "plugin_refused",
            "log_level": "error",
            "plugin": "broken",
            "origin": "a-broken-one",
            "reason": "it can't be imported: ValueError: no luck",
        }
    ]


def test_an_interrupt_while_a_plugin_loads_is_no_refusal(folder: Folder) -> None:
    """Whoever presses Ctrl-C wants the whole to stop."""
    folder.install("slow", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        folder.load()


# --- demos ------------------------------------------------------------------------------------


def test_demos_are_asked_for_only_when_somebody_wants_them(folder: Folder) -> None:
    """A simulator may be slow to import."""
    code = "asked = []\n@hookimpl\ndef demos():\n  asked.append(1)\n  yield Demo('d', nothing)"
    module = folder.install("printers", code)
    (plugin,) = folder.load().plugins
    assert sys.modules[module].asked == []
    assert [demo.name for demo in plugin.demos()] == ["d"]
    assert sys.modules[module].asked == [1]


def test_a_plugin_whose_demos_fail_offers_none(folder: Folder) -> None:
    """It is blamed in the log, and `syseventd demo` shows the others'."""
    folder.install("printers", "@hookimpl\ndef demos(): return 1 / 0")
    (plugin,) = folder.load().plugins
    with capture_logs() as logs:
        assert plugin.demos() == ()
    reason = "its hook demos failed: ZeroDivisionError: division by zero"
    assert [(entry["plugin"], entry["reason"]) for entry in logs] == [("printers", reason)]


def test_a_demo_that_can_not_be_started_is_not_offered(folder: Folder) -> None:
    """Checked like any other offer."""
    folder.install("printers", "@hookimpl\ndef demos(): yield Demo('d', None)")
    (plugin,) = folder.load().plugins
    with capture_logs() as logs:
        assert plugin.demos() == ()
    assert logs[0]["reason"].endswith("'d', whose start is None, which is no function")

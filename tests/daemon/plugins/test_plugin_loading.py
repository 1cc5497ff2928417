"""Which plugins are loaded, in which order, and what is known of each."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import Any

import pytest

from syseventd.plugins import Catalogue, load_plugins


def names(catalogue: Catalogue) -> list[str]:
    return [plugin.name for plugin in catalogue.plugins]


def test_our_own_distribution_is_loaded_first(folder: Any) -> None:
    """Whoever takes a name of ours comes too late, whatever their distribution is called."""
    folder.install("aardvark", "", "aardvark")
    folder.install("zebra", "", "syseventd")
    folder.install("badger", "", "badger")
    assert names(folder.load()) == ["zebra", "aardvark", "badger"]


def test_the_order_does_not_depend_on_how_plugins_are_found(folder: Any) -> None:
    """By distribution, then by name."""
    for name in ("c", "a", "b"):
        folder.install(name, "", f"dist-{name}")
    found = folder.points()
    assert names(load_plugins(found)) == names(load_plugins(reversed(found))) == ["a", "b", "c"]


def test_a_plugin_tells_its_distribution_and_version(folder: Any) -> None:
    """So that an administrator knows what to upgrade."""
    folder.install("printers", "", "syseventd-printers", "2.3")
    (plugin,) = folder.load().plugins
    assert (plugin.origin, plugin.version) == ("syseventd-printers", "2.3")


def test_an_entry_point_without_a_distribution_is_of_unknown_origin(folder: Any) -> None:
    """As tests make them."""
    module = folder.install("printers", "")
    (plugin,) = load_plugins([EntryPoint("printers", module, "syseventd")]).plugins
    assert (plugin.origin, plugin.version) == ("unknown", "unknown")


def test_ours_are_found_by_their_entry_points() -> None:
    """The same door as a stranger's."""
    assert {"certificates", "superoffice"} <= set(names(load_plugins()))


@pytest.mark.parametrize("code", ["", "@hookimpl\ndef tabs(): return None"])
def test_a_plugin_may_offer_nothing(folder: Any, code: str) -> None:
    """It is loaded all the same, so that it is listed."""
    folder.install("idle", code)
    (plugin,) = folder.load().plugins
    assert not any((plugin.offers.target_types, plugin.offers.tabs, plugin.demos()))


def test_a_hook_may_have_a_name_of_its_own(folder: Any) -> None:
    """pluggy's `specname`."""
    code = '@hookimpl(specname="event_kinds")\ndef mine(): return [EventKind("jam", "Jam")]'
    folder.install("printers", code)
    assert set(folder.load().event_kinds) == {"jam"}


def test_the_owner_of_an_offer_is_known(folder: Any) -> None:
    """To blame a plugin by its name."""
    folder.install("printers", folder.healthy("printer"))
    folder.install("scanners", folder.healthy("scanner"))
    catalogue = folder.load()
    assert catalogue.owner_of(catalogue.event_kinds["scanner-jam"]) == "scanners"
    with pytest.raises(KeyError):
        catalogue.owner_of("nobody's")


def test_sources_may_be_offered_for_the_targets_of_others(folder: Any) -> None:
    """1:N: two plugins watch one type of target, and neither knows the other."""
    folder.install("printers", folder.healthy("printer"))
    for name in ("ink", "paper"):
        code = f'@hookimpl\ndef source_types(): yield SourceType("{name}", "printers", nothing)'
        folder.install(name, code)
    assert set(folder.load().sources_of("printers")) == {"ink", "paper"}

"""Whoever comes second with a name is refused, and told who has it."""

from __future__ import annotations

from typing import Any


def test_a_taken_plugin_name_is_refused_and_names_who_has_it(folder: Any) -> None:
    """Python itself would drop one of the two in silence."""
    folder.install("printers", folder.healthy("printer"), "alpha", "1.1")
    folder.install("printers", folder.healthy("scanner"), "beta", "2.0")
    catalogue = folder.load()
    (refused,) = catalogue.refused
    assert refused.reason == "its name is taken by the plugin 'printers' of alpha 1.1"
    assert refused.origin == "beta"
    assert set(catalogue.target_types) == {"printers"}


def test_one_module_under_two_names_is_one_plugin(folder: Any) -> None:
    """The second is refused, and the first keeps even what is asked only later."""
    module = folder.install("first", "@hookimpl\ndef demos(): return [Demo('first', nothing)]")
    folder.point("second", module, "dist-second")
    catalogue = folder.load()
    assert [r.reason for r in catalogue.refused] == ["it is loaded already, as the plugin 'first'"]
    (first,) = catalogue.plugins
    assert [demo.name for demo in first.demos()] == ["first"]


def test_a_refused_plugin_does_not_keep_its_name_from_others(folder: Any) -> None:
    """What was refused is as if it had never been there."""
    folder.install("printers", folder.healthy("printer"), "aaa")
    folder.install("scanners", folder.healthy("printer"), "bbb")
    folder.install("scanners", folder.healthy("scanner"), "ccc")
    catalogue = folder.load()
    assert [(r.name, r.origin) for r in catalogue.refused] == [("scanners", "bbb")]
    assert [(p.name, p.origin) for p in catalogue.plugins] == [
        ("printers", "aaa"),
        ("scanners", "ccc"),
    ]


def test_a_taken_target_type_is_refused_and_names_who_has_it(folder: Any) -> None:
    """Else a target would be watched by whoever came last."""
    folder.install("a", folder.healthy("printer"))
    folder.install("b", folder.healthy("printer"))
    (refused,) = folder.load().refused
    assert refused.reason == "its target type 'printers' is taken by the plugin 'a'"


def test_a_plugin_that_takes_one_name_leaves_none_of_its_others(folder: Any) -> None:
    """All of its offers or none."""
    folder.install("printers", folder.healthy("printer"))
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


def test_a_taken_gauge_is_refused_and_names_who_has_it(folder: Any) -> None:
    """One family can't be measured in two ways; whose it is can be told."""
    code = "@hookimpl\ndef gauges(): yield Gauge('jams', 'Jams.')"
    folder.install("a", code)
    folder.install("b", code)
    catalogue = folder.load()
    (refused,) = catalogue.refused
    assert refused.reason == "its gauge 'jams' is taken by the plugin 'a'"
    assert catalogue.owner_of(catalogue.gauges["jams"]) == "a"


def test_a_taken_source_is_named_with_its_target_type(folder: Any) -> None:
    """The same name may stand for other targets."""
    code = "@hookimpl\ndef source_types(): yield SourceType('queue', '{}', nothing)"
    folder.install("a", code.format("printers"))
    folder.install("b", code.format("scanners"))
    folder.install("c", code.format("printers"))
    catalogue = folder.load()
    (refused,) = catalogue.refused
    assert refused.reason == "its source type 'printers/queue' is taken by the plugin 'a'"
    assert set(catalogue.source_types) == {("printers", "queue"), ("scanners", "queue")}

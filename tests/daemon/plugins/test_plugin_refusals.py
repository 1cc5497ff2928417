"""A plugin that can't work is refused with its reason, and the others work on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

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
    "source_types(): yield SourceType('x', 'printers', nothing, needs='a database')": (
        "'x', whose needs is 'a database', which is no function"
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


def test_a_refusal_is_logged(folder: Any) -> None:
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


def test_an_interrupt_while_a_plugin_loads_is_no_refusal(folder: Any) -> None:
    """Whoever presses Ctrl-C wants the whole to stop."""
    folder.install("slow", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        folder.load()

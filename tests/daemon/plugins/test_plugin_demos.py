"""Demos are asked for only when somebody wants one, and one that fails is blamed."""

from __future__ import annotations

import sys
from typing import Any

from structlog.testing import capture_logs


def test_demos_are_asked_for_only_when_somebody_wants_them(folder: Any) -> None:
    """A simulator may be slow to import."""
    code = "asked = []\n@hookimpl\ndef demos():\n  asked.append(1)\n  yield Demo('d', nothing)"
    module = folder.install("printers", code)
    (plugin,) = folder.load().plugins
    assert sys.modules[module].asked == []
    assert [demo.name for demo in plugin.demos()] == ["d"]
    assert sys.modules[module].asked == [1]


def test_a_plugin_whose_demos_fail_offers_none(folder: Any) -> None:
    """It is blamed in the log, and `syseventd demo` shows the others'."""
    folder.install("printers", "@hookimpl\ndef demos(): return 1 / 0")
    (plugin,) = folder.load().plugins
    with capture_logs() as logs:
        assert plugin.demos() == ()
    reason = "its hook demos failed: ZeroDivisionError: division by zero"
    assert [(entry["plugin"], entry["reason"]) for entry in logs] == [("printers", reason)]


def test_a_demo_that_can_not_be_started_is_not_offered(folder: Any) -> None:
    """Checked like any other offer."""
    folder.install("printers", "@hookimpl\ndef demos(): yield Demo('d', None)")
    (plugin,) = folder.load().plugins
    with capture_logs() as logs:
        assert plugin.demos() == ()
    assert logs[0]["reason"].endswith("'d', whose start is None, which is no function")

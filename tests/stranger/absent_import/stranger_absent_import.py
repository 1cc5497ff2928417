"""Needs a library that is not installed."""

from __future__ import annotations

import a_library_that_nobody_installed

from syseventd import hookimpl


@hookimpl
def target_types() -> object:
    """Never asked."""
    return a_library_that_nobody_installed.everything()

"""Its entry point is called as another plugin's is."""

from __future__ import annotations

from collections.abc import Iterable

from syseventd import hookimpl
from syseventd.interface import TargetType
from syseventd.settings import Settings


@hookimpl
def target_types() -> Iterable[TargetType]:
    """Sound, but its plugin's name is taken."""
    return [TargetType("other-printers", Settings)]

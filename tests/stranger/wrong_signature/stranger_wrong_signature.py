"""Its hook wants an argument that hooks don't get."""

from __future__ import annotations

from collections.abc import Iterable

from syseventd import hookimpl
from syseventd.interface import TargetType
from syseventd.settings import Settings


@hookimpl
def target_types(daemon: object) -> Iterable[TargetType]:
    """Nobody can call this."""
    return [TargetType("wrong-signature", Settings)]

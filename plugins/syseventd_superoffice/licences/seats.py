"""Seats that are nearly used up, used up, or more than a waiting licence allows. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from syseventd import Observation
from syseventd_superoffice.licences import kinds
from syseventd_superoffice.licences.licence import Licence, Module, event_key, number

_SLACK = 1e-9
"""For shares that no float holds exactly: 85 % of 180 is 153, not a little more."""

STATUSES = {
    kinds.NEARLY_USED_UP: "nearly used up",
    kinds.USED_UP: "used up",
    kinds.OVER_WAITING: "more in use than the waiting licence allows",
}
OVER_LIMIT = "over the limit"
"""The status where more are in use than there are."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Shares of a limit: from `near` on an event is open, below `clear` it ends."""

    near: float
    clear: float


def state_of(module: Module, allowed: int | None, is_open: bool, limits: Limits) -> str | None:
    """The kind of event that a module's seats are; None for none.

    `allowed` is what a waiting licence has instead, `is_open` whether there is an event now:
    it lasts a little longer than it takes to start one.
    """
    used, total = module.used, module.total
    if not used:
        return None
    if allowed is not None and used > allowed:
        return kinds.OVER_WAITING
    if total is None or module.site:
        return None
    if used >= total:
        return kinds.USED_UP
    first = math.ceil(limits.near * total - _SLACK)
    # Where there are few seats one of them is more than the shares are apart.
    lasts = used >= limits.clear * total - _SLACK or used >= first - 1
    return kinds.NEARLY_USED_UP if used >= first or (is_open and lasts) else None


def observe(licence: Licence, module: Module, kind: str) -> Observation:
    """The event of one module's seats."""
    limit = "" if module.total is None else f" of {module.total}"
    message = f"{module.used}{limit} in use"
    details = [
        ("Licence owner", licence.owner),
        ("In use", number(module.used)),
        ("Total", number(module.total)),
    ]
    allowed = licence.waiting.allows(module.key) if licence.waiting else None
    if kind == kinds.OVER_WAITING:
        message += f"; the waiting licence allows {number(allowed)}"
        details.append(("Total of the waiting licence", number(allowed)))
    return Observation(
        key=seats_key(licence.owner, module.key),
        kind=kind,
        name=f"Seats of {module.label}",
        status=_status(module, kind),
        message=message,
        details=tuple(details),
    )


def _status(module: Module, kind: str) -> str:
    over = module.total is not None and (module.used or 0) > module.total
    return OVER_LIMIT if kind == kinds.USED_UP and over else STATUSES[kind]


def seats_key(owner: str, module: str) -> str:
    """The key of the event of one module's seats; `module` is its name in small letters."""
    return event_key("seats", owner, module)

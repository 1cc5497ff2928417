"""The licences of the simulated installation: what each owner has issued, and what waits.

Owners, licences and serial numbers become labels of metrics, where no banner stands beside them:
each says itself that it is simulated.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace

from syseventd_superoffice.simulator.scenes import DAY, LAP
from syseventd_superoffice.simulator.vocabulary import NO_TEXT, LicenceStatus, LicenceType, marked
from syseventd_superoffice.simulator.world import Holding, Licence, Module

COMPANY = "Example Company (simulated)"
RENAMED = "Example Company Group (simulated)"
SERIAL = "1010000006 (simulated)"

SEATS_CHANGE_EVERY = 45.0
OFFERED, RENEWED = 240.0, LAP + 300
"""The vendor's own licence is renewed in the first morning; the new one waits since the night."""
ADDON_OFFERED = 60.0

ONE_YEAR = 365


def _module(name: str, title: str, type: LicenceType, seats: int) -> Module:  # noqa: A002
    return Module(f"{name} (simulated)", f"{title} (simulated)", type, seats)


def _site(name: str, title: str) -> Module:
    return _module(name, title, LicenceType.SiteLicense, 1)


def _user(name: str, title: str, seats: int) -> Module:
    return _module(name, title, LicenceType.UserLicense, seats)


SUPEROFFICE = Licence(
    owner="SUPEROFFICE (simulated)",
    description="SuperOffice (simulated)",
    company=COMPANY,
    serial=SERIAL,
    product="CRM Suite (simulated)",
    version="11.10",
    next_check=1,
    admin_warning=-18,
    expires=12,
    grace=24,
    maintenance=12,
    modules=(
        _site("server", "Server"),
        _site("import", "Import"),
        _site("saint", "SAINT"),
        _user("web", "Web client", 50),
        replace(
            _user("service-t2", "Service", 20),
            prerequisite="web (simulated)",
        ),
        _user("pocket-crm-cal", "Mobile client", 10),
        _user("quote-cal", "Quote", 12),
        replace(_site("visible-for", "Visible for"), unrestricted=True),
        replace(_user("document", "Documents", 50), hidden=True),
        replace(_user("selection", "Selections", 50), hidden=True),
    ),
)

NEW_SEATS = {"web (simulated)": 60, "quote-cal (simulated)": 10}

SUPEROFFICE_RENEWED = replace(
    SUPEROFFICE,
    company=RENAMED,
    next_check=2,
    admin_warning=ONE_YEAR - 18,
    expires=ONE_YEAR + 12,
    grace=ONE_YEAR + 24,
    maintenance=ONE_YEAR + 12,
    modules=tuple(replace(m, seats=NEW_SEATS.get(m.name, m.seats)) for m in SUPEROFFICE.modules),
)

ADDON = Licence(
    owner="EXAMPLEADDON (simulated)",
    description="Example add-on (simulated)",
    company=COMPANY,
    serial=SERIAL,
    version="2.3",
    next_check=None,
    admin_warning=None,
    expires=None,
    grace=None,
    maintenance=40,
    modules=(
        _user("map-view", "Map view", 5),
        _module("map-server", "Map server", LicenceType.SatelliteLicense, 2),
        replace(_site("map-core", "Map core"), unrestricted=True, hidden=True),
    ),
)

ADDON_WAITING = replace(
    ADDON,
    version="2.4",
    maintenance=ONE_YEAR + 40,
    modules=(replace(ADDON.modules[0], seats=8), *ADDON.modules[1:], _site("map-3d", "Map in 3D")),
)

ROUTES = Licence(
    owner="EXAMPLEROUTES (simulated)",
    description="Example route planner (simulated)",
    company=COMPANY,
    serial=SERIAL,
    version="7.1",
    next_check=-4,
    admin_warning=-33,
    expires=-3,
    grace=9,
    maintenance=-3,
    modules=(_user("route-plan", "Route planner", 8), _user("route-drive", "Drivers", 5)),
)
"""Its time is over, it is in grace, and what waits has fewer seats than are in use."""

ROUTES_WAITING = replace(
    ROUTES,
    next_check=1,
    admin_warning=ONE_YEAR - 33,
    expires=ONE_YEAR - 3,
    grace=ONE_YEAR + 9,
    maintenance=ONE_YEAR - 3,
    modules=(replace(ROUTES.modules[0], seats=6), ROUTES.modules[1]),
)

LICENCES = (SUPEROFFICE, ADDON, ROUTES)
"""What holds in the first second."""

IN_USE: Mapping[str, tuple[int, ...]] = {
    "web (simulated)": (46, 47, 48, 49, 48),
    "service-t2 (simulated)": (17, 18, 17),  # 85 % and a little more
    "pocket-crm-cal (simulated)": (10,),  # all of them
    "quote-cal (simulated)": (9, 10),
    "visible-for (simulated)": (37,),
    "document (simulated)": (46,),
    "selection (simulated)": (46,),
    "map-view (simulated)": (3, 4, 5, 4),
    "route-plan (simulated)": (8,),  # all of them, and more than the waiting licence has
    "route-drive (simulated)": (5, 5, 6, 6),  # at times more than there are
}
"""What the seats in use run through, over and over; of any other module one is in use."""

REASON = marked(
    "More licences are in use than the new licence has",
    "Fler licenser används än den nya licensen har",
)
ACTIVATED = marked("A new licence was activated", "En ny licens har aktiverats")
AVAILABLE = marked("A new licence is available", "En ny licens finns")


def company_at(seconds: float) -> str:
    """Whom the installation belongs to: the renewed licence brings a new name."""
    return RENAMED if seconds >= RENEWED else COMPANY


def holdings_at(seconds: float) -> tuple[Holding, ...]:
    """Each owner's licence, and the one that waits, where one does."""
    beat = max(0, math.floor(seconds / SEATS_CHANGE_EVERY))
    return (
        _vendors(seconds, beat),
        _holding(ADDON, ADDON_WAITING if seconds >= ADDON_OFFERED else None, beat),
        _holding(ROUTES, ROUTES_WAITING, beat),
    )


def _vendors(seconds: float, beat: int) -> Holding:
    if seconds < RENEWED:
        return _holding(SUPEROFFICE, SUPEROFFICE_RENEWED if seconds >= OFFERED else None, beat)
    # NetServer moves the next check forward each day, while nothing is new.
    day = math.floor((seconds - RENEWED) / DAY)
    renewed = replace(SUPEROFFICE_RENEWED, next_check=2 + day)
    holding = _holding(renewed, None, beat)
    if seconds >= RENEWED + LAP:
        return holding
    return replace(holding, status=LicenceStatus.NewLicenseActivated, answer=ACTIVATED)


def _holding(current: Licence, waiting: Licence | None, beat: int) -> Holding:
    holding = Holding(
        current,
        waiting,
        {m.name: _in_use(m.name, beat) for m in current.modules},
        LicenceStatus.Ok,
        NO_TEXT,
    )
    if holding.overused:
        return replace(holding, status=LicenceStatus.ProblemWithLicense, answer=REASON)
    if waiting is not None:
        return replace(holding, status=LicenceStatus.NewLicenseAvailable, answer=AVAILABLE)
    return holding


def _in_use(module: str, beat: int) -> int:
    counts = IN_USE.get(module, (1,))
    return counts[beat % len(counts)]


def with_activated(holdings: Iterable[Holding], owners: Container[str]) -> tuple[Holding, ...]:
    """The same after a person has activated what waits of these owners."""
    return tuple(_activated(h) if h.current.owner in owners else h for h in holdings)


def _activated(holding: Holding) -> Holding:
    if holding.waiting is None:
        return holding
    new = {m.name: holding.in_use.get(m.name, 0) for m in holding.waiting.modules}
    return Holding(holding.waiting, None, new, LicenceStatus.Ok, NO_TEXT)

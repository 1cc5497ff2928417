"""What the sources of one installation share: a way in, and what each of them saw last."""

from __future__ import annotations

from dataclasses import dataclass, field

from syseventd import Target
from syseventd_superoffice.access import Access
from syseventd_superoffice.database.questions import Database
from syseventd_superoffice.settings import SuperOfficeSettings
from syseventd_superoffice.ways import Ways
from syseventd_superoffice.webapi import WebApi
from syseventd_superoffice.witnesses import Witnesses


@dataclass(frozen=True, slots=True)
class Connection:
    """One installation, as its sources know it."""

    access: Access
    witnesses: Witnesses = field(default_factory=Witnesses)

    async def aclose(self) -> None:
        """Closes the way in."""
        await self.access.aclose()


def connect(target: Target) -> Connection:
    """The way in that the target's settings describe. Called on the event loop."""
    settings = target.settings
    assert isinstance(settings, SuperOfficeSettings)  # noqa: S101 — as our TargetType says
    return Connection(_way_in(settings))


def _way_in(settings: SuperOfficeSettings) -> Ways:
    """The WebAPI, the database, or the one with the other behind it."""
    if settings.auth is None:
        assert settings.database is not None  # noqa: S101 — its settings made sure
        return Ways(Database.of(settings.database))
    if settings.database is None:
        return Ways(WebApi.of(settings))
    # First, as it may fail, and holds nothing yet that had to be closed then.
    database = Database.of(settings.database, lambda: webapi.base_time_zone())
    webapi = WebApi.of(settings)
    return Ways(webapi, database)

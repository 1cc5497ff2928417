"""What a target's settings lack for the sources that see nothing without it. Pure."""

from __future__ import annotations

from syseventd_superoffice.settings import SuperOfficeSettings


def a_tenant(settings: SuperOfficeSettings) -> str:
    """For a source that asks SuperOffice Online about a tenant."""
    if settings.tenant is not None:
        return ""
    return "`tenant`, as only SuperOffice Online has a state to tell"


def a_database(settings: SuperOfficeSettings) -> str:
    """For a source whose questions the WebAPI does not answer."""
    if settings.database is not None:
        return ""
    if settings.tenant is not None:
        return "a database, and that of a tenant online can't be read"
    return "the block `database`, as the WebAPI does not tell what was used"

"""The words of a simulated installation: its languages, and the vendor's names with numbers."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import TypeAlias

Text: TypeAlias = Mapping[str, str]
"""One text in each language of the simulator."""

DEFAULT_LANGUAGE = "en"
LANGUAGES = (DEFAULT_LANGUAGE, "sv")

MARK: Text = {"en": "(simulated)", "sv": "(simulerat)"}
"""What every text that a person may read ends with."""

NO_TEXT: Text = dict.fromkeys(LANGUAGES, "")


def marked(en: str, sv: str) -> Text:
    """A text of the installation's own, with the mark behind it in each language."""
    return {"en": f"{en} {MARK['en']}", "sv": f"{sv} {MARK['sv']}"}


def typed(text: str) -> Text:
    """What a person typed is the same in every language; the mark has to stand in it."""
    return dict.fromkeys(LANGUAGES, text)


class Scope(IntEnum):
    """Whom a system event concerns, by the vendor's names and numbers."""

    SystemWide = 1
    Database = 2
    Group = 3
    User = 4


class TaskState(IntEnum):
    """Where a batch task stands, by the vendor's names (spelled so) and numbers."""

    New = 1
    Aquired = 2
    Started = 3
    Succeeded = 4
    Failed = 5


class LicenceType(IntEnum):
    """To what a licence is given, by the vendor's names and numbers."""

    SiteLicense = 1
    SatelliteLicense = 2
    UserLicense = 3


class UserType(IntEnum):
    """What kind of user somebody is, by the vendor's names and numbers."""

    InternalAssociate = 1
    SystemAssociate = 5


class LicenceStatus(IntEnum):
    """What the licence server says of a licence, by the vendor's names and numbers."""

    Ok = 0
    NewLicenseAvailable = 1
    UseCustomMessage = 4
    NewLicenseActivated = 6  # the vendor publishes the name alone; it stands after 5 in his list
    ProblemWithLicense = 100


class MessageType(IntEnum):
    """How grave a message of the yellow banner is, by the vendor's names and numbers."""

    Info = 1
    Warning = 2
    Error = 3


class ShipmentStatus(IntEnum):
    """Where a mailing stands, by the vendor's names and numbers."""

    Ok = 1
    Started = 4


class FormStatus(IntEnum):
    """Where a submitted form stands, by the vendor's names and numbers."""

    InProgress = 1
    Submitted = 3
    Processed = 4

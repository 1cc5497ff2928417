"""System events, whom they were activated by, and the messages of the yellow banner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syseventd_superoffice.simulator.carriers import with_rights
from syseventd_superoffice.simulator.reading import Reading
from syseventd_superoffice.simulator.vocabulary import Text, marked
from syseventd_superoffice.simulator.world import Person, SystemEvent, SystemMessage

KINDS: Mapping[int, Text] = {
    1: marked("No Login", "Utan inloggning"),
    2: marked("No Freetext", "Utan fritext"),
    3: marked("No Travel", "Utan Travel"),
    4: marked("Message of the Day", "Dagens meddelande"),
}
"""The kinds that an administrator may add, by the vendor's numbers."""


def system_event(event: SystemEvent, reading: Reading) -> dict[str, Any]:
    """SystemEventEntity."""
    return with_rights(
        {
            "SystemEventId": event.id,
            "Scope": reading.word(event.scope),
            "Eta": reading.date(event.eta),
            "Eventkey": event.key,
            "Eventmess": reading.say(event.message),
            "ExtraInfo": event.extra_info,
            "Owner": event.owner,
            "UpdatedCount": event.updated_count,
            "Registered": reading.utc(event.registered),
            "ActivatedBy": associate(event.by, reading),
        }
    )


def empty_event(by: Person, reading: Reading) -> dict[str, Any]:
    """The SystemEventEntity that a form starts with."""
    return with_rights(
        {
            "SystemEventId": 0,
            "Scope": 0 if reading.number_enums else "Undefined",
            "Eta": reading.date(None),
            "Eventkey": "",
            "Eventmess": "",
            "ExtraInfo": 0,
            "Owner": 0,
            "UpdatedCount": 0,
            "Registered": reading.date(None),
            "ActivatedBy": associate(by, reading),
        }
    )


def associate(person: Person, reading: Reading) -> dict[str, Any]:
    """Associate."""
    return with_rights(
        {
            "AssociateId": person.id,
            "Name": person.initials,
            "PersonId": person.id,
            "Rank": 1,
            "Tooltip": person.full_name,
            "Type": reading.word(person.type),
            "GroupIdx": 1,
            "FullName": person.full_name,
            "FormalName": person.full_name,
            "Deleted": person.deleted,
            "EjUserId": 0,
            "UserName": person.user_name,
            "ExtraFields": {},
            "CustomFields": {},
        }
    )


def system_message(message: SystemMessage, reading: Reading) -> dict[str, Any]:
    """SystemMessage."""
    return with_rights(
        {
            "MessageId": message.id,
            "AssociateId": message.associate_id,
            "OnlineappId": 0,
            "SystemMessageId": message.name,
            "MarkdownMessage": reading.say(message.text),
            "Expire": reading.utc(message.expires),
            "Type": reading.word(message.type),
        }
    )


def list_item(number: int, name: str) -> dict[str, Any]:
    """MDOListItem."""
    return with_rights(
        {
            "Id": number,
            "Name": name,
            "ToolTip": "",
            "Deleted": False,
            "Rank": number,
            "Type": "",
            "ChildItems": [],
            "IconHint": "",
            "ColorBlock": 0,
            "ExtraInfo": "",
            "StyleHint": "",
            "FullName": name,
        }
    )

"""Portraits through the WebAPI: what is sent, as described, and what comes back of it."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd import Malformed
from syseventd_superoffice.access import Document
from syseventd_superoffice.webapi import WebApi
from syseventd_superoffice.webapi.client import Client
from syseventd_superoffice.webapi.questions import PORTRAIT, SYSTEM_EVENTS


def ask(crm: Any, vendor: Any, *persons: int) -> Document:
    """The portraits of these persons."""

    async def use(client: Client) -> Document:
        return await WebApi(client).portraits(persons)

    document = crm.ask(vendor.answer, use)
    assert isinstance(document, Document)
    return document


def test_who_is_asked_for_and_in_which_size(crm: Any, vendor: Any) -> None:
    """Path, headers and body are described; a described reply is an answer."""
    document = ask(crm, vendor, 7, 12)
    body = {"PersonIds": [7, 12], "ScaledWidth": PORTRAIT, "ScaledHeight": PORTRAIT}
    assert vendor.calls == [("POST", "/api/v1/Agents/Person/GetPersonImages", body)]
    assert document.where.endswith("/api/v1/Agents/Person/GetPersonImages")
    assert {"PersonId", "ImageData"} <= set(document.value[0])


def test_anything_but_a_list_is_malformed(crm: Any, vendor: Any) -> None:
    """As with every question for a list."""
    vendor.changed = {"GetPersonImages": {"PersonId": 7}}
    with pytest.raises(Malformed):
        ask(crm, vendor, 7)


def test_an_answer_is_not_remembered(crm: Any, vendor: Any) -> None:
    """Pictures are large, and each is asked for once."""

    async def use(client: Client) -> tuple[Document, Document]:
        access = WebApi(client)
        return await access.portraits([7]), await access.portraits([7])

    first, second = crm.ask(vendor.answer, use)
    assert first.value == second.value
    assert first.value is not second.value


def test_whose_they_are_is_a_column_of_the_events() -> None:
    """Without it nobody could be asked for."""
    assert "registered_associate_id/personId" in SYSTEM_EVENTS

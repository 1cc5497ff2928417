"""The vendor's JSON objects, filled from the story: one file a subject."""

from __future__ import annotations

from typing import Any

FULL_RIGHTS = {"Mask": "FULL", "Reason": ""}


def with_rights(fields: dict[str, Any]) -> dict[str, Any]:
    """The same with what every carrier of the CRM has besides."""
    return {**fields, "TableRight": FULL_RIGHTS, "FieldProperties": {}}

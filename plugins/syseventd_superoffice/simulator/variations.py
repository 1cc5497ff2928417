"""The ways in which installations differ in what they answer, for tests to choose from. Pure.

The vendor's description leaves these open, or its samples contradict each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syseventd_superoffice.simulator.dates import NO_DATE, Zones

NEW_FIELD = "SimulatedNewField"


@dataclass(frozen=True, slots=True)
class Variations:
    """How one installation answers. The defaults are what the vendor's samples show most."""

    number_keys: bool = False
    """PrimaryKey is a number."""
    next_links: bool = True
    """`odata.nextLink` leads on where there is more; else it is always null."""
    zones: Zones | None = None
    """What dates say of their time zone; None follows the rules of the SO-TimeZone header."""
    fractions: bool = False
    """Dates have seven digits behind the second."""
    no_date: str | None = NO_DATE
    """What is written where there is no date."""
    number_enums: bool = False
    """Words of the vendor's that have a number come as the number."""
    new_fields: bool = False
    """Each object has a field that nobody has described."""
    missing: frozenset[str] = frozenset()
    """The fields and columns that never come."""

    def apply(self, value: Any) -> Any:
        """A whole answer as this installation would write it."""
        if not (self.number_keys or self.new_fields or self.missing):
            return value
        return self._apply(value)

    def _apply(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._apply(item) for item in value]
        if not isinstance(value, dict) or not value:
            return value
        return self._apply_to_object(value)

    def _apply_to_object(self, value: Mapping[str, Any]) -> dict[str, Any]:
        fields = {name: self._apply(v) for name, v in value.items() if name not in self.missing}
        if self.number_keys and "PrimaryKey" in fields:
            fields["PrimaryKey"] = int(fields["PrimaryKey"])
        if self.new_fields:
            fields[NEW_FIELD] = "(simulated)"
        return fields


AS_SAMPLED = Variations()

"""The steps of the database's dictionary."""

from __future__ import annotations

from typing import Any

from syseventd_superoffice.simulator.carriers import with_rights
from syseventd_superoffice.simulator.world import Step


def step(step: Step) -> dict[str, Any]:
    """DictionaryStepInformation."""
    return with_rights({"Name": step.name, "StepNumber": step.number})

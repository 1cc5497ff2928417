"""The states of an online tenant, by the vendor's numbers and names."""

from __future__ import annotations

from collections.abc import Mapping

RUNNING = "Running"

NUMBERS: Mapping[str, str] = {
    "0": "Unknown",
    "1": "Provisioning",
    "2": RUNNING,
    "3": "Deleted",
    "4": "Suspended",
    "5": "OnlineMaintenance",
    "6": "OfflineMaintenance",
    "8": "ProvisioningFailed",
    "10": "Deleting",
    "11": "DeleteFailed",
    "12": "MigrationPending",
}
"""The states by their numbers, in case that a number is told. 7 and 9 are not in use."""

"""The source `installation`: what an installation is, and what of its machinery stands still."""

from syseventd_superoffice.installation.source import KINDS, TIMEOUT, InstallationSettings, create

__all__ = ["KINDS", "TIMEOUT", "InstallationSettings", "create"]

"""What the configuration says about printers, their queue, and the journal."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from syseventd.settings import Settings, SourceSettings


class PrintersSettings(Settings):
    """The block of a target of type `printers`."""

    spool: Path = Field(description="the file in which the spooler lists its jobs")


class QueueSettings(SourceSettings):
    """The block of the source `queue`."""

    owners: bool = Field(True, description="whether it is shown whose job it is")


class JournalSettings(Settings):
    """The block of a sink of type `journal`."""

    file: Path = Field(description="the file that gets a line for each transition")

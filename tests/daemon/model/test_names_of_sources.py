"""A source is called as people write it."""

from __future__ import annotations

from syseventd.model import SourceId


def test_a_source_reads_as_people_write_it() -> None:
    """Target and source, as on the command line."""
    assert str(SourceId("crm", "imports")) == "crm/imports"

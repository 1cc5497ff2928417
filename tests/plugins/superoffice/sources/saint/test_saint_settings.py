"""SAINT's settings: the numbers of tables, and what can't be one."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from syseventd import Target
from syseventd_superoffice import saint
from syseventd_superoffice.saint import SaintSettings

NIGHT = 1_790_000_000.0
"""When the regeneration of the story began: 2026-09-21 14:13:20 UTC."""

DONE = (NIGHT, NIGHT + 300)
"""A regeneration that took five minutes."""


def test_table_numbers_are_configuration(counters: Any, watched: Any) -> None:
    """They can differ between databases; a table without a name goes by its number."""
    watched.configured(tables={"contact": 105})
    snapshot = watched.probe((counters(105, *DONE), counters(5, *DONE)))
    assert {m.part for m in snapshot.measurements} == {"counters contact", "counters table 5"}


@pytest.mark.parametrize(
    "tables", [{"contact": 5, "person": 5}, {"What people type": 5}, {"contact": "five"}]
)
def test_tables_that_can_not_be(tables: dict[str, object]) -> None:
    """A number is one table's; a name is a short word, since it becomes a label."""
    with pytest.raises(ValidationError):
        SaintSettings.model_validate({"tables": tables})


def test_it_is_created_for_an_installation(installation: Any) -> None:
    """As the daemon does it; then the others count on it."""
    source = saint.create(
        Target("crm", "superoffice", None), installation.connection, SaintSettings()
    )
    installation.answers(saint_configurations=[], status_monitors=[])
    assert installation.probe(source, {}).observations == ()
    assert installation.connection.witnesses.can_look("saint")

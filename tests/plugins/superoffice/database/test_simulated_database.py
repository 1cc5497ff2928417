"""The simulated database: the vendor's tables, filled from the story."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, func, inspect, select
from sqlalchemy.exc import IntegrityError

from syseventd_superoffice.database import tables
from syseventd_superoffice.simulator.database import ROWS, fill

DAY = 1800


def test_every_table_that_is_read_is_filled() -> None:
    """But for those of which only the number of rows is read."""
    counted = {tables.freetextwords, tables.freetextindex}
    assert set(ROWS) == set(tables.metadata.tables.values()) - counted


def test_story_keeps_the_vendors_unique_keys(database: Any) -> None:
    """All through its day: no event twice, no licence given twice to one user."""
    for second in range(0, DAY, 75):
        story = database.tell(second)
        assert len(database.rows("system_events")) == len(story.state().events)


def test_unique_keys_are_the_databases_own(database: Any) -> None:
    """A second event with the same key, scope and owner is refused, as by the vendor."""
    with pytest.raises(IntegrityError):
        database.run(
            "INSERT INTO systemevent SELECT 999, scope, owner, eventkey, eventmess, extrainfo, eta,"
            " registered, registered_associate_id, updatedcount FROM systemevent LIMIT 1"
        )


def test_what_has_ended_is_gone(database: Any) -> None:
    """Filling it again leaves nothing of before."""
    before = {row["PrimaryKey"] for row in database.rows("system_events")}
    database.tell(10_000)
    assert before & {row["PrimaryKey"] for row in database.rows("system_events")} == set()


def test_index_has_as_many_rows_as_it_says(database: Any, story: Callable[[float], Any]) -> None:
    """Nobody reads more of it than that."""
    index = story(150).state().index
    with database.owner.connect() as connection:
        for table, number in (
            (tables.freetextwords, index.words),
            (tables.freetextindex, index.occurrences),
        ):
            assert connection.scalar(select(func.count()).select_from(table)) == number


def test_dates_lie_in_the_base_time_zone(database: Any) -> None:
    """What ends at 12:03 in UTC ends at 14:03 in Norway; what began is kept in UTC."""
    with database.owner.connect() as connection:
        row = connection.execute(
            select(tables.systemevent.c.eta, tables.systemevent.c.registered).where(
                tables.systemevent.c.systemevent_id == 101
            )
        ).one()
    assert tuple(row) == ("2026-07-01 14:03:00", "2026-07-01 12:00:00")


def test_tables_are_made_where_there_are_none(
    tmp_path: Path, story: Callable[[float], Any]
) -> None:
    """From an empty file on."""
    engine = create_engine(f"sqlite:///{tmp_path}/new.db")
    fill(engine, story(0))
    assert set(inspect(engine).get_table_names()) == set(tables.metadata.tables)
    engine.dispose()

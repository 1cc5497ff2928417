"""The same answer is the same object, and says whether its database is a simulated one."""

from __future__ import annotations

import asyncio
from typing import Any

from syseventd_superoffice.database.questions import Database


def test_same_answer_is_the_same_object(database: Any, answered: str) -> None:
    """Sources tell by that that nothing changed, and read it no second time."""

    async def ask() -> bool:
        opened = Database.of(database.settings)
        try:
            first, second = [await getattr(opened, answered)() for _ in range(2)]
        finally:
            await opened.aclose()
        return first is second

    assert asyncio.run(ask())


def test_simulated_database_says_so(database: Any, answered: str) -> None:
    """Whoever reads it shows a banner: no reader takes one for a real installation's."""
    assert database.ask(answered).facts == {"simulated": "yes"}


def test_real_database_is_not_taken_for_a_simulated_one(database: Any) -> None:
    """Its serial number is of digits."""
    database.run("UPDATE company SET serialno = '1234567890'")
    assert database.ask("system_events").facts == {}


def test_changed_answer_is_another_object(database: Any) -> None:
    """And holds what changed."""

    async def ask() -> tuple[Any, Any]:
        opened = Database.of(database.settings)
        try:
            before = await opened.system_events()
            database.run("UPDATE systemevent SET eventmess = 'new' WHERE systemevent_id = 101")
            return before, await opened.system_events()
        finally:
            await opened.aclose()

    before, after = asyncio.run(ask())
    assert before.rows[0]["eventmess"] != "new"
    assert after.rows[0]["eventmess"] == "new"

"""Whatever stands in a day of the story is one event: none is missing, and none is told twice."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest


@pytest.fixture(scope="module")
def told(through_the_day: Any, changes: Any) -> Any:
    """A whole day, with all sources switched on."""
    return through_the_day(lambda day: day.live_through(changes))


def test_each_event_of_the_day_is_seen_once(told: Any) -> None:
    """Every row and every task is in one event, and nothing else is."""
    assert len(told.stood) > 80
    assert told.times_told() == Counter(dict.fromkeys(told.stood, 1))


def test_each_event_of_the_day_ends_as_the_story_has_it(told: Any) -> None:
    """One import and one synchronisation fail; all else just goes, but for what goes on."""
    assert told.reasons("import") == ["gone", "failed", *["gone"] * 7]
    assert told.reasons("freetext-rebuild") == ["gone"] * 4
    assert told.reasons("saint-rebuild") == [*["gone"] * 8, None]
    assert told.reasons("udef-rebuild") == ["gone"] * 6
    assert told.reasons("prototype-rebuild") == ["gone"]
    assert Counter(told.reasons("batch-task"))["failed"] == 1


def test_what_the_day_changes_for_good_is_told_once(told: Any) -> None:
    """A new version, another owner, a licence that was renewed; and each rung of a ladder."""
    for kind in ("version-changed", "upgrade-pending", "company-changed", "licence-changed"):
        assert len(told.of_kind(kind)) == 1, kind
    for kind in ("licence-expiry", "licence-maintenance", "licence-check-missed"):
        keys = Counter(event["key"] for event in told.of_kind(kind))
        assert set(keys.values()) == {1}, (kind, keys)


@pytest.mark.parametrize(
    "without",
    [("freetext", "saint"), ("imports",), ("system-events",), ("freetext", "imports", "saint")],
    ids="-".join,
)
def test_no_source_is_needed_for_what_another_sees(
    through_the_day: Any, changes: Any, without: tuple[str, ...]
) -> None:
    """Whoever is switched off, the others report what they see of its events, once."""
    told = through_the_day(lambda day: day.live_through(changes), without)
    assert told.times_told() == Counter(dict.fromkeys(told.stood, 1))
    assert len(told.of_kind("import")) == 9
    assert len(told.of_kind("freetext-rebuild")) == 4
    assert len(told.of_kind("saint-rebuild")) == 9
    assert len(told.of_kind("udef-rebuild")) == 6

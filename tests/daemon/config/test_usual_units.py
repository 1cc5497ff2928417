"""A bare number for a duration is given the unit that its setting is usually written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import pytest
from pydantic import Field

from syseventd.config import Offered
from syseventd.interface import TargetType
from syseventd.settings import Duration, Settings


class Inner(Settings):
    """A table in a table by names."""

    grace: Duration = 30 * 86400.0


class Waits(Settings):
    """Durations as settings have them."""

    days: Duration = 30 * 86400.0
    seconds: Duration = 10.0
    minutes: Duration = 600.0
    ladder: tuple[Duration, ...] = (90 * 86400.0, 86400.0)
    shown: Duration | None = Field(default=None, examples=["8d"])
    listed: tuple[Duration, ...] | None = Field(default=None, examples=[["14d", "soon"]])
    unknown: Duration | None = None
    owners: Annotated[Mapping[str, Inner], Field()] = Field(default_factory=dict)


@pytest.fixture
def advised(faults_of: Any) -> Callable[..., list[str]]:
    """What is said to write, of each fault in turn."""
    plugins = Offered({"waits": TargetType("waits", Waits)}, {}, {})

    def advised(**block: Any) -> list[str]:
        faults = faults_of({"targets": {"a": {"type": "waits", **block}}}, plugins)
        return [fault.rpartition(" write ")[2] for fault in faults]

    return advised


@pytest.mark.parametrize(
    ("block", "written"),
    [
        ({"days": "30"}, '"30d"'),
        ({"days": 14}, '"14d"'),
        ({"days": 2592000}, '"2592000s"'),
        ({"days": "720"}, '"720d"'),
        ({"days": "30 s"}, '"30s"'),
        ({"days": "soon"}, '"30d"'),
        ({"days": 0}, '"30d"'),
        ({"seconds": 5}, '"5s"'),
        ({"seconds": "15"}, '"15s"'),
        ({"minutes": 15}, '"15m"'),
        ({"minutes": 900}, '"900s"'),
        ({"ladder": ["30"]}, '"30d"'),
        ({"ladder": ["20"]}, '"20d"'),
        ({"ladder": ["7d", 1]}, '"1d"'),
        ({"shown": 7}, '"7d"'),
        ({"listed": ["7"]}, '"7d"'),
        ({"unknown": 7}, '"7s"'),
        ({"unknown": "soon"}, '"5m"'),
        ({"owners": {"A": {"grace": "20"}}}, '"20d"'),
    ],
)
def test_unit_that_the_setting_is_written_in(
    block: dict[str, Any], written: str, advised: Callable[..., list[str]]
) -> None:
    """By its default, or its example; in seconds where that comes nearer to it."""
    assert advised(**block) == [written]


def test_ladder_of_licences_counts_days(faults_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ladder of the source, and that of a single owner."""
    monkeypatch.setenv("CRM_PASSWORD", "x")
    auth = {"method": "basic", "user": "monitor", "password_env": "CRM_PASSWORD"}
    licences = {"rungs": ["30"], "owners": {"A B": {"maintenance_rungs": [14]}}}
    block = {"type": "superoffice", "url": "https://crm.example.com", "auth": auth}
    place = "targets.crm.sources.licences"
    assert faults_of({"targets": {"crm": {**block, "sources": {"licences": licences}}}}) == [
        f'{place}.rungs[0]: "30" is not a duration; write "30d"',
        f'{place}.owners."A B".maintenance_rungs[0]: 14 is not a duration; write "14d"',
    ]


def test_unknown_key_of_a_table_by_names_has_its_nearest(faults_of: Any) -> None:
    """The name is the user's own, and what stands below it is known."""
    plugins = Offered({"waits": TargetType("waits", Waits)}, {}, {})
    block = {"type": "waits", "owners": {"A": {"grac": "1d"}, "B": 5}}
    assert faults_of({"targets": {"a": block}}, plugins) == [
        'targets.a.owners.A.grac: is no known key; the nearest is "grace"',
        "targets.a.owners.B: 5 should be a table",
    ]

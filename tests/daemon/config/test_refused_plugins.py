"""A refused plugin takes along what only it can watch, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from syseventd import config
from syseventd.config import Offered
from syseventd.errors import ConfigInvalid, Fault

HOST = {"type": "certificates", "paths": ["/etc/ssl/certs"]}


@pytest.fixture
def lacking(offered: Offered) -> Offered:
    """The installed plugins, and one that was refused."""
    return Offered(
        offered.target_types,
        offered.source_types,
        offered.sink_types,
        [("oracle", "it can't be imported: ModuleNotFoundError: No module named 'oracledb'")],
    )


REASON = (
    'nothing offers the {what} "{name}"; refused plugins: '
    "oracle (it can't be imported: ModuleNotFoundError: No module named 'oracledb')"
)


@pytest.mark.parametrize(
    ("tables", "place", "what", "name"),
    [
        ({"targets": {"db": {"type": "oracle"}}}, "targets.db.type", "target type", "oracle"),
        ({"sinks": {"page": {"type": "oracle"}}}, "sinks.page.type", "sink type", "oracle"),
        (
            {"targets": {"host": {**HOST, "sources": {"oracle-wallet": {}}}}},
            "targets.host.sources.oracle-wallet",
            "source",
            "oracle-wallet",
        ),
    ],
)
def test_what_a_refused_plugin_may_offer_is_idle(
    tables: dict[str, Any], place: str, what: str, name: str, lacking: Offered
) -> None:
    tables = {**tables, "targets": {"other": HOST, **tables.get("targets", {})}}
    loaded = config.understand(tables, lacking)
    assert loaded.idle == (Fault(place, REASON.format(what=what, name=name)),)
    assert "other" in loaded.targets


def test_target_of_an_unknown_type_is_unwatched(lacking: Offered) -> None:
    loaded = config.understand({"targets": {"db": {"type": "oracle", "dsn": "x"}}}, lacking)
    assert loaded.unwatched == (("db", REASON.format(what="target type", name="oracle")),)
    assert loaded.targets == {}


@pytest.mark.parametrize(
    ("tables", "nearest"),
    [
        ({"targets": {"crm": {"type": "superofice"}}}, "superoffice"),
        ({"targets": {"host": {**HOST, "sources": {"certificate": {}}}}}, "certificates"),
    ],
)
def test_what_is_idle_may_only_be_misspelt(
    tables: dict[str, Any], nearest: str, lacking: Offered
) -> None:
    """Both are told. It stays idle: the broken plugin's type may be called much like another."""
    (fault,) = config.understand(tables, lacking).idle
    assert f'"; the nearest is "{nearest}"; refused plugins: oracle (' in fault.problem


def test_other_faults_of_such_a_target_are_told(lacking: Offered) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        config.understand({"targets": {"db": {"type": "oracle", "interval": 5}}}, lacking)
    assert str(caught.value) == 'targets.db.interval: 5 is not a duration; write "5s"'


def test_without_refused_plugins_an_unknown_type_is_a_fault(offered: Offered) -> None:
    with pytest.raises(ConfigInvalid, match="is no target type"):
        config.understand({"targets": {"db": {"type": "oracle"}}}, offered)


def test_what_is_idle_names_its_file(lacking: Offered, tmp_path: Path) -> None:
    """Where there are several, as faults do."""
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "syseventd.toml").write_text("")
    (tmp_path / "conf.d" / "db.toml").write_text('[targets.db]\ntype = "oracle"\n')
    (fault,) = config.load(tmp_path / "syseventd.toml", lacking).idle
    assert fault.place == "conf.d/db.toml: targets.db.type"

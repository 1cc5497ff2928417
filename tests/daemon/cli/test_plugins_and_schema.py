"""`syseventd plugins` and `syseventd config-schema`."""

from __future__ import annotations

import json
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from syseventd import plugins
from syseventd.cli import listing
from syseventd.interface import Gauge


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A further plugin is installed, which can't be imported."""
    found = plugins.entry_points(group="syseventd")
    point = EntryPoint("oracle", "syseventd_not_there", "syseventd")
    monkeypatch.setattr(plugins, "entry_points", lambda group: [*found, point])


def test_plugins_show_what_they_offer(syseventd: Any) -> None:
    done = syseventd("plugins")
    assert (done.code, done.err) == (0, "")
    assert "certificates/certificates" in done.out
    assert "superoffice/system-events" in done.out


def test_plugins_as_json(syseventd: Any) -> None:
    done = syseventd("plugins", "--json")
    data = json.loads(done.out)
    names = {plugin["name"]: plugin for plugin in data["plugins"]}
    assert (done.code, data["refused"]) == (0, [])
    assert names["certificates"]["target_types"] == ["certificates"]
    assert names["superoffice"]["origin"] == "syseventd"


def test_gauges_are_listed_under_their_heading() -> None:
    """As metrics are asked for, but for the daemon's own beginning."""
    offers = plugins.Offers(gauges=(Gauge("jams", "Jams."), Gauge("pages", "Pages.")))
    catalogue = plugins.Catalogue([plugins.Plugin("a", "dist-a", "1", offers, lambda: ())])
    assert listing.plugins(catalogue) == "a 1 (dist-a)\n  gauges        jams, pages\n"
    assert listing.plugins_data(catalogue)["plugins"][0]["gauges"] == ["jams", "pages"]


@pytest.mark.usefixtures("broken")
def test_refused_plugin_is_shown_with_its_reason(syseventd: Any) -> None:
    """The others work; whoever looks for it finds why it does not."""
    done = syseventd("plugins")
    assert done.code == 1
    assert "certificates/certificates" in done.out
    assert done.out.splitlines()[-1] == (
        "oracle unknown (unknown) refused: it can't be imported: "
        "ModuleNotFoundError: No module named 'syseventd_not_there'"
    )


@pytest.mark.usefixtures("broken")
def test_refused_plugin_as_json(syseventd: Any) -> None:
    (refused,) = json.loads(syseventd("plugins", "--json").out)["refused"]
    assert refused["name"] == "oracle"


@pytest.mark.usefixtures("broken")
def test_check_config_names_what_is_idle(syseventd: Any, tmp_path: Any) -> None:
    path = tmp_path / "syseventd.toml"
    path.write_text('[targets.db]\ntype = "oracle"\n')
    done = syseventd("check-config", path)
    assert (done.code, done.out) == (1, "0 sources of 0 targets\n")
    assert done.err.startswith('targets.db.type: nothing offers the target type "oracle"; refused')


@pytest.mark.usefixtures("broken")
def test_check_config_names_the_nearest_of_what_is_idle(syseventd: Any, tmp_path: Any) -> None:
    path = tmp_path / "syseventd.toml"
    path.write_text('[targets.crm]\ntype = "superofice"\n')
    expected = (
        'targets.crm.type: nothing offers the target type "superofice"; '
        'the nearest is "superoffice"; refused plugins: oracle ('
    )
    done = syseventd("check-config", path)
    assert done.code == 1
    assert done.err.startswith(expected)


OTHERS = '[targets.host]\ntype = "certificates"\npaths = ["/etc/ssl/certs"]\n'


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("name", ["db", "db/tables"])
def test_probe_says_why_a_target_is_not_watched(name: str, syseventd: Any, tmp_path: Any) -> None:
    """In the words of check-config: the target is there, and its plugin was refused."""
    path = tmp_path / "syseventd.toml"
    path.write_text('[targets.db]\ntype = "oracle"\n')
    expected = syseventd("check-config", path).err
    assert syseventd("probe", name, "--config", path) == (1, "", expected)


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("drop_in", [False, True])
def test_probe_says_why_a_source_is_not_watched(
    drop_in: bool, syseventd: Any, tmp_path: Path
) -> None:
    path = tmp_path / "syseventd.toml"
    path.write_text(OTHERS)
    (tmp_path / "conf.d").mkdir()
    file = tmp_path / "conf.d" / "a.toml" if drop_in else path
    file.write_text((OTHERS if not drop_in else "") + "[targets.host.sources.wallet]\n")
    done = syseventd("probe", "host/wallet", "--config", path)
    expected = 'targets.host.sources.wallet: nothing offers the source "wallet"; refused plugins: '
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(("conf.d/a.toml: " if drop_in else "") + expected)


@pytest.mark.usefixtures("broken")
def test_source_that_a_refused_plugin_may_offer(syseventd: Any, tmp_path: Path) -> None:
    path = tmp_path / "syseventd.toml"
    path.write_text(OTHERS)
    done = syseventd("probe", "host/wallet", "--config", path)
    expected = (
        'syseventd: there is no source "wallet" of host; there are: certificates; '
        "refused plugins, which may offer others: oracle\n"
    )
    assert done == (1, "", expected)


@pytest.mark.usefixtures("broken")
def test_target_that_is_not_watched_is_among_the_nearest(syseventd: Any, tmp_path: Path) -> None:
    path = tmp_path / "syseventd.toml"
    path.write_text('[targets.database]\ntype = "oracle"\n')
    done = syseventd("probe", "databse", "--config", path)
    assert done.err.endswith('there are: database; did you mean "database"?\n')


def test_schema_is_printed_as_json(syseventd: Any) -> None:
    done = syseventd("config-schema")
    assert (done.code, done.err) == (0, "")
    assert set(json.loads(done.out)["properties"]) == {
        *("daemon", "web", "defaults", "targets", "sinks")
    }

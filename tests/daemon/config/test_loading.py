"""What a valid configuration comes to: files that are merged, and the word that is nearest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from syseventd import config
from syseventd.config import Config, Offered, listen_parts
from syseventd.errors import ConfigInvalid

Load = Callable[[Path], Config]
Write = Callable[..., Path]

HOST = '[targets.host]\ntype = "certificates"\npaths = ["/etc/ssl/certs"]\n'
PLAIN = '[targets.host]\ntype = "plain"\n'


def _only_source(loaded: Config) -> config.SourceConfig:
    (target,) = loaded.targets.values()
    (source,) = target.sources
    return source


@pytest.fixture
def plain() -> Offered:
    """A type whose source brings no defaults of its own."""
    from syseventd.interface import SourceType, TargetType
    from syseventd.settings import Settings

    return Offered(
        {"plain": TargetType("plain", Settings)},
        {("plain", "one"): SourceType("one", "plain", lambda *_: pytest.fail("not made here"))},
        {},
    )


def test_empty_file_watches_nothing(load: Load, write: Write) -> None:
    """It is no fault: a daemon without targets serves its pages and waits for a reload."""
    loaded = load(write(""))
    assert (loaded.targets, loaded.sinks, loaded.daemon.listen) == ({}, {}, "127.0.0.1:9965")


def test_tables_of_several_files_come_together(load: Load, write: Write) -> None:
    loaded = load(
        write(HOST, b='[targets.host]\ninterval = "5m"\n', a="[web]\nreload_enabled = true")
    )
    assert _only_source(loaded).interval == 300
    assert loaded.web.reload_enabled


def test_hidden_drop_ins_are_not_read(load: Load, write: Write) -> None:
    """Editors leave such files, and they may hold anything."""
    path = write(HOST, a="")
    (path.parent / "conf.d" / ".#a.toml").symlink_to("me@host.1234")
    (path.parent / "conf.d" / "notes.txt").write_text("not TOML")
    assert list(load(path).targets) == ["host"]


def test_block_alone_watches_everything(
    load: Load, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PASSWORD", "secret")
    text = (
        '[targets.crm]\ntype = "superoffice"\nurl = "https://crm.example.com"\n'
        'auth = { method = "basic", user = "monitor", password_env = "CRM_PASSWORD" }\n'
    )
    (target,) = load(write(text)).targets.values()
    assert {source.type.name for source in target.sources} >= {"system-events", "licences"}


def test_source_that_is_switched_off_is_not_watched(load: Load, write: Write) -> None:
    loaded = load(write(HOST + "[targets.host.sources.certificates]\nenabled = false\n"))
    assert loaded.targets["host"].sources == ()


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        (PLAIN, 60),
        ('[defaults]\ninterval = "2m"\n' + PLAIN, 120),
        ('[defaults]\ninterval = "2m"\n' + PLAIN + 'interval = "3m"', 180),
        (PLAIN + 'interval = "3m"\n[targets.host.sources.one]\ninterval = "4m"', 240),
    ],
)
def test_nearest_interval_holds(text: str, interval: float, write: Write, plain: Offered) -> None:
    assert _only_source(config.load(write(text), plain)).interval == interval


@pytest.mark.parametrize(
    ("text", "timeout"),
    [
        (PLAIN, 10),
        ('[defaults]\ntimeout = "2s"\n' + PLAIN, 2),
        ('[defaults]\ntimeout = "2s"\n' + PLAIN + 'timeout = "3s"', 3),
        (PLAIN + 'timeout = "3s"\n[targets.host.sources.one]\ntimeout = "4s"', 4),
    ],
)
def test_nearest_timeout_holds(text: str, timeout: float, write: Write, plain: Offered) -> None:
    assert _only_source(config.load(write(text), plain)).timeout == timeout


def test_source_s_own_default_goes_before_the_general_one(load: Load, write: Write) -> None:
    """Certificates change in weeks, and are read every hour."""
    assert _only_source(load(write('[defaults]\ninterval = "2m"\n' + HOST))).interval == 3600


@pytest.mark.parametrize(
    ("interval", "stale_after"), [("10s", 300), ("5m", 3 * 300 + 10), ("1h", 3 * 3600 + 10)]
)
def test_measurements_stay_three_intervals(
    interval: str, stale_after: float, write: Write, plain: Offered
) -> None:
    text = f'{PLAIN}interval = "{interval}"'
    assert _only_source(config.load(write(text), plain)).stale_after == stale_after


def test_backoff_is_part_of_every_source(write: Write, plain: Offered) -> None:
    """So that a reload that changes it changes the sources that it concerns."""
    text = '[defaults]\nmax_backoff = "5m"\n' + PLAIN
    assert _only_source(config.load(write(text), plain)).max_backoff == 300


@pytest.mark.parametrize(
    ("listen", "parts"),
    [
        ("127.0.0.1:9965", ("127.0.0.1", 9965)),
        ("[::1]:0", ("::1", 0)),
        ("localhost:65535", ("localhost", 65535)),
        ("[fe80::1%eth0]:80", ("fe80::1%eth0", 80)),
    ],
)
def test_addresses_to_listen_on(
    listen: str, parts: tuple[str, int], load: Load, write: Write
) -> None:
    loaded = load(write(f'[daemon]\nlisten = "{listen}"'))
    assert listen_parts(loaded.daemon.listen) == parts


def test_store_stands_in_the_state_directory(load: Load, write: Write) -> None:
    loaded = load(write('[daemon]\nstate_directory = "/var/lib/other"'))
    assert loaded.daemon.store_url == "sqlite:////var/lib/other/events.db"


def test_store_can_stand_elsewhere(load: Load, write: Write) -> None:
    loaded = load(write('[daemon]\nstore = "sqlite:////srv/events.db"'))
    assert loaded.daemon.store_url == "sqlite:////srv/events.db"


def test_systemd_says_where_the_state_is(
    load: Load, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names several folders where the unit does; ours is the first."""
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/private/syseventd:/var/lib/other")
    assert str(load(write("")).daemon.state_directory) == "/var/lib/private/syseventd"


def test_block_daemon_is_read_without_plugins_and_secrets(write: Write) -> None:
    """A user who may not read the secrets may still ask the daemon."""
    path = write('[daemon]\nlisten = "127.0.0.1:1"\n[targets.x]\ntype = "strange"\n')
    assert config.outline(path).daemon.listen == "127.0.0.1:1"


@pytest.mark.parametrize(
    ("text", "names"), [("", ()), ("targets = 5", ()), ("[targets.x]\n[targets.y]", ("x", "y"))]
)
def test_outline_names_the_targets(text: str, names: tuple[str, ...], write: Write) -> None:
    """Of whichever type, and also where their blocks are wrong."""
    assert config.outline(write(text)).targets == names


def test_faults_of_the_block_daemon_are_told_alone(write: Write) -> None:
    with pytest.raises(ConfigInvalid, match=r"^daemon\.listn: is no known key"):
        config.outline(write('[daemon]\nlistn = "127.0.0.1:1"\n[targets.x]\n'))


def test_faults_of_the_block_daemon_name_their_file(write: Write) -> None:
    with pytest.raises(ConfigInvalid, match=r"^conf\.d/a\.toml: daemon\.listn: is no known key"):
        config.outline(write("", a='[daemon]\nlistn = "127.0.0.1:1"'))


def test_changed_secret_changes_its_target(load: Load, write: Write, tmp_path: Path) -> None:
    """A reload sees it, and logs in anew; with the same secret it sees no change."""
    secret = tmp_path / "secret"
    path = write(HOST + f'password_file = "{secret}"\n')
    seen = []
    for text in ("one", "one", "other"):
        secret.write_text(text)
        seen.append(load(path).targets["host"])
    assert seen[0] == seen[1] != seen[2]


def test_targets_that_are_set_alike_share_what_is_set(load: Load, write: Write) -> None:
    """A thousand of them are not to take a thousand times the memory."""
    loaded = load(write(HOST + HOST.replace("host", "other")))
    first, second = (target.sources for target in loaded.targets.values())
    assert first[0] is second[0]


def test_targets_that_are_not_set_alike_share_nothing(load: Load, write: Write) -> None:
    """Each has its own interval."""
    loaded = load(write(HOST + HOST.replace("host", "other") + 'interval = "5m"\n'))
    first, second = (target.sources for target in loaded.targets.values())
    assert first[0].interval != second[0].interval == 300

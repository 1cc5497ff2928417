"""Whole probes: what a snapshot holds, and that nothing ends because we could not look."""

from __future__ import annotations

import asyncio
import itertools
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from syseventd import Snapshot, SourceId
from syseventd.lifecycle import advance
from syseventd.model import Known
from syseventd_certificates.source import CertificatesSource

DAY = 86400.0
DAMAGED = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


def probe(source: CertificatesSource) -> Snapshot:
    return asyncio.run(source.probe())


class Memory:
    """What the daemon would know after some snapshots."""

    def __init__(self) -> None:
        self.known = Known(SourceId("host", "certificates"))
        self._ids = itertools.count(1)

    def take(self, snapshot: Snapshot) -> None:
        self.known = advance(self.known, snapshot, 0.0, self._ids).known

    @property
    def events(self) -> set[str]:
        return {key.key for key in self.known.events}

    @property
    def dates(self) -> dict[str, float]:
        return {expiry.name: expiry.at for expiry in self.known.expiries}


# --- what a snapshot holds ----------------------------------------------------------------------


def test_a_certificate_becomes_an_expiry(tmp_path: Path, mint: Any, watch: Any) -> None:
    """With its names, its serial and both dates."""
    leaf = mint("leaf", issuer=mint("ca"), serial=0xABCD)
    (tmp_path / "a.pem").write_bytes(leaf.pem)
    snapshot = probe(watch(paths=[tmp_path]))
    (expiry,) = snapshot.expiries
    assert (expiry.kind, expiry.name) == ("certificate", str(tmp_path / "a.pem"))
    assert (expiry.at, expiry.serial) == (leaf.ends, "ABCD")
    assert (expiry.subject, expiry.issuer) == ("CN=leaf", "CN=ca")
    assert (snapshot.observations, snapshot.problems, snapshot.ask_again) == ((), (), None)
    assert snapshot.complete
    assert not snapshot.hides(expiry.name)


@pytest.mark.parametrize(
    ("days", "status", "message"),
    [
        (30.01, None, None),
        (29.99, "expiring", "*.example.com expires 2030-01-30 23:45 UTC"),
        (0, "expired", "*.example.com expired 2030-01-01 00:00 UTC"),
        (-1, "expired", "*.example.com expired 2029-12-31 00:00 UTC"),
    ],
)
def test_a_certificate_near_its_end_is_an_event(
    tmp_path: Path, mint: Any, watch: Any, days: float, status: str | None, message: str | None
) -> None:
    """Its text stays the same from day to day: the history tells steps, not days."""
    (tmp_path / "a.pem").write_bytes(mint("*.example.com", days=days).pem)
    seen = probe(watch(paths=[tmp_path])).observations
    assert [(o.status, o.message) for o in seen] == ([(status, message)] if status else [])
    for event in seen:
        assert (event.kind, event.key) == ("certificate-expiring", str(tmp_path / "a.pem"))


def test_an_event_is_named_by_its_file_or_endpoint(
    tmp_path: Path, mint: Any, watch: Any, serve: Any
) -> None:
    """Ten servers may show the same wildcard: who looks at a list must know where to go."""
    (tmp_path / "a.pem").write_bytes(mint("*.example.com", days=1).pem)

    async def scenario() -> tuple[str, Snapshot]:
        async with serve(mint("*.example.com", days=1)) as endpoint:
            return endpoint, await watch(paths=[tmp_path], endpoints=[endpoint]).probe()

    endpoint, snapshot = asyncio.run(scenario())
    assert {event.name for event in snapshot.observations} == {str(tmp_path / "a.pem"), endpoint}


def test_another_warn_before_begins_no_event_anew(tmp_path: Path, mint: Any, watch: Any) -> None:
    """Else a change of the configuration would resolve every alert and send it again."""
    (tmp_path / "a.pem").write_bytes(mint(days=1).pem)
    memory = Memory()
    memory.take(probe(watch(paths=[tmp_path])))
    (event,) = memory.known.events.values()
    memory.take(probe(watch(paths=[tmp_path], warn_before="45d")))
    assert list(memory.known.events.values()) == [event]


def test_an_issuer_that_ends_before_its_leaf_is_named(
    tmp_path: Path, mint: Any, watch: Any
) -> None:
    """Else the administrator would look at the wrong date."""
    authority = mint("My CA", days=3)
    (tmp_path / "a.pem").write_bytes(mint(issuer=authority).pem + authority.pem)
    (event,) = probe(watch(paths=[tmp_path])).observations
    assert event.message == "example.com: its issuer My CA expires 2030-01-04 00:00 UTC"


def test_an_event_without_a_common_name_tells_the_serial(
    tmp_path: Path, mint: Any, watch: Any
) -> None:
    """Something to search the certificate by there always is."""
    (tmp_path / "a.pem").write_bytes(mint(name="", days=1).pem)
    (event,) = probe(watch(paths=[tmp_path])).observations
    assert event.message == "serial 0ABC expires 2030-01-02 00:00 UTC"


def test_warn_before_moves_the_event(tmp_path: Path, mint: Any, watch: Any) -> None:
    """A week may be enough where renewal is automatic."""
    (tmp_path / "a.pem").write_bytes(mint(days=20).pem)
    assert probe(watch(paths=[tmp_path])).observations
    assert not probe(watch(paths=[tmp_path], warn_before="7d")).observations


@pytest.mark.parametrize(("days", "seconds"), [(2, None), (0.5, 300.0), (-0.5, None)])
def test_the_last_day_is_watched_closely(
    tmp_path: Path, mint: Any, watch: Any, days: float, seconds: float | None
) -> None:
    """Then it is being renewed, and everybody wants to know."""
    (tmp_path / "a.pem").write_bytes(mint(days=days).pem)
    assert probe(watch(paths=[tmp_path])).ask_again == seconds


def test_what_can_not_be_read_is_an_event_and_a_problem(
    tmp_path: Path, mint: Any, watch: Any
) -> None:
    """Nobody would see it otherwise when that certificate expires."""
    (tmp_path / "a.pem").write_bytes(mint().pem)
    (tmp_path / "b.pem").write_bytes(b"")
    snapshot = probe(watch(paths=[tmp_path]))
    (event,) = snapshot.observations
    where = str(tmp_path / "b.pem")
    assert (event.kind, event.key) == ("certificate-unreadable", f"unreadable:{where}")
    assert (event.name, event.message) == (where, "is empty")
    assert [str(problem) for problem in snapshot.problems] == [f"{where}: is empty"]


def test_a_file_that_is_found_by_two_ways_is_one(tmp_path: Path, mint: Any, watch: Any) -> None:
    """A folder, and a file in it, and both again."""
    (tmp_path / "a.pem").write_bytes(mint().pem)
    snapshot = probe(watch(paths=[tmp_path, tmp_path / "a.pem", tmp_path]))
    assert (len(snapshot.expiries), snapshot.problems) == (1, ())


def test_a_name_that_means_two_certificates_is_a_problem(
    tmp_path: Path, mint: Any, watch: Any
) -> None:
    """A file may be called like a certificate of another one. Nothing about it will pass."""
    a, b = mint("a"), mint("b")
    (tmp_path / "a.pem").write_bytes(a.pem + b.pem)
    other = tmp_path / f"a.pem#{sha256(b.der).hexdigest().upper()[:12]}"
    other.write_bytes(mint("c").pem)
    snapshot = probe(watch(paths=[tmp_path / "a.pem", other]))
    assert {expiry.subject for expiry in snapshot.expiries} == {"CN=a", "CN=b"}
    assert [problem.where for problem in snapshot.problems] == [str(other)]
    assert snapshot.ask_again is None


def test_the_password_opens_pkcs12(
    tmp_path: Path, mint: Any, watch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it the file is a fault."""
    monkeypatch.setenv("P12_PASSWORD", "secret")
    (tmp_path / "a.p12").write_bytes(mint().pkcs12(b"secret"))
    assert probe(watch(paths=[tmp_path], password_env="P12_PASSWORD")).problems == ()
    assert probe(watch(paths=[tmp_path])).problems != ()


# --- nothing ends because we could not look -----------------------------------------------------


def test_a_removed_file_of_a_folder_ends(tmp_path: Path, mint: Any, watch: Any) -> None:
    """The folder was read, and it is not there."""
    for name in ("a.pem", "b.pem"):
        (tmp_path / name).write_bytes(mint(days=1).pem)
    source, memory = watch(paths=[tmp_path]), Memory()
    memory.take(probe(source))
    (tmp_path / "a.pem").unlink()
    memory.take(probe(source))
    assert memory.dates.keys() == memory.events == {str(tmp_path / "b.pem")}


def damage_one(path: Path) -> None:
    path.write_bytes(DAMAGED)


def damage_a_part(path: Path) -> None:
    path.write_bytes(DAMAGED + path.read_bytes().split(b"-----END CERTIFICATE-----\n")[1])


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def break_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


@pytest.mark.parametrize("damage", [damage_one, damage_a_part, cut_off, empty, break_link])
@pytest.mark.parametrize("restarted", [False, True])
def test_a_bundle_that_becomes_unreadable_ends_nothing(
    tmp_path: Path, mint: Any, watch: Any, damage: Any, restarted: bool
) -> None:
    """Neither its dates nor its events, also if the daemon was started anew since."""
    bundle, other = tmp_path / "bundle.pem", tmp_path / "other.pem"
    bundle.write_bytes(mint("a", days=1).pem + mint("b", days=2).pem)
    other.write_bytes(mint("c", days=3).pem)
    source, memory = watch(paths=[tmp_path]), Memory()
    memory.take(probe(source))
    dates, events = memory.dates, memory.events
    assert len(dates) == 3
    damage(bundle)
    other.write_bytes(mint("c", days=300).pem)
    memory.take(probe(watch(paths=[tmp_path]) if restarted else source))
    assert {name: memory.dates[name] for name in dates if name != str(other)} == {
        name: date for name, date in dates.items() if name != str(other)
    }
    assert memory.events == events - {str(other)} | {f"unreadable:{bundle}"}


def test_a_chain_that_is_damaged_in_part_keeps_its_date(
    tmp_path: Path, mint: Any, watch: Any
) -> None:
    """The leaf, which can be read, holds for longer than its issuer, which can't."""
    file, authority = tmp_path / "a.pem", mint("ca", days=1)
    file.write_bytes(mint(issuer=authority).pem + authority.pem)
    source, memory = watch(paths=[tmp_path]), Memory()
    memory.take(probe(source))
    cut_off(file)
    memory.take(probe(source))
    assert memory.dates[str(file)] == authority.ends
    assert memory.events == {str(file), f"unreadable:{file}"}


def test_a_renewed_file_ends_its_event(tmp_path: Path, mint: Any, watch: Any) -> None:
    """Its date goes on under the same name."""
    file = tmp_path / "a.pem"
    file.write_bytes(mint(days=1).pem)
    source, memory = watch(paths=[tmp_path]), Memory()
    memory.take(probe(source))
    assert memory.events == {str(file)}
    file.write_bytes((renewed := mint(days=100)).pem)
    memory.take(probe(source))
    assert (memory.events, memory.dates) == (set(), {str(file): renewed.ends})


def test_a_repaired_file_ends_what_was_wrong(tmp_path: Path, mint: Any, watch: Any) -> None:
    """Both events are over once it was renewed."""
    file = tmp_path / "a.pem"
    file.write_bytes(mint(days=1).pem)
    (tmp_path / "b.pem").write_bytes(mint().pem)
    source, memory = watch(paths=[tmp_path]), Memory()
    memory.take(probe(source))
    file.write_bytes(b"")
    memory.take(probe(source))
    assert memory.events == {str(file), f"unreadable:{file}"}
    file.write_bytes(mint(days=100).pem)
    memory.take(probe(source))
    assert memory.events == set()


@pytest.mark.parametrize("whole", [True, False], ids=["folder", "named file"])
def test_a_configured_path_that_is_missing_ends_nothing(
    tmp_path: Path, mint: Any, watch: Any, whole: bool
) -> None:
    """An alert must not resolve by `rm`, nor by a mount that is missing after a restart."""
    watched, other = tmp_path / "watched", tmp_path / "other.pem"
    watched.mkdir()
    (watched / "a.pem").write_bytes(mint("a", days=1).pem + mint("b", days=1).pem)
    (watched / "c.pem").write_bytes(b"")
    other.write_bytes(mint(days=1).pem)
    block = {"paths": [watched if whole else watched / "a.pem", other]}
    memory = Memory()
    memory.take(probe(watch(**block)))
    dates, events = memory.dates, memory.events
    watched.rename(tmp_path / "elsewhere")
    other.write_bytes(mint(days=100).pem)
    memory.take(probe(watch(**block)))
    assert memory.dates.keys() == dates.keys()
    assert memory.events == events - {str(other)} | {f"unreadable:{block['paths'][0]}"}


def test_an_endpoint_that_can_not_be_reached_ends_nothing(
    tmp_path: Path, mint: Any, watch: Any, serve: Any
) -> None:
    """Its last known date and its event stay, while the rest goes on."""
    (tmp_path / "a.pem").write_bytes(mint(days=1).pem)
    memory = Memory()

    async def scenario() -> str:
        async with serve(mint("leaf", days=1)) as endpoint:
            source = watch(paths=[tmp_path], endpoints=[endpoint])
            memory.take(await source.probe())
        (tmp_path / "a.pem").write_bytes(mint(days=100).pem)
        memory.take(await source.probe())
        return str(endpoint)

    endpoint = asyncio.run(scenario())
    assert memory.dates.keys() == {endpoint, str(tmp_path / "a.pem")}
    assert memory.events == {endpoint, f"unreadable:{endpoint}"}


# --- what it costs -------------------------------------------------------------------------------


def test_ten_thousand_unchanged_files_cost_little(tmp_path: Path, mint: Any, watch: Any) -> None:
    """After the first probe they are asked for their stamps only."""
    pem = mint().pem
    for folder in range(100):
        (tmp_path / str(folder)).mkdir()
        for file in range(100):
            (tmp_path / str(folder) / f"{file}.pem").write_bytes(pem)
    source = watch(paths=[tmp_path])
    first = probe(source)
    started = time.process_time()
    second = probe(source)
    assert time.process_time() - started < 2
    assert len(second.expiries) == 10_000
    assert all(a is b for a, b in zip(first.expiries, second.expiries, strict=True))

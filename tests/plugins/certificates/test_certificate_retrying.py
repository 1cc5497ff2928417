"""What could not be read or reached is looked at again soon, and ever more seldom."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import syseventd_certificates as plugin
from syseventd import Outcome, ProbeFailed
from syseventd.model import ProbeResult
from syseventd.scheduling.pace import NORMAL, PaceSettings, follow, next_time
from syseventd_certificates import source
from syseventd_certificates.retrying import FIRST_WAIT, LONGEST_WAIT, Retries
from syseventd_certificates.source import CertificatesSource

MANY = 20


def asked(source: CertificatesSource) -> float | None:
    """How many seconds the source would like to wait after a probe."""
    return asyncio.run(source.probe()).ask_again


def waits(retries: Retries, failed: set[str], start: float = 0.0) -> list[float]:
    """The waits of what never heals, while the source is asked when it asks to be."""
    found, now = [], start
    while len(found) < MANY and (wait := retries.after(failed, now)) is not None:
        found.append(wait)
        now += wait
    return found


def test_the_waits_double_and_end() -> None:
    """What is broken for good is soon left to the usual pace."""
    assert waits(Retries(), {"a"}) == [60, 60, 120, 240, 480, 960, 1920]


def test_where_nothing_failed_the_usual_pace_holds() -> None:
    """Also after a failure."""
    retries = Retries()
    assert retries.after([], 0.0) is None
    retries.after(["a"], 60.0)
    assert retries.after([], 120.0) is None


def test_a_new_failure_is_not_hidden_by_an_old_one() -> None:
    """Its minute begins anew, though another file has been broken for days."""
    retries = Retries()
    retries.after(["a"], 0.0)
    assert retries.after(["a"], 86400.0) is None
    assert retries.after(["a", "b"], 90000.0) == FIRST_WAIT
    assert retries.after(["a"], 90060.0) is None


def test_what_healed_and_fails_again_begins_anew() -> None:
    """It is another failure."""
    retries = Retries()
    waits(retries, {"a"})
    retries.after([], 10_000.0)
    assert retries.after(["a"], 20_000.0) == FIRST_WAIT


def test_a_clock_that_is_set_back_keeps_nothing_for_long() -> None:
    """The failure begins when the clock says now."""
    retries = Retries()
    retries.after(["a"], 1e9)
    assert waits(retries, {"a"}, start=0.0) == [60, 60, 120, 240, 480, 960, 1920]


@given(st.lists(st.tuples(st.sets(st.sampled_from("abc")), st.floats(0, 1e10))))
def test_every_wait_is_within_its_bounds(looks: list[tuple[set[str], float]]) -> None:
    """Whatever fails whenever, and whatever the clock does."""
    retries = Retries()
    for failed, now in looks:
        wait = retries.after(failed, now)
        assert wait is None or (failed and FIRST_WAIT <= wait < LONGEST_WAIT)


def test_a_refused_connection_is_tried_again_in_a_minute(
    tmp_path: Path, mint: Any, watch: Any, serve: Any
) -> None:
    """It may have been a restart. Once it answers, the usual pace holds again."""
    (tmp_path / "a.pem").write_bytes(mint().pem)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        watched = watch(paths=[tmp_path], endpoints=[f"127.0.0.1:{port}"])
        assert asked(watched) == 60.0

    async def scenario() -> float | None:
        async with serve(mint(), port=port):
            wait: float | None = (await watched.probe()).ask_again
            return wait

    assert asyncio.run(scenario()) is None


@pytest.mark.parametrize("content", [None, b"", b"damaged"])
def test_a_file_that_can_not_be_read_is_tried_again_in_a_minute(
    tmp_path: Path, mint: Any, watch: Any, content: bytes | None
) -> None:
    """It may just have been written."""
    (tmp_path / "a.pem").write_bytes(mint().pem)
    if content is not None:
        (tmp_path / "b.pem").write_bytes(content)
    watched = watch(paths=[tmp_path / "a.pem", tmp_path / "b.pem"])
    assert asked(watched) == 60.0
    (tmp_path / "b.pem").write_bytes(mint().pem)
    assert asked(watched) is None


def test_a_pkcs12_file_that_time_did_not_suffice_for_is_tried_again(
    tmp_path: Path, mint: Any, watch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was opened is remembered, so the next probe gets further."""
    (tmp_path / "a.pem").write_bytes(mint().pem)
    (tmp_path / "b.p12").write_bytes(mint().pkcs12())
    watched = watch(paths=[tmp_path])
    with monkeypatch.context() as patched:
        patched.setattr(source, "SHARE_FOR_OPENING", 0.0)
        assert asked(watched) == 60.0
    assert asked(watched) is None


def test_a_certificate_in_its_last_day_and_a_failure_ask_for_the_sooner(
    tmp_path: Path, mint: Any, watch: Any, now: float
) -> None:
    """Neither keeps the other waiting."""
    (tmp_path / "a.pem").write_bytes(mint(days=0.5).pem)
    (tmp_path / "b.pem").touch()
    times = [now, now + 1200]
    watched = watch(paths=[tmp_path], clock=lambda: times.pop(0))
    assert asked(watched) == 60.0
    assert asked(watched) == 300.0


def test_a_failure_is_counted_from_when_all_failed(tmp_path: Path, mint: Any, watch: Any) -> None:
    """What goes on failing when the rest is back is no new failure."""
    paths = [tmp_path / "a.pem", tmp_path / "b.pem"]
    times = [0.0, 900.0]
    watched = watch(paths=paths, clock=lambda: times.pop(0))
    with pytest.raises(ProbeFailed, match="each of 2 paths failed"):
        asked(watched)
    paths[0].write_bytes(mint().pem)
    assert asked(watched) == 900.0


@pytest.mark.parametrize(("interval", "second"), [(3600.0, 60.0), (20.0, 20.0)])
def test_the_daemon_looks_again_when_asked(
    tmp_path: Path, mint: Any, watch: Any, interval: float, second: float
) -> None:
    """Within a minute, or an interval that the user made shorter."""
    (tmp_path / "a.pem").write_bytes(mint().pem)
    (tmp_path / "b.pem").touch()
    snapshot = asyncio.run(watch(paths=[tmp_path]).probe())
    soonest, latest = plugin.source_types()[0].ask_again_within
    settings = PaceSettings(interval, (soonest, min(latest, interval)))
    pace = follow(settings, NORMAL, ProbeResult(Outcome.OK, 0.0, 1.0, snapshot), 1.0)
    assert next_time(settings, 0.5, pace, 0.0, 1.0) == second

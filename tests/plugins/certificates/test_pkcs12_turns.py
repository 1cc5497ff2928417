"""PKCS#12 files that never open: no other waits for them for long, and they end as faults."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from syseventd.testing import wait_until
from syseventd_certificates import source
from syseventd_certificates.child import Child
from syseventd_certificates.files import WatchedPath
from syseventd_certificates.opening import CannotOpen, Opener, Wait
from syseventd_certificates.sighting import Sighting
from syseventd_certificates.turns import Turns

SLEEPS = "was not opened in the time that was left"
BOMB = b"\x30\x08\x02\x01\x03sleep"
"""It begins as PKCS#12 does. What opens it here sleeps over it, as on a machine without CPU."""
LONG = 300.0
"""Seconds that no test waits for."""

PROGRAM = """
import sys, time
pem = sys.argv[1].encode()
def answer(body):
    sys.stdout.buffer.write(len(body).to_bytes(4, "big") + body)
    sys.stdout.buffer.flush()
def receive():
    return sys.stdin.buffer.read(int.from_bytes(sys.stdin.buffer.read(4), "big"))
answer(receive())
while data := receive():
    if data.endswith(b"sleep"):
        time.sleep(300)
    answer(b"opened\\n" + pem)
"""


class SleepyOpener(Opener):
    """Its child starts fast, sleeps over bombs, and finds one certificate in all else."""

    def __init__(self, pem: bytes, budget: float) -> None:
        super().__init__(None, LONG, budget)
        self._pem = pem.decode()

    def _start(self) -> Child:
        return Child([sys.executable, "-S", "-c", PROGRAM, self._pem], {})


class ScriptedOpener(Opener):
    """Has time for so many files, all of which are late, and tells which it was handed."""

    def __init__(self, capacity: int) -> None:
        super().__init__(None)
        self.capacity = capacity
        self.handed: list[bytes] = []
        self.waits: list[Wait] = []

    def open(self, data: bytes, wait: Wait | None = None) -> bytes:
        assert wait is not None
        self.handed.append(data[-1:])
        self.waits.append(wait)
        if len(self.handed) <= self.capacity:
            last = Wait()
            wait.since, wait.tries, wait.used = last.since, wait.tries + 1, wait.used + 1.0
        raise CannotOpen(SLEEPS, passing=True)


def look(watched: WatchedPath, opener: Opener) -> Sighting:
    with opener:
        return asyncio.run(watched.look(opener))


def names(sightings: Sequence[Sighting]) -> set[str]:
    return {Path(chain.name).name for seen in sightings for chain in seen.chains}


def write(folder: Path, letters: str) -> None:
    for letter in letters:
        (folder / f"{letter}.p12").write_bytes(b"\x30\x05\x02\x01\x03" + letter.encode())


def order(watched: WatchedPath, capacity: int) -> str:
    """The files in the order in which a look hands them to its opener."""
    opener = ScriptedOpener(capacity)
    look(watched, opener)
    return b"".join(opener.handed).decode()


# --- who comes first ----------------------------------------------------------------------------


def test_those_that_were_late_come_last_the_next_time(tmp_path: Path) -> None:
    """Each that was not tried has its turn, and of those that were the first comes first."""
    write(tmp_path, "abcde")
    watched = WatchedPath(str(tmp_path))
    assert [order(watched, 2) for _ in range(4)] == ["abcde", "cdeab", "eabcd", "bcdea"]


def test_new_files_take_no_turn_from_those_that_wait(tmp_path: Path) -> None:
    """Also where their names come first, and where there are new ones at every probe."""
    write(tmp_path, "xyz")
    watched = WatchedPath(str(tmp_path))
    assert order(watched, 2) == "xyz"
    write(tmp_path, "ab")
    assert order(watched, 1) == "zxyab"


def rewrite(folder: Path, letter: str) -> None:
    (folder / f"{letter}.p12").rename(folder / "old")  # so that the new one has another inode
    write(folder, letter)


def test_a_file_that_is_written_anew_keeps_its_place(tmp_path: Path) -> None:
    """It neither gains nor loses by it."""
    write(tmp_path, "ab")
    watched = WatchedPath(str(tmp_path))
    order(watched, 0)
    rewrite(tmp_path, "a")
    assert order(watched, 1) == "ab"
    rewrite(tmp_path, "a")
    assert order(watched, 0) == "ba"


def test_a_file_that_is_written_anew_is_judged_anew(tmp_path: Path) -> None:
    """It is not blamed for what its predecessor used."""
    write(tmp_path, "a")
    watched = WatchedPath(str(tmp_path))
    order(watched, 1)
    rewrite(tmp_path, "a")
    opener = ScriptedOpener(0)
    look(watched, opener)
    assert [(wait.tries, wait.used) for wait in opener.waits] == [(0, 0.0)]


def test_an_unchanged_file_is_charged_from_probe_to_probe(tmp_path: Path) -> None:
    """In a folder, and by itself."""
    write(tmp_path, "a")
    for path in (tmp_path, tmp_path / "a.p12"):
        watched = WatchedPath(str(path))
        order(watched, 1)
        opener = ScriptedOpener(1)
        look(watched, opener)
        assert [(wait.tries, wait.used) for wait in opener.waits] == [(2, 2.0)]


def test_a_file_that_is_gone_waits_no_more(tmp_path: Path) -> None:
    """What is remembered does not grow with files that come and go."""
    write(tmp_path, "ab")
    watched = WatchedPath(str(tmp_path))
    order(watched, 1)
    (tmp_path / "a.p12").unlink()
    order(watched, 0)
    assert watched._waits.keys() == {str(tmp_path / "b.p12")}


def test_what_needs_no_opening_is_read_first(tmp_path: Path, mint: Any) -> None:
    """A probe that is cut short by its files has seen all others."""
    write(tmp_path, "a")
    (tmp_path / "z.pem").write_bytes(mint().pem)
    watched = WatchedPath(str(tmp_path))
    read = [Path(path).name for path, _ in watched._read_below(ScriptedOpener(0), [])]
    assert read == ["a.p12", "z.pem", "a.p12"]


def test_a_file_that_is_removed_before_its_turn_is_no_fault(tmp_path: Path) -> None:
    """Others may tidy up while it waits."""
    write(tmp_path, "ab")

    class Remover(ScriptedOpener):
        def open(self, data: bytes, wait: Wait | None = None) -> bytes:
            (tmp_path / "b.p12").unlink()
            return super().open(data, wait)

    seen = look(WatchedPath(str(tmp_path)), Remover(0))
    assert [fault.where for fault in seen.faults] == [f"{tmp_path}/a.p12"]


def taken_by(turns: Turns, take: Callable[[float], object], moments: Sequence[float]) -> None:
    """Lets threads `take` turns that wait since these `moments`, all of which wait at once."""

    async def scenario() -> None:
        threads = [threading.Thread(target=take, args=(since,)) for since in moments]
        for number, thread in enumerate(threads, start=1):
            thread.start()

            async def waits(length: int = number) -> bool:
                return len(turns._tickets) == length

            await wait_until(waits)
        turns.release()
        for thread in threads:
            thread.join()

    turns.take(0.0)
    asyncio.run(scenario())


def test_turns_are_taken_in_order_whoever_asks_first() -> None:
    """And nobody is left out."""
    turns, order = Turns(), list[float]()

    def take(since: float) -> None:
        turns.take(since)
        order.append(since)
        turns.release()

    taken_by(turns, take, [3.0, 1.0, 2.0, 1.0])
    assert order == [1.0, 1.0, 2.0, 3.0]


def test_a_turn_that_is_taken_is_not_free() -> None:
    """Until it is released."""
    turns = Turns()
    turns.take(0.0)
    assert not turns.take_if_free()
    turns.release()
    assert turns.take_if_free()
    assert not turns.take_if_free()


class OrderRecorder(Opener):
    """Opens at once what has its turn, and writes down since when that waited."""

    def __init__(self) -> None:
        super().__init__(None)
        self.order: list[float] = []

    def _ask(self, data: bytes, wait: Wait) -> bytes:
        self.order.append(wait.since)
        return b"opened\n"


def test_of_many_paths_the_file_that_has_waited_longest_comes_first() -> None:
    """Whichever thread comes with it: their order is not the paths'."""
    with OrderRecorder() as opener:
        taken_by(opener._turns, lambda since: opener.open(b"", Wait(since)), [3.0, 1.0, 2.0])
    assert opener.order == [1.0, 2.0, 3.0]


# --- how long each may take ---------------------------------------------------------------------


class PatienceRecorder(Child):
    """Answers all, and writes down how long it might have taken."""

    def __init__(self) -> None:
        self.patience: list[float] = []

    def ask(self, message: bytes, patience: float) -> bytes:
        self.patience.append(patience)
        return b"refused"

    def kill(self) -> None:
        pass

    def end(self) -> None:
        pass


def test_a_first_try_gets_a_tenth_and_a_further_one_a_third(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of the whole budget: so of many each gets the same. Starting may take all that is left."""
    child = PatienceRecorder()
    with Opener(None, budget=60.0) as opener:
        monkeypatch.setattr(opener, "_start", lambda: child)
        for tries in (0, 1, 2, 0):
            fails(opener, b"", Wait(tries=tries))
    starting, *others = child.patience
    assert others == [6.0, 20.0, 20.0, 6.0]
    assert 50.0 < starting <= 60.0


def fails(opener: Opener, data: bytes, wait: Wait) -> CannotOpen:
    with pytest.raises(CannotOpen) as caught:
        opener.open(data, wait)
    return caught.value


def test_a_try_that_would_be_cut_short_is_left_to_the_next_probe(mint: Any) -> None:
    """It keeps its place, and a short one fits in yet."""
    waits = [Wait(since=float(number), tries=1) for number in range(3)]
    pem = mint().pem
    with SleepyOpener(pem, budget=3.0) as opener:
        assert {str(fails(opener, BOMB, wait)) for wait in waits} == {SLEEPS}
        assert opener.open(b"sound", Wait()) == pem
    assert [wait.tries for wait in waits] == [2, 2, 1]
    assert [wait.since > 2.0 for wait in waits] == [True, True, False]


class TellingOpener(Opener):
    """Tells the limits of each that was made."""

    made: ClassVar[list[tuple[float, float]]] = []

    def __init__(self, password: bytes | None, limit: float, budget: float) -> None:
        super().__init__(password, limit, budget)
        self.made.append((limit, budget))


@pytest.mark.parametrize(("timeout", "limit"), [(10.0, 0.9), (30.0, 2.7), (LONG, 5.0)])
def test_a_file_may_take_a_sixth_of_the_time_for_all_but_five_seconds_at_most(
    tmp_path: Path, mint: Any, watch: Any, monkeypatch: Any, timeout: float, limit: float
) -> None:
    """All have about half of what the probe may take."""
    (tmp_path / "d.pem").write_bytes(mint().pem)
    monkeypatch.setattr(source, "Opener", TellingOpener)
    asyncio.run(watch(timeout=timeout, paths=[tmp_path]).probe())
    assert TellingOpener.made.pop() == pytest.approx((limit, timeout * 0.54))


# --- what becomes of all ------------------------------------------------------------------------


@pytest.mark.parametrize("separate", [False, True], ids=["folder", "paths"])
def test_a_sound_file_is_seen_whatever_lies_beside_it(
    tmp_path: Path, mint: Any, separate: bool
) -> None:
    """Within as many probes as there are files, though no bomb ever becomes a fault."""
    for number in range(12):
        (tmp_path / f"a{number:02}.p12").write_bytes(BOMB)
    (tmp_path / "z.p12").write_bytes(mint().pkcs12())
    places = sorted(tmp_path.iterdir()) if separate else [tmp_path]
    watched = [WatchedPath(str(place)) for place in places]

    async def probe() -> list[Sighting]:
        with SleepyOpener(mint().pem, budget=1.0) as opener:
            return await asyncio.gather(*(place.look(opener) for place in watched))

    assert any(names(asyncio.run(probe())) == {"z.p12"} for _ in range(13))


def test_what_late_tries_used_adds_up_to_a_verdict(mint: Any) -> None:
    """The last straw is a moment of CPU: however little the machine gives, it ends."""
    wait = Wait(tries=2, used=LONG - 0.01)
    with Opener(None, limit=LONG, budget=3.0) as opener:
        error = fails(opener, mint().bomb("mac"), wait)
    assert (str(error), error.passing) == ("was not opened with 5m of CPU in 3 tries", False)


def test_bombs_become_faults_that_are_remembered(tmp_path: Path, mint: Any) -> None:
    """The first try is too short for that; its CPU and a further one's suffice."""
    (tmp_path / "a.p12").write_bytes(mint().bomb("mac"))
    watched = WatchedPath(str(tmp_path / "a.p12"))
    for _ in range(20):
        look(watched, Opener(None, limit=0.4, budget=2.4))
        if not watched._waits:
            break
    opener = ScriptedOpener(1)
    (fault,) = look(watched, opener).faults
    assert "400ms" in fault.reason
    assert opener.handed == []

"""Finds certificate files below a configured path and reads them; unchanged ones only once."""

from __future__ import annotations

import os
import re
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from syseventd import Problem
from syseventd_certificates.certificates import Chain, name_chains
from syseventd_certificates.formats import read_contents
from syseventd_certificates.opening import Opener, Wait
from syseventd_certificates.sighting import Sighting, failure
from syseventd_certificates.threads import in_thread

SUFFIXES = (".pem", ".crt", ".cer", ".cert", ".p12", ".pfx")
"""What counts in a folder. OpenSSL's hash links, 5ad8a5d6.0, point at files beside them."""

MOST_BYTES = 10 * 1024 * 1024

Stamp: TypeAlias = tuple[int, ...]
"""What changes whenever a file does."""
NO_STAMP: Stamp = ()
"""No file's: what is remembered under it is read again."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a file held when it had this stamp."""

    stamp: Stamp
    chains: tuple[Chain, ...]
    fault: str


class _PutOff(Exception):
    """It must be opened, and everything else is read first."""


class WatchedPath:
    """A file, or a folder with all below it but those whose shown path `exclude` matches."""

    def __init__(self, path: str, exclude: re.Pattern[str] | None = None) -> None:
        self.path = path
        self.name = show_path(path)
        self._exclude = exclude
        self._readings: dict[str, _Reading] = {}
        self._waits: dict[str, tuple[Stamp, Wait]] = {}
        self._reading = threading.Lock()

    async def look(self, opener: Opener) -> Sighting:
        """What is there now. A file system that hangs costs one thread, and nobody else's."""
        if self._reading.locked():
            return failure(self.name, "the file system has not answered since the last probe")
        stop = threading.Event()
        try:
            return await in_thread(f"look {self.name}", lambda: self._look(opener, stop))
        except RuntimeError as error:  # this process has all the threads that it may have
            return failure(self.name, str(error))
        finally:
            stop.set()

    def _look(self, opener: Opener, stop: threading.Event) -> Sighting:
        """As `look`, in a thread; ends early, with a part of it, once `stop` is set."""
        with self._reading:
            try:
                if os.path.isdir(self.path):
                    return self._look_in_folder(opener, stop)
                reading = self._read(self.path, opener)
            except OSError as error:
                return failure(self.name, _explain(self.path, error))
            if reading is None:
                return failure(self.name, "is neither a file nor a folder")
            self._remember({self.path: reading})
            if not reading.chains:
                return failure(self.name, reading.fault or "holds no certificate")
            return Sighting(reading.chains, _faults(self.name, reading))

    def _look_in_folder(self, opener: Opener, stop: threading.Event) -> Sighting:
        chains: list[Chain] = []
        faults: list[Problem] = []
        readings: dict[str, _Reading] = {}
        device = os.stat(self.path).st_dev
        for path, reading in self._read_below(opener, faults):
            if reading is not None:
                readings[path] = reading
                chains += reading.chains
                faults += _faults(show_path(path), reading)
            if stop.is_set():
                self._readings |= readings  # the next probe gets further
                return Sighting()
        self._remember(readings)
        if os.stat(self.path).st_dev != device:
            # What was not found since was not removed.
            faults.append(Problem(self.name, "was mounted or unmounted while it was read"))
        if not chains and not faults:
            besides = " beside what exclude matches" if self._exclude else ""
            return failure(self.name, f"holds no certificate{besides}")  # most likely not mounted
        unlisted = any(fault.where == self.name for fault in faults)
        return Sighting(tuple(chains), tuple(faults), failed=unlisted and not chains)

    def _read_below(
        self, opener: Opener, faults: list[Problem]
    ) -> Iterator[tuple[str, _Reading | None]]:
        """Every file, with what it holds if that is known yet; what can't be read is a fault.

        What must be opened comes at last, the one that has waited longest first.
        """
        put_off = []
        for path in self._walk(faults):
            try:
                reading = self._read_or_note(path, None, faults)
            except _PutOff:
                put_off.append(path)
                reading = None
            yield path, reading
        for path in sorted(put_off, key=lambda path: self._waits[path][1].since):
            yield path, self._read_or_note(path, opener, faults)

    def _read_or_note(
        self, path: str, opener: Opener | None, faults: list[Problem]
    ) -> _Reading | None:
        """As `_read`; what can't be read is added to `faults`."""
        try:
            return self._read(path, opener)
        except OSError as error:
            _note(path, error, faults)
            return None

    def _read(self, path: str, opener: Opener | None) -> _Reading | None:
        """What a regular file holds; from memory if it is unchanged.

        Raises OSError, and _PutOff where it must be opened and there is no `opener`.
        """
        info = os.stat(path)
        if not stat.S_ISREG(info.st_mode):
            return None
        known = self._readings.get(path)
        if known is not None and known.stamp == _stamp(info):
            return known
        found = _read_bytes(path)
        if found is None:
            return None
        stamp, data = found
        if len(data) > MOST_BYTES:
            return _Reading(stamp, (), f"is larger than {MOST_BYTES // 1024**2} MiB")
        contents = read_contents(data, partial(self._open, opener, path, stamp))
        chains = name_chains(show_path(path), contents.certificates, damaged=bool(contents.fault))
        return _Reading(NO_STAMP if contents.passing else stamp, chains, contents.fault)

    def _open(self, opener: Opener | None, path: str, stamp: Stamp, data: bytes) -> bytes:
        """As `Opener.open`; a file that has changed begins anew, but keeps its place."""
        before, wait = self._waits.get(path, (stamp, Wait()))
        if before != stamp:
            wait = Wait(wait.since)
        self._waits[path] = stamp, wait
        if opener is None:
            raise _PutOff
        return opener.open(data, wait)

    def _remember(self, readings: dict[str, _Reading]) -> None:
        """For the next probe; of files that are gone or settled nothing waits any more."""
        self._readings = readings
        waiting = {path for path, reading in readings.items() if reading.stamp == NO_STAMP}
        self._waits = {path: wait for path, wait in self._waits.items() if path in waiting}

    def _walk(self, faults: list[Problem]) -> Iterator[str]:
        """Every file below that may hold certificates; what can't be listed is a fault."""
        # Not os.walk, which calls itself: folders can be deeper than Python may.
        waiting = [self.path]
        while waiting:
            parent = waiting.pop()
            try:
                folders, files = _list(parent)
            except OSError as error:
                _note(parent, error, faults)
                continue
            yield from self._without_excluded(files)
            waiting += reversed(self._without_excluded(folders))

    def _without_excluded(self, paths: list[str]) -> list[str]:
        exclude = self._exclude
        return [path for path in paths if exclude is None or not exclude.match(show_path(path))]


def _list(parent: str) -> tuple[list[str], list[str]]:
    """The folders in `parent`, without links to any, and what may be a file. Raises OSError."""
    folders, files = [], []
    with os.scandir(parent) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
            elif entry.name.lower().endswith(SUFFIXES):
                files.append(entry.path)
    return sorted(folders), sorted(files)


def _stamp(info: os.stat_result) -> Stamp:
    return info.st_mtime_ns, info.st_ctime_ns, info.st_size, info.st_ino, info.st_dev


def _read_bytes(path: str) -> tuple[Stamp, bytes] | None:
    """A regular file's stamp and bytes, of too many one more than allowed. Raises OSError."""
    # O_NONBLOCK: what was a file a moment ago may by now be a FIFO, which would never open.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    with open(descriptor, "rb") as file:
        info = os.fstat(descriptor)
        if not stat.S_ISREG(info.st_mode):
            return None
        return _stamp(info), file.read(MOST_BYTES + 1)


def _faults(name: str, reading: _Reading) -> tuple[Problem, ...]:
    return (Problem(name, reading.fault),) if reading.fault else ()


def _note(path: str, error: OSError, faults: list[Problem]) -> None:
    """Adds the fault, unless what was listed has been removed since."""
    missing = isinstance(error, FileNotFoundError | NotADirectoryError)
    # Where we may not look, nothing seems to exist.
    if not missing or os.path.lexists(path):
        faults.append(Problem(show_path(path), _explain(path, error)))


def _explain(path: str, error: OSError) -> str:
    """Why the system refused, in its own words, without the path: that is named beside it."""
    if isinstance(error, FileNotFoundError) and os.path.islink(path):
        return "is a link to what does not exist"
    return (error.strerror or str(error)).lower()


def show_path(path: str) -> str:
    """The path as text of one line that any reader can take; odd bytes in hexadecimal."""
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)

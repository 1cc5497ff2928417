"""The process's end of the wire, and how it takes what the daemon sends."""

from __future__ import annotations

import io
from types import MappingProxyType

from syseventd import Outcome, Snapshot
from syseventd.probing.answers import Answer
from syseventd.probing.wire import LENGTH, pack, unpack
from syseventd.probing.worker import _take_source


class Plain:
    def probe(self):
        return Snapshot()


class Refusing:
    def __setstate__(self, state):
        raise RuntimeError("not here")

    def __reduce__(self):
        return object.__new__, (Refusing,), {"state": 1}


def take(message):
    """What the process makes of a message, and what it sends back."""
    sent = io.BytesIO()
    source = _take_source(io.BytesIO(message), sent)
    return source, sent.getvalue()[LENGTH.size :]


def test_a_source_is_taken_and_confirmed():
    """The daemon waits for the word before it asks."""
    source, reply = take(pack(Plain()))
    assert isinstance(source, Plain)
    assert unpack(reply) is None


def test_a_source_that_cannot_be_taken_is_told_with_its_traceback():
    """The plugin's author finds the line that refused."""
    source, reply = take(pack(Refusing()))
    fault = unpack(reply)
    assert source is None
    assert fault.outcome is Outcome.ERROR
    assert fault.reason == "its process could not take the source: RuntimeError: not here"
    assert "test_worker.py" in fault.bug


def test_a_daemon_that_hangs_up_first_is_no_error():
    """It may be stopped while its processes start."""
    assert take(b"") == (None, b"")


def test_read_only_views_cross():
    """A snapshot's facts are a read-only view, which Python doesn't pickle by itself."""
    answer = Answer(Outcome.OK, Snapshot(facts=MappingProxyType({"version": "10"})))
    message = pack(answer)
    (length,) = LENGTH.unpack(message[: LENGTH.size])
    assert length == len(message) - LENGTH.size
    assert unpack(message[LENGTH.size :]) == answer

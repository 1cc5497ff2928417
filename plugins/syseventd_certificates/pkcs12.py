"""The child process that opens PKCS#12 files: whatever one demands, it can be killed with it.

A file says itself how often its key is derived, up to two thousand million times, and nothing
stops the library that does so. The password comes over standard input: others could read
arguments and environment.
"""

from __future__ import annotations

import contextlib
import resource
import signal
import sys
from typing import BinaryIO

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from syseventd_certificates.frames import OPENED, REFUSED, UNSUPPORTED, receive, send

MOST_MEMORY = 512 * 1024**2
"""Bytes of address space."""

_MOST_BYTES = 2**32


def main(seconds: float) -> None:
    """Serves the parent until it hangs up. A file that takes over `seconds` of CPU kills us.

    By a signal, whose default action is the kernel's: no library holds it up, and it comes when
    the parent is dead, too.
    """
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    # A sandbox may forbid it; the limits of time hold all the same.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    with contextlib.suppress(EOFError, OSError):
        serve(sys.stdin.buffer, sys.stdout.buffer, seconds)


def serve(received: BinaryIO, sent: BinaryIO, seconds: float) -> None:
    """Takes the password, empty for none, then file after file, and answers each message.

    The password with an empty message, a file as `open_pkcs12` does. Raises EOFError when the
    parent hangs up.
    """
    password = receive(received, _MOST_BYTES) or None
    send(sent, b"")
    while True:
        data = receive(received, _MOST_BYTES)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        answer = open_pkcs12(data, password)
        signal.setitimer(signal.ITIMER_PROF, 0)
        send(sent, answer)


def open_pkcs12(data: bytes, password: bytes | None) -> bytes:
    """`OPENED` or `UNSUPPORTED`, a line break and the certificates in PEM or the reason; `REFUSED`.

    The key's certificate comes first, then the further ones.
    """
    # Without a password there are two ways to write the file: none, and an empty one.
    for candidate in (password, None) if password else (None, b""):
        try:
            bundle = pkcs12.load_pkcs12(data, candidate)
        except UnsupportedAlgorithm as error:
            return b"%b\n%b" % (UNSUPPORTED, str(error).encode())
        except Exception:  # noqa: S112 - what is wrong with it shows only in that none fits
            continue
        own = [] if bundle.cert is None else [bundle.cert]
        found = (c.certificate for c in (*own, *bundle.additional_certs))
        return b"%b\n%b" % (OPENED, b"".join(c.public_bytes(Encoding.PEM) for c in found))
    return REFUSED

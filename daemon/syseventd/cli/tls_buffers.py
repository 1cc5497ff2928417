"""How much memory each TLS connection takes: room for two records instead of sixteen."""

from __future__ import annotations

from asyncio import sslproto

BUFFER = 2 * 16 * 1024
"""Bytes. A TLS record has 16 KiB at the most (RFC 8446), so what is longer comes in more steps."""


def small_tls_buffers() -> None:
    """For all connections of this process that are opened from now on.

    asyncio reads each into a buffer of its own, of 256 KiB, for as long as it is open: with
    hundreds of them that is more than all else that the daemon keeps.
    """
    sslproto.SSLProtocol.max_size = BUFFER

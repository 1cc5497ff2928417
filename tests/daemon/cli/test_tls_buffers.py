"""Each TLS connection of the daemon's process takes little memory, and long replies still come."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.bench.certificate import served_with

ASKED = """
import asyncio, ssl, sys
from syseventd.cli.tls_buffers import BUFFER, small_tls_buffers

LENGTH = 3_000_001

async def serve(context):
    async def answer(reader, writer):
        await reader.readline()
        writer.write(b"x" * LENGTH)
        await writer.drain()
        writer.close()
    return await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)

async def main(both, trusted):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    server = await serve(context)
    port = server.sockets[0].getsockname()[1]
    trusting = ssl.create_default_context(cafile=trusted)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
    buffer = writer.transport._ssl_protocol._ssl_buffer
    writer.write(b"ask\\n")
    print(len(buffer) == BUFFER, len(await reader.read()) == LENGTH)
    writer.close()
    server.close()

small_tls_buffers()
asyncio.run(main(*sys.argv[1:]))
"""


def test_a_connection_takes_a_small_buffer_and_long_replies_come_whole(tmp_path: Path) -> None:
    """In a process of its own, because it holds for all of it."""
    _, trusted = served_with(tmp_path)
    program = [sys.executable, "-c", ASKED, str(tmp_path / "server.pem"), str(trusted)]
    ended = subprocess.run(program, check=True, capture_output=True, timeout=60)
    assert ended.stdout.split() == [b"True", b"True"]

"""Serves a simulated cloud for measuring: `python -m tests.bench.cloud_server TENANTS FOLDER`.

Writes what the application needs to log in, and the certificate to trust, into FOLDER; then prints
the login host's address. It is HTTPS, as the real one is: that costs the daemon most of its memory
for connections.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from tests.bench.certificate import served_with

from syseventd_superoffice.simulator.clock import Clock
from syseventd_superoffice.simulator.cloud import Cloud
from syseventd_superoffice.simulator.installation import Installation
from syseventd_superoffice.simulator.online import Online
from syseventd_superoffice.simulator.tenancy import Tenancy

RUNNING = Tenancy("Running", subdomain=0, release="Release_simulated", seconds_left=600.0)
"""A tenant in maintenance is not asked, which would flatter the daemon: here all of them answer."""

AHEAD = 0.61
"""Seconds of the story between one tenant and the next: no two are told the same."""


def name(number: int) -> str:
    """The tenant's context identifier."""
    return f"Cust{10000 + number}"


async def serve(tenants: int, folder: Path) -> None:
    """Serves until SIGTERM."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    cloud = Cloud({name(n): Installation(_clock(n), password="") for n in range(tenants)})
    for tenant in cloud.tenants.values():
        tenant.forced = RUNNING
    application = cloud.application
    (folder / "client-secret").write_text(application.secret, encoding="ascii")
    (folder / "private-key.pem").write_text(application.private_key, encoding="ascii")
    for tenant in cloud.tenants.values():
        token = application.system_token(tenant.name)
        (folder / f"{tenant.name}.token").write_text(token, encoding="ascii")
    tls, _ = served_with(folder)
    async with Online(cloud, tls=tls).serving() as address:
        print(address, flush=True)
        await stopped.wait()


def _clock(number: int) -> Clock:
    clock = Clock()
    clock.move(number * AHEAD)
    return clock


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))

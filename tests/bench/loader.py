"""Asks the exporter for probes at an even rate over kept-alive connections. A process of its own.

python -m tests.bench.loader EXPORTER-URL PROBED-URL PROBES-PER-SECOND SECONDS
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import aiohttp
from yarl import URL

WORKERS = 32
"""Connections that are kept alive, each with at most one probe under way."""

GOOD = b"\nprobe_success 1\n"


async def load(asked: URL, rate: float, seconds: float) -> dict[str, float]:
    """Asks at `rate` for `seconds`. Late questions are asked at once: none is left out."""
    began = time.monotonic()
    numbers = iter(range(round(rate * seconds)))
    counts = [0, 0]
    connector = aiohttp.TCPConnector(limit=WORKERS, keepalive_timeout=60.0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def work() -> None:
            for number in numbers:
                await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
                async with session.get(asked) as reply:
                    counts[GOOD in await reply.read()] += 1

        await asyncio.gather(*(work() for _ in range(WORKERS)))
    return {"good": counts[1], "bad": counts[0], "seconds": time.monotonic() - began}


def main() -> None:
    exporter, probed, rate, seconds = sys.argv[1:]
    asked = URL(exporter).with_query(module="events", target=probed)
    print(json.dumps(asyncio.run(load(asked, float(rate), float(seconds)))))


if __name__ == "__main__":
    main()

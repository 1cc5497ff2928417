"""One probe of one source, exactly as the daemon runs it."""

from __future__ import annotations

from syseventd.interface import Isolation, Source
from syseventd.model import ProbeResult, SourceId
from syseventd.probing import prepare


async def probe_once(
    source: Source, deadline: float = 10.0, isolation: Isolation = Isolation.SHARED
) -> ProbeResult:
    """Probe `source` within `deadline` seconds and close it. Never raises what it raises."""
    prober = prepare(source, isolation, SourceId("test", "source"))
    try:
        return await prober.probe(deadline)
    finally:
        await prober.aclose()

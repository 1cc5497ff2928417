"""One probe of one source, exactly as the daemon runs it."""

from __future__ import annotations

from collections.abc import Mapping

from syseventd.interface import Isolation, Source
from syseventd.model import NO_MEMORY, ProbeResult, SourceId
from syseventd.probing import prepare


async def probe_once(
    source: Source,
    deadline: float = 10.0,
    isolation: Isolation = Isolation.SHARED,
    memory: Mapping[str, str] = NO_MEMORY,
) -> ProbeResult:
    """Probe `source` within `deadline` seconds and close it. Never raises what it raises.

    `memory` is what it is told again, should it want to recall anything.
    """
    prober = prepare(source, isolation, SourceId("test", "source"))
    try:
        return await prober.probe(deadline, memory)
    finally:
        await prober.aclose()

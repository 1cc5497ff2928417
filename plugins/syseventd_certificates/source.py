"""The source: looks at every configured place at once, and reports one snapshot."""

from __future__ import annotations

import asyncio
import contextlib
import time
import warnings
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial

from syseventd import ProbeFailed, Problem, Snapshot, Unreachable
from syseventd.settings import format_duration
from syseventd_certificates.endpoints import WatchedEndpoint, reading_context
from syseventd_certificates.files import WatchedPath
from syseventd_certificates.opening import MOST_SECONDS, Opener
from syseventd_certificates.retrying import Retries
from syseventd_certificates.settings import CertificatesSettings
from syseventd_certificates.sighting import Sighting, failure, merge_faults, to_snapshot

AT_ONCE = 20
"""So many endpoints are asked at the same time."""

SHARE_FOR_LOOKING = 0.9
"""Of a probe's time: what has not answered by then is reported, instead of failing the rest."""

SHARE_FOR_OPENING = 0.6
"""Of that time: what is left then of the PKCS#12 files waits for the next probe."""

LIMIT_OF_ONE = 1 / 6
"""Of the latter, in CPU: so much one file may take, and less where `MOST_SECONDS` is."""

MOST_NAMED = 5
"""So many places are named, each with its reason, where all failed."""


class CertificatesSource:
    """The certificates of one target. `timeout` is how many seconds a probe may take."""

    def __init__(
        self,
        settings: CertificatesSettings,
        timeout: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        context = reading_context()
        self._password = settings.password
        excluded = settings.excluded
        self._paths = [WatchedPath(path, excluded) for path in dict.fromkeys(settings.paths)]
        self._endpoints = [
            WatchedEndpoint(e, settings.endpoint_timeout, context)
            for e in dict.fromkeys(settings.endpoints)
        ]
        self._warn_before = settings.warn_before
        self._patience = timeout * SHARE_FOR_LOOKING
        self._clock = clock
        self._failed_at: dict[str, float] = {}
        self._retries = Retries()
        _ignore_odd_certificates()

    async def probe(self) -> Snapshot:
        """Reads all certificates. Raises ProbeFailed or Unreachable if none could be looked at."""
        budget = self._patience * SHARE_FOR_OPENING
        limit = min(MOST_SECONDS, budget * LIMIT_OF_ONE)
        with Opener(self._password, limit, budget) as opener:
            paths, endpoints = await self._look_everywhere(opener)
        now, sightings = self._clock(), (*paths, *endpoints)
        retry_in = self._retries.after(merge_faults(sightings), now)
        _fail_if_blind(paths, endpoints)
        return to_snapshot(sightings, now, self._warn_before, retry_in)

    async def _look_everywhere(self, opener: Opener) -> tuple[list[Sighting], list[Sighting]]:
        # Those that failed go last, the latest of them at the end: so a few that hang keep the
        # others waiting only once, and of many that hang each gets its turn.
        endpoints = sorted(self._endpoints, key=lambda e: self._failed_at.get(e.name, 0.0))
        turns = asyncio.Semaphore(AT_ONCE)
        at_once = contextlib.nullcontext()
        deadline = asyncio.get_running_loop().time() + self._patience
        async with asyncio.TaskGroup() as group:
            paths = [
                group.create_task(self._look(p.name, partial(p.look, opener), at_once, deadline))
                for p in self._paths
            ]
            ends = {
                e.name: group.create_task(self._look(e.name, e.look, turns, deadline))
                for e in endpoints
            }
        return [t.result() for t in paths], [ends[e.name].result() for e in self._endpoints]

    async def _look(
        self,
        name: str,
        look: Callable[[], Awaitable[Sighting]],
        turn: AbstractAsyncContextManager[None],
        deadline: float,
    ) -> Sighting:
        asked = False
        try:
            async with asyncio.timeout_at(deadline), turn:
                asked = True
                sighting = await look()
        except TimeoutError:
            if not asked:
                return failure(name, "was not asked: the others took all the time")
            sighting = failure(name, f"no answer within {format_duration(self._patience)}")
        if sighting.failed:
            self._failed_at[name] = deadline
        else:
            self._failed_at.pop(name, None)
        return sighting


def _fail_if_blind(paths: Sequence[Sighting], endpoints: Sequence[Sighting]) -> None:
    """Raises if every single place failed: then there is no snapshot to speak of."""
    if not all(sighting.failed for sighting in (*paths, *endpoints)):
        return
    counts = [
        f"{count} {noun}{'s' if count > 1 else ''}"
        for count, noun in ((len(paths), "path"), (len(endpoints), "endpoint"))
        if count
    ]
    faults = [sighting.faults[0] for sighting in (*paths, *endpoints)]
    if len(faults) == 1:
        where, reason = faults[0].where, faults[0].reason
    else:
        where, reason = f"each of {' and '.join(counts)}", _list_reasons(faults)
    raise Unreachable(where, reason) if endpoints else ProbeFailed(where, reason)


def _list_reasons(faults: Sequence[Problem]) -> str:
    """A few of the `faults`, in their order; of each reason one, before any has a second."""
    by_reason: dict[str, Problem] = {}
    for fault in faults:
        by_reason.setdefault(fault.reason, fault)
    told = list(dict.fromkeys((*by_reason.values(), *faults)))[:MOST_NAMED]
    texts = [str(fault) for fault in faults if fault in told]
    if more := len(faults) - len(told):
        texts.append(f"and {more} more")
    return "; ".join(texts)


def _ignore_odd_certificates() -> None:
    """Keeps cryptography from warning, where we called it, of serials and names against the rules.

    Such certificates are in every operating system's store, and their dates count like others'.
    """
    warnings.filterwarnings("ignore", category=UserWarning, module="syseventd_certificates")

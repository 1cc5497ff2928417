"""Every name server is dead: each look-up hangs in its thread, until there are no more threads."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from syseventd.threads import MOST_LOOKUPS
from syseventd_superoffice import demos

DEAD_NAMES = Path(__file__).parent / "dead_names"
PROMISED = 10.0
"""Seconds within which the daemon is gone after SIGTERM."""
NAMED = MOST_LOOKUPS // 2 + 8
"""How many targets of either type have a name: together more than can be looked up at once."""

Series = Callable[[str, str], dict[str, float]]


def _with_names(auth: str) -> str:
    """Many CRMs, given up after a second, and many TLS servers, which are never given up."""
    text = '[daemon]\nlisten = "127.0.0.1:0"\n[defaults]\ntimeout = "1s"\n'
    for n in range(NAMED):
        text += _crm(f"crm{n}", f"https://crm{n}.test", auth)
        text += f'[targets.tls{n}]\ntype = "certificates"\nendpoints = ["tls{n}.test"]\n'
        text += 'interval = "200ms"\ntimeout = "1h"\nendpoint_timeout = "1h"\n'
    return text


def _crm(name: str, url: str, auth: str) -> str:
    often = 'system-events.interval = "200ms"\nlicences.interval = "200ms"\n'
    return (
        f'[targets.{name}]\ntype = "superoffice"\nurl = "{url}"\nauth = {auth}\n'
        f"[targets.{name}.sources]\n{often}"
    )


class Asked:
    """A daemon that can't look up a name any more, for want of threads."""

    def __init__(self, run: Any, configuration: str, folder: Path, series: Series) -> None:
        self._looked_up = folder / "looked-up"
        self._looked_up.mkdir()
        self._series = series
        self.daemon = run(configuration, PYTHONPATH=str(DEAD_NAMES), LOOKED_UP=str(self._looked_up))
        self.daemon.until(lambda: self.hung == MOST_LOOKUPS)

    @property
    def hung(self) -> int:
        """How many look-ups hang."""
        return len(list(self._looked_up.iterdir()))

    def counted(self, family: str, target: str) -> float:
        found = self._series(self.daemon.get("metrics")[1], family)
        return sum(value for labels, value in found.items() if f'target="{target}"' in labels)

    def until_counted(self, family: str, target: str, least: int) -> None:
        self.daemon.until(lambda: self.counted(family, target) >= least)


def _in_the_middle_of_it(
    crm: dict[str, Any], run: Any, write: Any, series: Series, folder: Path
) -> float:
    """Asks the daemon for all that it must go on with; the seconds that its end then took."""
    user, variable = crm["auth"]["user"], crm["auth"]["password_env"]
    auth = f'{{ method = "basic", user = "{user}", password_env = "{variable}" }}'
    asked = Asked(run, _with_names(auth), folder, series)
    daemon = asked.daemon
    # Probes are given up, and others begin in vain: their threads are gone for good.
    for target in ("crm0", f"crm{NAMED - 1}"):
        asked.until_counted("syseventd_probe_failures_total", target, 1)

    # Only now comes a target with a literal address: it has no connection from before.
    write(_with_names(auth) + _crm("literal", crm["url"], auth))
    daemon.send(signal.SIGHUP)
    daemon.logged("reloaded")
    asked.until_counted("syseventd_probes_total", "literal", 5)
    assert asked.counted("syseventd_probe_failures_total", "literal") == 0
    for path in ("", "targets/literal", "targets/crm0", "api/v1/events", "-/ready", "-/healthy"):
        assert daemon.get(path)[0] == 200, path
    assert asked.hung == MOST_LOOKUPS

    daemon.send(signal.SIGTERM)
    told = time.monotonic()
    assert daemon.ended() == 0
    return time.monotonic() - told


def test_dead_name_server_holds_up_only_who_has_a_name(
    run: Any, write: Any, series: Series, tmp_path: Path
) -> None:
    """Neither scrape nor pages nor reload, nor a target with a literal address, nor the end."""

    async def live() -> float:
        (demo,) = demos()
        async with demo.start(1.0, "en") as crm:
            return await asyncio.to_thread(_in_the_middle_of_it, crm, run, write, series, tmp_path)

    assert asyncio.run(live()) < PROMISED

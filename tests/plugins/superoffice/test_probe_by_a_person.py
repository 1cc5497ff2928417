"""`syseventd probe` beside the simulated installation: what a person is shown who asks."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from syseventd_superoffice.simulator import cast
from syseventd_superoffice.simulator.clock import Clock
from syseventd_superoffice.simulator.installation import Installation
from syseventd_superoffice.simulator.serving import serving

SECOND = 140
"""Of the story: an import and a rebuild of the index, each as event and as task."""


def probe(folder: Path, what: str) -> dict[str, Any]:
    """What the command prints, run in a process of its own as an administrator runs it."""

    async def run() -> dict[str, Any]:
        clock = Clock(epoch=time.time() - SECOND, held=True)
        clock.move(SECOND)
        async with serving(Installation(clock, "not a secret")) as url:
            file = folder / "syseventd.toml"
            file.write_text(
                f'[daemon]\nstate_directory = "{folder}"\n'
                f'[targets.crm]\ntype = "superoffice"\nurl = "{url}"\n'
                'auth = { method = "basic", user = "demo", password_env = "CRM_PASSWORD" }\n'
                f'[targets.crm.sources.freetext]\nrebuild_key = "{cast.FREETEXT.key}"\n'
            )
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", "from syseventd.cli import main; main()"),
                *("probe", what, "--json", "--config", str(file)),
                stdout=asyncio.subprocess.PIPE,
            )
            printed, _ = await process.communicate()
        results: dict[str, Any] = json.loads(printed)
        return results

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRM_PASSWORD", "not a secret")
        return asyncio.run(run())


def kinds(results: dict[str, Any]) -> dict[str, Counter[str]]:
    """How many events of each kind each source showed."""
    return {
        name: Counter(
            o["kind"] for o in (result["snapshot"] or {"observations": ()})["observations"]
        )
        for name, result in results.items()
    }


def test_each_occurrence_is_shown_once(tmp_path: Path) -> None:
    """By the source that is for it, whichever of them was asked first."""
    shown = kinds(probe(tmp_path, "crm"))
    together = sum(shown.values(), Counter[str]())
    assert (together["import"], together["freetext-rebuild"]) == (1, 1)
    assert shown["crm/imports"]["import"] == 1
    assert shown["crm/freetext"]["freetext-rebuild"] == 1


@pytest.mark.parametrize("source", ["system-events", "imports", "freetext"])
def test_a_source_alone_shows_what_it_sees(tmp_path: Path, source: str) -> None:
    """It leaves nothing to another that is not asked."""
    shown = kinds(probe(tmp_path, f"crm/{source}"))
    assert shown[f"crm/{source}"]["freetext-rebuild"] == 1


def test_the_licence_server_is_asked_about_every_owner(tmp_path: Path) -> None:
    """Though the daemon asks it once a day, and one owner at a time: here a person asks."""
    told = probe(tmp_path, "crm/licences")["crm/licences"]["snapshot"]
    owners = {seats["owner"] for seats in told["seats"]}
    asked = {name for name in told["facts"] if name.startswith("licence server")}
    assert len(owners) > 1
    assert len(asked) == len(owners)
    assert not any("not answered yet" in told["facts"][name] for name in asked)

"""All that the daemon shows of the simulated installation says that it is simulated."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from syseventd.testing import RunningDaemon, running_daemon, wait_until
from syseventd_superoffice.simulator.serving import serving
from syseventd_superoffice.simulator.story import LICENCES

SECOND = 140
"""Of the story: an import, an overdue index, two messages of the day, and closed logins."""

OUR_OWN = {"target", "source", "kind", "scope", "state", "transition", "reason", "type", "le"}
"""Labels of metrics whose words are the daemon's. Every other one holds the installation's."""

OF_OUR_PROBES = {"sources", "probes", "problems"}
"""Parts of a page about how the installation was asked, which happened in earnest."""


@dataclass(frozen=True)
class Shown:
    """What one look at the daemon found."""

    metrics: str
    events: list[dict[str, Any]]
    target: dict[str, Any]
    pages: Mapping[str, str]


async def look(daemon: RunningDaemon) -> Shown:
    pages = {path: await daemon.text(path) for path in ("/", "/targets/demo")}
    events = (await daemon.json("/api/v1/events"))["events"]
    target = await daemon.json("/api/v1/targets/demo")
    return Shown(await daemon.text("/metrics"), events, target, pages)


def watch(crm: Any, folder: Path, language: str) -> Shown:
    """The whole daemon beside the installation, once both of its sources have been seen."""

    async def run() -> Shown:
        async with serving(crm.installation) as url:
            block = {
                "type": "superoffice",
                "url": url,
                "auth": {"method": "basic", "user": "demo", "password_env": "CRM_PASSWORD"},
                "language": language,
                "sources": {
                    "system-events": {"interval": "200ms"},
                    "licences": {"interval": "200ms", "hidden": True},
                },
            }
            async with running_daemon({"targets": {"demo": block}}, folder) as daemon:

                async def seen() -> bool:
                    target = await daemon.json("/api/v1/targets/demo")
                    return bool(target["events"] and target["expiries"])

                await wait_until(seen)
                return await look(daemon)

    return asyncio.run(run())


@pytest.fixture(scope="module", params=["en", "sv"])
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """What is shown of it, in each of its languages."""
    crm = request.getfixturevalue("new_crm")("UTC", "en")
    crm.clock.move(SECOND)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRM_PASSWORD", crm.password)
        return watch(crm, tmp_path_factory.mktemp("daemon"), request.param)


def labelled(text: str) -> bool:
    return "simul" in text.lower()


def test_every_metric_of_it_is_labelled(shown: Shown) -> None:
    """Each label that holds a word of the installation's says that it is simulated."""
    series = re.findall(r"^(\w+)\{(.*)\} ", shown.metrics, re.MULTILINE)
    found = set()
    for name, text in series:
        labels = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', text))
        if labels.get("target") != "demo":
            continue
        for label in labels.keys() - OUR_OWN:
            assert not labels[label] or labelled(labels[label]), (name, text)
            if labels[label]:
                found.add(label)
    assert {"key", "name", "licence_owner", "licence", "serial"} <= found


def test_every_event_of_it_is_labelled(shown: Shown) -> None:
    """Key, name, status, message and person, each by itself."""
    assert len(shown.events) == 5
    for event in shown.events:
        for field in ("key", "name", "status", "message", "activated_by"):
            assert labelled(event[field]), (field, event)


def test_every_licence_of_it_is_labelled(shown: Shown) -> None:
    """Owners, licences and their titles; dates with the company and the serial number."""
    licences, expiries = shown.target["licences"], shown.target["expiries"]
    assert len(licences) == sum(len(licence.modules) for licence in LICENCES)
    assert {expiry["kind"] for expiry in expiries} > {"licence", "grace", "maintenance"}
    for entry in (*licences, *expiries):
        for name in {"owner", "licence", "title", "name", "subject", "serial"} & entry.keys():
            assert labelled(entry[name]), (name, entry)


def test_the_target_is_labelled(shown: Shown) -> None:
    """Its facts say so, and none of them can be taken for a real installation's."""
    facts = shown.target["facts"]
    assert facts.pop("simulated") == "yes"
    assert facts.keys() == {"company", "serial"}
    assert all(map(labelled, facts.values()))


def test_every_page_has_the_banner(shown: Shown) -> None:
    """Whoever opens a page reads above all else that the data is simulated."""
    for page in shown.pages.values():
        assert re.search(r'class="banner"><strong>Simulated data</strong>', page)


def test_every_row_of_a_page_is_labelled(shown: Shown) -> None:
    """Each row of each table that shows the installation, wherever it is copied to."""
    rows = 0
    for page in shown.pages.values():
        for part, text in re.findall(
            r'<section aria-labelledby="([\w-]+)".*?(<h2.*?)</section>', page, re.DOTALL
        ):
            if part not in OF_OUR_PROBES:
                body = "".join(re.findall(r"<tbody>(.*?)</tbody>", text, re.DOTALL))
                found = re.findall(r"<tr\b.*?</tr>", body, re.DOTALL)
                assert all(map(labelled, found)), (part, found)
                rows += len(found)
    assert rows > len(shown.events) * 3 + len(LICENCES)

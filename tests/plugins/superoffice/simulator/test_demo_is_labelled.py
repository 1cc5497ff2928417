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
from syseventd_superoffice import event_kinds
from syseventd_superoffice.simulator.cast import PEOPLE
from syseventd_superoffice.simulator.demo import sources
from syseventd_superoffice.simulator.licensing import LICENCES
from syseventd_superoffice.simulator.serving import serving

SECOND = 140
"""Of the story: an import, an overdue index, two messages of the day, and closed logins."""

KINDS = {kind.name for kind in event_kinds()}
INITIALS = {person.initials for person in PEOPLE}

OUR_OWN = {"target", "source", "kind", "scope", "state", "transition", "reason", "type", "le"} | {
    "part",  # of a measurement: a state of tasks, a table, a number
    "version",  # numbers; the serial number in the same series says what they are of
}
"""Labels of metrics whose words are the daemon's. Every other one holds the installation's."""

OUR_KEYS = re.compile(r"(task|system-message)-\d+|saint-\w+:(counters|monitors)")
"""Keys of events, besides their kinds, in which no word of the installation's stands."""

OUR_FACTS = {"simulated", "version", "freetext", "licence data", "plan limit", "not_watched"}
OUR_ROWS = {"Version", "Restrictions", "Type", "Central or satellite"}
"""Facts and rows that tell numbers and words of ours alone."""

OF_ITS_OWN_WORDS = {"message-of-the-day", "no-login", "freetext-rebuild", "import", "batch-task"}
"""Kinds of event of which all that is told comes from the installation."""

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
    """The whole daemon beside the installation, once its sources know of each other."""

    async def run() -> Shown:
        async with serving(crm.installation) as url:
            block = {
                "type": "superoffice",
                "url": url,
                "auth": {"method": "basic", "user": "demo", "password_env": "CRM_PASSWORD"},
                "language": language,
                "sources": {name: {**s, "interval": "200ms"} for name, s in sources(1.0).items()},
            }
            block["sources"]["licences"]["hidden"] = True
            async with running_daemon({"targets": {"demo": block}}, folder) as daemon:

                async def looked(after: str = "") -> str:
                    """When the last of the sources had looked, once each has `after` a time."""
                    target = await daemon.json("/api/v1/targets/demo")
                    times = [
                        source["last_success"] or ""
                        for name, source in target["sources"].items()
                        if name in block["sources"] and source["state"] != "unavailable"
                    ]
                    return max(times) if min(times) > after else ""

                # What one leaves to another is told once that one has been asked as well.
                first = await wait_until(looked)
                await wait_until(lambda: looked(first))
                return await look(daemon)

    return asyncio.run(run())


@pytest.fixture(scope="module", params=["en", "sv"])
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """What is shown of it, in each of its languages."""
    crm = request.getfixturevalue("new_crm")(epoch=None)
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
            if labels[label] in KINDS or OUR_KEYS.fullmatch(labels[label]):
                continue
            assert not labels[label] or labelled(labels[label]), (name, text)
            if labels[label]:
                found.add(label)
    assert {"key", "name", "licence_owner", "licence", "serial"} <= found


def test_every_event_of_it_is_labelled(shown: Shown) -> None:
    """Each says it in what is told of it, and each person's name says it."""
    assert len({event["kind"] for event in shown.events}) > 10
    for event in shown.events:
        told = (event[field] for field in ("key", "name", "status", "message"))
        assert any(map(labelled, told)), event
        by = event["activated_by"]
        assert not by or by in INITIALS or labelled(by), event


@pytest.mark.parametrize("source", ["system-events", "imports", "saint", "freetext"])
def test_what_is_read_of_an_event_is_labelled(shown: Shown, source: str) -> None:
    """Name, status and message by themselves, where they are the installation's own words."""
    events = [e for e in shown.events if e["source"] == source]
    running = [e for e in events if e["kind"] in OF_ITS_OWN_WORDS]
    assert running or source == "saint"
    for event in running:
        for field in ("name", "status", "message"):
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
    assert facts["simulated"] == "yes"
    assert facts.keys() >= {"company", "serial", "version", "build", "logged_in_as"}
    for name, text in facts.items():
        assert name in OUR_FACTS or labelled(name + text), (name, text)


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
            if part in OF_OUR_PROBES or part.startswith("measurements"):
                continue
            body = "".join(re.findall(r"<tbody>(.*?)</tbody>", text, re.DOTALL))
            for row in re.findall(r"<tr\b.*?</tr>", body, re.DOTALL):
                first = re.search(r">\s*([^<\s][^<]*?)\s*<", row)
                ours = first is not None and first[1] in OUR_ROWS
                assert ours or labelled(row), (part, row)
                rows += 1
    assert rows > len(shown.events) * 3 + len(LICENCES)

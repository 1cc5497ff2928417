"""A real Prometheus scrapes a real daemon, as config/prometheus/ says, and answers queries."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.parser import text_string_to_metric_families

from syseventd import lifecycle
from syseventd.board import Board
from syseventd.metrics import Exposition, MetricsHandler
from syseventd.model import Observation, Outcome, ProbeResult, Snapshot, Target

ENDS = datetime(2031, 5, 4, 3, 2, 1, tzinfo=UTC)
SUMMARIES = re.compile(r"_(bucket|sum|count)$")


@pytest.fixture(scope="module")
def daemon(system: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """`syseventd run` that watches a folder of certificates and a simulated CRM."""
    folder = tmp_path_factory.mktemp("daemon")
    certificates = folder / "certificates"
    system.write_certificate(certificates / "web.pem", "crm.example.com", ENDS)
    (certificates / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nno\n")
    with (
        system.crm(folder) as crm,
        system.daemon(
            folder,
            system.certificates(certificates) + crm,
            {"SYSEVENTD_DEMO_PASSWORD": system.password},
        ) as running,
    ):
        system.wait_for(lambda: all_asked(running.json("api/v1/targets")))
        yield running


def all_asked(reply: Any) -> bool:
    """Whether each source of both targets has answered, or is not there at an installation."""
    states = [state for target in reply["targets"] for state in target["sources"].values()]
    return len(states) >= 3 and {"ok"} <= set(states) <= {"ok", "unavailable"}


@pytest.fixture(scope="module")
def prometheus(system: Any, daemon: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A Prometheus with the configuration that we ship, but for its addresses and its pace."""
    folder, own = system.root / "config" / "prometheus", tmp_path_factory.mktemp("prometheus")
    config = yaml.safe_load((folder / "prometheus.yml").read_text(encoding="utf-8"))
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    for name in config["rule_files"]:
        rules = yaml.safe_load((folder / name).read_text(encoding="utf-8"))
        for group in rules["groups"]:
            del group["interval"]
        (own / name).parent.mkdir(exist_ok=True)
        (own / name).write_text(yaml.safe_dump(rules), encoding="utf-8")
    del config["alerting"]  # nobody is to be called from a test
    [job] = config["scrape_configs"]
    [static] = job["static_configs"]
    assert static["targets"] == ["127.0.0.1:9965"]
    static["targets"] = [daemon.url.removeprefix("http://").rstrip("/")]
    with system.prometheus(own, config) as running:
        system.wait_for(lambda: running.series('up{job="syseventd"} == 1'))
        yield running


def test_it_is_up_under_its_job(prometheus: Any) -> None:
    """The target is up, was never down, and its scrape ended without an error."""
    [target] = prometheus.api("targets")["activeTargets"]
    assert (target["labels"]["job"], target["health"], target["lastError"]) == (
        *("syseventd", "up", ""),
    )
    assert prometheus.value("scrape_samples_scraped") > 50


def test_a_certificates_date_arrives(prometheus: Any) -> None:
    """The date in the file is the date in Prometheus, to the second."""
    assert (
        prometheus.value('syseventd_expiry_timestamp_seconds{target="host",kind="certificate"}')
        == ENDS.timestamp()
    )


def test_the_crms_licences_arrive(prometheus: Any) -> None:
    """Every licence owner has a date, and never is infinite."""
    dates = prometheus.series('syseventd_expiry_timestamp_seconds{target="crm",kind="licence"}')
    assert len(dates) >= 2
    assert prometheus.value('count(syseventd_licence_seats_used{target="crm"})') >= 1


def test_events_arrive(prometheus: Any, daemon: Any) -> None:
    """What the API lists as open is counted, with when it began."""
    assert daemon.json("api/v1/events?target=crm")["events"]
    assert prometheus.value('sum(syseventd_events{target="crm"})') >= 1
    assert prometheus.value('min(syseventd_event_started_timestamp_seconds{target="crm"})') > 0


def test_sources_answer_and_a_problem_is_seen(prometheus: Any) -> None:
    """Health arrives as 1 for one state; the broken file is a problem and fails nothing."""
    assert prometheus.value('sum(syseventd_source_state{state="ok"})') >= 3
    assert prometheus.value("min(syseventd_probe_success)") == 1
    assert prometheus.value('syseventd_snapshot_problems{target="host"}') == 1


def test_our_rules_load_and_work_on_real_series(prometheus: Any, system: Any) -> None:
    """Every rule is evaluated, without an error."""

    def evaluated() -> list[Any]:
        groups = prometheus.api("rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        assert not [rule for rule in rules if rule["health"] == "err"]
        return rules if all(rule["health"] == "ok" for rule in rules) else []

    assert len(system.wait_for(evaluated)) >= 10


def names_in_rules(root: Path) -> set[str]:
    """Every metric of ours that a rule, or the text of an alert, asks for."""
    texts = [
        file.read_text(encoding="utf-8")
        for file in (root / "config" / "prometheus" / "rules").glob("*.yml")
    ]
    code = "\n".join(line for text in texts for line in text.splitlines() if "#" not in line[:8])
    return set(re.findall(r"\bsyseventd_\w+", code))


def test_rules_ask_for_metrics_that_exist(system: Any, daemon: Any) -> None:
    """No rule waits for a name that the daemon does not have."""
    text = daemon.get("metrics")
    there = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    asked = {SUMMARIES.sub("", name) for name in names_in_rules(system.root)}
    assert len(asked) >= 5
    assert asked <= there


def test_promtool_finds_nothing_to_say(system: Any, daemon: Any) -> None:
    """Names, types, units and HELP texts are as Prometheus's own linter wants them."""
    text = daemon.get("metrics")
    assert any(metric.samples for metric in text_string_to_metric_families(text))
    said = subprocess.run(
        [system.tool("promtool"), "check", "metrics"],
        input=text.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )
    assert (said.returncode, said.stdout.decode()) == (0, "")


HOSTILE = [
    *("\\", '"', "\n", "\r", "\t", "\0", "\x7f", "\x85", "\u2028", "\ufeff", "\ud800", "🧾"),
    *("\\n", '\\"', "%s", "{{ 7 }}", "}", " # {} 1", "# EOF", '"} 1\nup{x="'),
]


def hostile_board() -> Board:
    """A board whose events have keys that would break a text that is written carelessly."""
    board = Board()
    record = board.watch(Target("crm", "crm", None), "events", 300.0)
    events = (Observation(f"x{text}y", "import", "n", scope=text) for text in HOSTILE)
    snapshot = Snapshot(observations=tuple(events))
    advance = lifecycle.advance(record.known, snapshot, 1.0, iter(range(1, 1000)))
    board.publish(advance, snapshot, ProbeResult(Outcome.OK, 0.5, 0.5, snapshot), 1.0)
    return board


def test_hostile_text_arrives_as_it_is(system: Any, tmp_path: Path) -> None:
    """One bad key spoils neither the scrape nor itself: Prometheus has each, letter by letter."""
    dropped = Counter("d", "d", ["target"], registry=CollectorRegistry())
    handler = MetricsHandler(
        Exposition(hostile_board(), ["import"], 1000, dropped), CollectorRegistry()
    )

    def scrape(address: str) -> set[tuple[str, str]]:
        config = {
            "global": {"scrape_interval": "1s"},
            "scrape_configs": [{"job_name": "x", "static_configs": [{"targets": [address]}]}],
        }
        with system.prometheus(tmp_path, config) as prometheus:
            found = system.wait_for(
                lambda: prometheus.series("syseventd_event_started_timestamp_seconds")
            )
            return {(dict(labels)["key"], dict(labels).get("scope", "")) for labels in found}

    async def run() -> set[tuple[str, str]]:
        app = web.Application()
        app.router.add_get("/metrics", handler.__call__)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            return await asyncio.to_thread(scrape, f"127.0.0.1:{runner.addresses[0][1]}")
        finally:
            await runner.cleanup()

    assert asyncio.run(run()) == {
        (f"x{text}y".replace("\ud800", "\\ud800"), text.replace("\ud800", "\\ud800"))
        for text in HOSTILE
    }

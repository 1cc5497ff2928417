"""The alert rules: they fire, they are silent, and they ask for what the daemon really shows."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from syseventd.cli.commands import cli
from syseventd.instruments import Instruments
from syseventd.metrics.families import FAMILIES, TARGET_INFO
from syseventd_superoffice.kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "config" / "prometheus"
RULES = FOLDER / "rules" / "syseventd.yml"
CASES = sorted((FOLDER / "tests").glob("*.yml"))
SEVERITIES = {"info", "warning", "critical"}
INSTALLED = "/usr/local/share/doc/syseventd"
"""Where the documentation is on a server."""
NEED_ROOT = ("syseventd ", "journalctl", "dmesg", "fuser", "systemctl re")
"""Commands that show an ordinary user nothing, or not all."""
FROM_SCRAPING = {"job", "instance"}
"""Labels that Prometheus itself adds to what it scrapes."""


def load(path: Path) -> Any:
    """A YAML file."""
    return yaml.safe_load(path.read_text())


EVERY_RULE: list[dict[str, Any]] = [
    rule for group in load(RULES)["groups"] for rule in group["rules"]
]
ALERTS = {rule["alert"]: rule for rule in EVERY_RULE if "alert" in rule}
RECORDED = {rule["record"]: rule for rule in EVERY_RULE if "record" in rule}


@cache
def checks() -> tuple[tuple[str, bool], ...]:
    """Every check of every case: the alert, and whether it is to fire."""
    return tuple(
        (check["alertname"], bool(check["exp_alerts"]))
        for path in CASES
        for case in load(path)["tests"]
        for check in case["alert_rule_test"]
    )


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run promtool, or skip where it is missing."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is missing; install the package prometheus")
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, timeout=120, check=False
    )


def shown_metrics() -> set[str]:
    """The name of every metric that the daemon shows."""
    own = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in Instruments().registry.collect()
    }
    return own | {family.sample_name for family in FAMILIES} | {TARGET_INFO[0]}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_cases_hold(path: Path) -> None:
    """Prometheus's own rule tester agrees with every case, to the letter of its texts."""
    done = promtool("test", "rules", str(path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_rules_are_valid() -> None:
    """promtool takes the rules, and has no warnings about them."""
    done = promtool("check", "rules", "--lint-fatal", str(RULES))
    assert done.returncode == 0, done.stdout + done.stderr


def test_example_configuration_is_valid() -> None:
    """promtool takes prometheus.yml, and finds the rules that it names."""
    done = promtool("check", "config", "--lint-fatal", str(FOLDER / "prometheus.yml"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(EVERY_RULE)} rules found" in done.stdout


def test_example_scrapes_the_job_that_the_rules_ask_for() -> None:
    """The job of the example is the one whose absence is an alert."""
    (scrape,) = load(FOLDER / "prometheus.yml")["scrape_configs"]
    assert f'job="{scrape["job_name"]}"' in ALERTS["SyseventdDown"]["expr"]


@pytest.mark.parametrize("alert", ALERTS)
@pytest.mark.parametrize("fires", [True, False], ids=["fires", "is silent"])
def test_each_alert_has_both_cases(alert: str, fires: bool) -> None:
    """For each alert there is a case in which it fires, and one in which it is silent."""
    assert (alert, fires) in checks()


def test_cases_are_about_alerts_that_exist() -> None:
    """An alert that no rule makes is always silent; no case proves anything with one."""
    assert {alert for alert, _ in checks()} <= set(ALERTS)


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_tells_a_tired_administrator_what_to_do(alert: str) -> None:
    """It has a severity, a summary, what to do first, and a page that is really there."""
    rule = ALERTS[alert]
    assert rule["labels"]["severity"] in SEVERITIES
    notes = rule["annotations"]
    assert notes["summary"]
    assert "First: " in notes["description"]
    assert notes["runbook_url"] == f"{INSTALLED}/config/prometheus/runbooks/{alert}.md"
    page = (FOLDER / "runbooks" / f"{alert}.md").read_text()
    assert page.startswith(f"# {alert}\n")
    assert "\n## What to do\n" in page
    assert "\n## When it ends\n" in page


def test_pages_are_installed_where_alerts_point() -> None:
    """The documented installation copies this folder to that place; the README names it too."""
    commands = (ROOT / "systemd" / "README.md").read_text()
    assert re.search(rf"cp -R .*\bconfig\b.* {INSTALLED}/\n", commands)
    assert f"{INSTALLED}/config/prometheus/runbooks" in (FOLDER / "README.md").read_text()


@pytest.mark.parametrize("page", sorted((FOLDER / "runbooks").glob("*.md")), ids=lambda p: p.stem)
def test_commands_of_a_page_work_as_pasted(page: Path) -> None:
    """Ours exist, and run as root, who alone may read secrets; so do those that need it."""
    code = re.findall(r"`([^`]+)`", page.read_text())
    assert [text for text in code if text.startswith(NEED_ROOT)] == []
    ours = {text.split()[2] for text in code if text.startswith("sudo syseventd ")}
    assert ours <= set(cli.commands)


def test_each_page_belongs_to_an_alert() -> None:
    """No page outlives its alert."""
    assert {path.stem for path in (FOLDER / "runbooks").glob("*.md")} == set(ALERTS)


@pytest.mark.parametrize("rule", EVERY_RULE, ids=lambda rule: rule.get("alert", "record"))
def test_each_rule_asks_for_metrics_that_there_are(rule: dict[str, Any]) -> None:
    """A misspelt metric would make an alert that never fires."""
    text = rule["expr"] + rule.get("annotations", {}).get("description", "")
    asked = set(re.findall(r"(?<![\w:])(?:\w+:)?syseventd_\w+(?::\w+)?", text))
    assert asked <= shown_metrics() | set(RECORDED)


def test_what_is_recorded_is_asked_for() -> None:
    """A recording that no alert uses would be work for nothing."""
    asked = " ".join(rule["expr"] for rule in ALERTS.values())
    assert [name for name in RECORDED if name not in asked] == []


def test_alerts_about_kinds_of_event_name_kinds_that_there_are() -> None:
    """A kind that no plugin declares any more would be asked for in vain."""
    named = set()
    for name in ("SyseventdEventOverdue", "SyseventdLoginClosed"):
        for kinds in re.findall(r'kind!?[=~]+"([^"]+)"', ALERTS[name]["expr"]):
            named |= set(kinds.split("|"))
    assert named == {"no-login", "message-of-the-day"}
    assert named <= {kind.name for kind in KINDS}


def test_cases_are_made_of_series_as_the_daemon_shows_them() -> None:
    """What the cases feed the rules has the daemon's names and labels."""
    labels_of = {family.sample_name: set(family.label_names) for family in FAMILIES}
    series = {
        given["series"]
        for path in CASES
        for case in load(path)["tests"]
        for given in case["input_series"]
    }
    for name, labels in (one.rstrip("}").split("{") for one in series):
        assert name in shown_metrics() | {"up"}
        if name in labels_of:
            given = set(re.findall(r"(\w+)=", labels)) - FROM_SCRAPING
            assert given - labels_of[name] == set(), name
            assert labels_of[name] - given == set(), name


def test_readme_lists_each_alert_with_its_severity() -> None:
    """The README's table is the rules' own."""
    rows = re.findall(r"^\| (Syseventd\w+) \| (\w+) \|", (FOLDER / "README.md").read_text(), re.M)
    assert rows == [(name, rule["labels"]["severity"]) for name, rule in ALERTS.items()]


def test_readme_inhibits_alerts_that_exist() -> None:
    """The inhibitions that the README proposes are about alerts of these rules."""
    block = re.search(r"```yaml\n(.*?)```", (FOLDER / "README.md").read_text(), re.S)
    assert block is not None
    named = set(re.findall(r"Syseventd\w+", str(yaml.safe_load(block[1])["inhibit_rules"])))
    assert named
    assert named <= set(ALERTS)

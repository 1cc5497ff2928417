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
from syseventd_superoffice import event_kinds, gauges
from syseventd_superoffice.tenant import OTHER, STATES

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "config" / "prometheus"
RULES = sorted((FOLDER / "rules").glob("*.yml"), reverse=True)
"""The general ones first, as the README has them: what is the vendor's stands on them."""
CASES = sorted((FOLDER / "tests").glob("*.yml"))
SEVERITIES = {"info", "warning", "critical"}
INSTALLED = "/usr/local/share/doc/syseventd"
"""Where the documentation is on a server."""
NEED_ROOT = ("syseventd ", "journalctl", "dmesg", "fuser", "systemctl re")
"""Commands that show an ordinary user nothing, or not all."""
FROM_SCRAPING = {"job", "instance"}
"""Labels that Prometheus itself adds to what it scrapes."""
KINDS = {kind.name for kind in event_kinds()}
DATES = {"licence-expiry", "licence-maintenance"}
"""Kinds of event about dates that are metrics, with alerts of their own."""
NO_WORK_ENDS = DATES | {"message-of-the-day", "no-login", "system-message"}
"""Kinds whose expected end is the end of no work, or has an alert of its own."""
BY_ITS_END_ALONE = {
    "batch-task",
    "import",
    "no-freetext",
    "no-travel",
    "prototype-rebuild",
    "system-event",
}
"""Kinds that are in order while they last, and don't last longer than they should."""
TOLD_ALONE = {
    "company-changed",
    "licence-changed",
    "licence-renewed",
    "satellite-added",
    "satellite-removed",
    "seats-over-waiting",
    "serial-changed",
    "tenant-moved",
    "version-changed",
}
"""Kinds for which nobody need do anything, or that are the reason of what has an alert."""
NOT_CLOSED = {
    "MigrationPending",
    "OfflineMaintenance",
    "OnlineMaintenance",
    "Provisioning",
    "Running",
    "Unknown",
    OTHER,
}
"""States of a tenant in which it runs, that pass, or of which nobody knows what they mean."""
BRIDGED = "event:syseventd_event_started_timestamp_seconds:bridged5m"


def load(path: Path) -> Any:
    """A YAML file."""
    return yaml.safe_load(path.read_text())


EVERY_RULE: list[dict[str, Any]] = [
    rule for path in RULES for group in load(path)["groups"] for rule in group["rules"]
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


def matched(expr: str, metric: str = "") -> dict[str, set[str]]:
    """The kinds of event that an expression wants (`=`) and leaves out (`!`), of one metric."""
    found: dict[str, set[str]] = {"=": set(), "!": set()}
    for selector in re.findall(rf"{metric or r'[a-z][a-z_:0-9]*'}{{([^}}]*)}}", expr):
        for sign, kinds in re.findall(r'\bkind(=|!)[=~]*"([^"]+)"', selector):
            found[sign] |= set(kinds.split("|"))
    return found


def about_events(rule: dict[str, Any]) -> str:
    """A rule's expression where it asks for events; "" where for something else."""
    return rule["expr"] if "syseventd_event" in rule["expr"] else ""


def shown_metrics() -> set[str]:
    """The name of every metric that the daemon shows."""
    own = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in Instruments().registry.collect()
    }
    plugins = {f"syseventd_{gauge.name}" for gauge in gauges()}
    return own | plugins | {family.sample_name for family in FAMILIES} | {TARGET_INFO[0]}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_cases_hold(path: Path) -> None:
    """Prometheus's own rule tester agrees with every case, to the letter of its texts."""
    done = promtool("test", "rules", str(path))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_rules_are_valid(path: Path) -> None:
    """promtool takes the rules, and has no warnings about them."""
    done = promtool("check", "rules", "--lint-fatal", str(path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_rule_has_the_name_of_another() -> None:
    """Two of one name would share a page, its cases and each other's series."""
    assert len(ALERTS) + len(RECORDED) == len(EVERY_RULE)


def test_example_configuration_is_valid() -> None:
    """promtool takes prometheus.yml, and finds the rules that it names."""
    done = promtool("check", "config", "--lint-fatal", str(FOLDER / "prometheus.yml"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert sum(map(int, re.findall(r"(\d+) rules found", done.stdout))) == len(EVERY_RULE)


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


@pytest.mark.parametrize("rule", EVERY_RULE, ids=lambda rule: rule.get("alert", "record"))
def test_rules_about_kinds_of_event_name_kinds_that_there_are(rule: dict[str, Any]) -> None:
    """A kind that no plugin declares any more would be asked for in vain."""
    kinds = matched(about_events(rule))
    assert kinds["="] | kinds["!"] <= KINDS


def test_work_alone_is_late() -> None:
    """The end of a licence, or of a message, is the end of no work that hangs."""
    assert matched(ALERTS["SyseventdEventOverdue"]["expr"])["!"] == NO_WORK_ENDS


def test_a_date_is_told_by_the_alerts_on_dates_alone() -> None:
    """The ladder of events before a date would else page for the same date once more."""
    asked = [name for name, rule in ALERTS.items() if matched(about_events(rule))["="] & DATES]
    assert asked == []


def test_what_is_recorded_of_events_is_what_alerts_ask_for() -> None:
    """A kind that is not recorded would make an alert that never fires."""
    asked = set[str]()
    for rule in ALERTS.values():
        asked |= matched(rule["expr"], BRIDGED)["="]
    recorded = re.findall(r'kind=~"([^"]+)"', RECORDED[BRIDGED]["expr"])
    assert [set(kinds.split("|")) for kinds in recorded] == [asked, asked]


def test_of_each_kind_of_event_it_is_decided_whether_it_alerts() -> None:
    """A new kind gets an alert, or is said to need none: it is not forgotten."""
    asked = set[str]()
    for rule in ALERTS.values():
        asked |= matched(about_events(rule))["="]
    silent = NO_WORK_ENDS - {"no-login"} | BY_ITS_END_ALONE | TOLD_ALONE
    assert asked & silent == set()
    assert asked | silent == KINDS


def test_of_each_state_of_a_tenant_it_is_decided_whether_it_is_closed() -> None:
    """A misspelt state would make an alert that never fires; a new one is not forgotten."""
    asked = re.findall(r'part=~"([^"]+)"', ALERTS["SyseventdTenantClosed"]["expr"])
    (closed,) = {frozenset(states.split("|")) for states in asked}
    assert closed & NOT_CLOSED == set()
    assert closed | NOT_CLOSED == STATES | {OTHER}


def test_cases_are_made_of_series_as_the_daemon_shows_them() -> None:
    """What the cases feed the rules has the daemon's names and labels."""
    labels_of = {family.sample_name: set(family.label_names) for family in FAMILIES}
    labels_of |= {f"syseventd_{gauge.name}": {"target", "source", "part"} for gauge in gauges()}
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
    """The README's tables are the rules' own, with how long each waits."""
    text = (FOLDER / "README.md").read_text()
    rows = re.findall(r"^\| (Syseventd\w+) \| (\w+) \| ([^|]+) \|", text, re.M)
    rules = [
        (name, rule["labels"]["severity"], rule.get("for", "at once"))
        for name, rule in ALERTS.items()
    ]
    assert [
        (name, grade, re.sub(r"^(\d+) (\w).*", r"\1\2", to)) for name, grade, to in rows
    ] == rules


def test_readme_inhibits_alerts_that_exist() -> None:
    """The inhibitions that the README proposes are about alerts of these rules."""
    block = re.search(r"```yaml\n(.*?)```", (FOLDER / "README.md").read_text(), re.S)
    assert block is not None
    named = set(re.findall(r"Syseventd\w+", str(yaml.safe_load(block[1])["inhibit_rules"])))
    assert named
    assert named <= set(ALERTS)

"""How a snapshot is printed: every word of it, and nothing that takes over a terminal."""

from __future__ import annotations

import dataclasses
import json

import pytest

from syseventd import NEVER
from syseventd.cli import results
from syseventd.model import (
    Ending,
    EndReason,
    Expiry,
    Measurement,
    Meter,
    Observation,
    Outcome,
    ProbeResult,
    Problem,
    Seats,
    Snapshot,
    SourceId,
)

ALL = Snapshot(
    observations=(
        Observation("1", "import", "Customers", "running", activated_at=1795502000.0),
        Observation("2", "import", "Prices"),
    ),
    expiries=(Expiry("licence", "Super", 1795502000.0), Expiry("grace", "Super", NEVER)),
    seats=(Seats("super", "user", 5, 10), Seats("super", "guest", 7, None)),
    meters=(Meter("mails", 12.0, 100.0), Meter("texts", 3.0)),
    facts={"version": "10.5"},
    problems=(Problem("row 3", "has no key"),),
    complete=False,
)


def _text(snapshot: Snapshot | None, outcome: Outcome = Outcome.OK, reason: str = "") -> list[str]:
    result = ProbeResult(outcome, 1795502000.0, 0.25, snapshot, reason)
    return results.as_text({SourceId("crm", "imports"): result}).splitlines()


def test_every_part_has_its_line() -> None:
    assert _text(ALL) == [
        "crm/imports",
        "  fact     version: 10.5",
        "  event    import 1: Customers running, since 2026-11-24T06:33:20Z",
        "  event    import 2: Prices",
        "  expiry   licence Super: 2026-11-24T06:33:20Z",
        "  expiry   grace Super: never",
        "  seats    super user: 5 of 10",
        "  seats    super guest: 7, unrestricted",
        "  meter    mails: 12 of 100",
        "  meter    texts: 3, no limit",
        "problem  crm/imports  row 3: has no key",
        "crm/imports  ok in 0.250 s: 1 fact, 2 events, 2 dates, 2 licences' seats, 2 meters, "
        "1 problem; not all could be seen, so nothing ends",
    ]


RARE = Snapshot(
    observations=(
        Observation(
            *("1", "import", "Customers", "running", "row 7 is odd"),
            activated_at=1795502000.0,
            stalled=True,
            details=(("Rows", "7"), ("Stage", "reading\x1b[2J\nall")),
            marks=frozenset({"task:1", "event:9"}),
        ),
    ),
    endings=(
        Ending(Observation("2", "import", "Prices", message="no file"), EndReason.FAILED, True),
        Ending(Observation("3", "import", "3", details=(("Rows", "8"),)), EndReason.SUCCEEDED),
    ),
    meters=(Meter("mails", 12.0, 100.0, estimated=True), Meter("texts", 3.0, estimated=True)),
    measurements=(
        Measurement("index_words", 1234567.0, "person"),
        Measurement("saint_last_generated_timestamp_seconds", 1795502000.5),
    ),
    memory={"seen": "7"},
)


def test_what_few_snapshots_hold_has_its_lines_too() -> None:
    """Details stand below their event; a number is not rounded to what fits."""
    assert _text(RARE) == [
        "crm/imports",
        "  event    import 1: Customers running, stands still, since 2026-11-24T06:33:20Z; "
        "row 7 is odd",
        "           Rows: 7",
        "           Stage: reading [2J all",
        "  ended    import 2: Prices, failed; no file",
        "  ended    import 3, succeeded",
        "           Rows: 8",
        "  meter    mails: 12 of 100, estimated",
        "  meter    texts: 3, no limit, estimated",
        "  measured index_words person: 1234567",
        "  measured saint_last_generated_timestamp_seconds: 1795502000.5",
        "crm/imports  ok in 0.250 s: 1 event, 2 events that ended, 2 meters, 2 measurements",
    ]


def test_data_has_what_few_snapshots_hold() -> None:
    """Whole, and as JSON can hold it."""
    result = ProbeResult(Outcome.OK, 1795502000.0, 0.25, RARE)
    data = json.loads(json.dumps(results.as_data({SourceId("crm", "imports"): result})))
    snapshot = data["crm/imports"]["snapshot"]
    (event,) = snapshot["observations"]
    assert event["stalled"] is True
    assert event["details"][0] == {"name": "Rows", "text": "7"}
    assert event["marks"] == ["event:9", "task:1"]
    failed, succeeded = snapshot["endings"]
    assert (failed["reason"], failed["fresh"]) == ("failed", True)
    assert failed["observation"]["message"] == "no file"
    assert (succeeded["reason"], succeeded["fresh"]) == ("succeeded", False)
    assert snapshot["measurements"] == [
        {"name": "index_words", "value": 1234567.0, "part": "person"},
        {"name": "saint_last_generated_timestamp_seconds", "value": 1795502000.5},
    ]
    assert snapshot["meters"][0]["estimated"] is True
    assert snapshot["memory"] == {"seen": "7"}


def test_data_names_every_part_of_a_snapshot() -> None:
    """What is added to it is added here too."""
    result = ProbeResult(Outcome.OK, 1795502000.0, 0.25, Snapshot())
    shown = results.as_data({SourceId("crm", "imports"): result})["crm/imports"]["snapshot"]
    assert set(shown) == {field.name for field in dataclasses.fields(Snapshot)}


def test_event_that_is_called_as_its_key_is_named_once_with_its_message() -> None:
    seen = Observation("/a.pem", "certificate", "/a.pem", "expired", message="expired\nlong ago")
    assert _text(Snapshot(observations=(seen,)))[1] == (
        "  event    certificate /a.pem expired; expired long ago"
    )


def test_problems_and_how_it_ended_are_nearest_to_the_prompt() -> None:
    """Of every source, after all that could be read: hundreds of dates hide nothing."""
    dates = tuple(Expiry("certificate", f"/{n}.pem", 1795502000.0) for n in range(301))
    problems = (Problem("/a.pem", "is empty"), Problem("/b.pem", "is empty"))
    answers = {
        "certificates": ProbeResult(Outcome.OK, 0.0, 1.0, Snapshot(expiries=dates)),
        "broken": ProbeResult(Outcome.OK, 0.0, 1.0, Snapshot(problems=problems)),
        "gone": ProbeResult(Outcome.TIMEOUT, 0.0, 1.0, None, "no answer within 1 s"),
        "last": ProbeResult(Outcome.OK, 0.0, 1.0, Snapshot(expiries=dates[:1])),
    }
    text = results.as_text({SourceId("host", name): result for name, result in answers.items()})
    lines = text.splitlines()
    assert len(lines) == 302 + 2 + 2 + 4
    assert lines[-6:] == [
        "problem  host/broken  /a.pem: is empty",
        "problem  host/broken  /b.pem: is empty",
        "host/certificates  ok in 1.000 s: 301 dates",
        "host/broken  ok in 1.000 s: 2 problems",
        "host/gone  timeout in 1.000 s: no answer within 1 s",
        "host/last  ok in 1.000 s: 1 date",
    ]


def test_empty_snapshot() -> None:
    assert _text(Snapshot()) == ["crm/imports  ok in 0.250 s: nothing to report"]


def test_failure_has_its_reason() -> None:
    assert _text(None, Outcome.TIMEOUT, "no answer within 10 s") == [
        "crm/imports  timeout in 0.250 s: no answer within 10 s"
    ]


def test_failure_without_a_reason() -> None:
    assert _text(None, Outcome.ERROR) == ["crm/imports  error in 0.250 s"]


def test_seats_that_nobody_counted() -> None:
    lines = _text(Snapshot(seats=(Seats("super", "user", None, 10),)))
    assert lines[1] == "  seats    super user: unknown of 10"


@pytest.mark.parametrize("text", ["a\x1b[2Jb", "a\nb", "a\rb", "a\u2028b"])
def test_text_of_a_stranger_stays_on_its_line(text: str) -> None:
    """What a target sends can't move the cursor, nor pretend to be a line of ours."""
    lines = _text(Snapshot(observations=(Observation("1", "import", text),)), reason=text)
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)


def test_data_is_whole() -> None:
    result = ProbeResult(Outcome.OK, 1795502000.0, 0.25, ALL)
    data = results.as_data({SourceId("crm", "imports"): result})["crm/imports"]
    assert data["started_at"] == "2026-11-24T06:33:20Z"
    snapshot = data["snapshot"]
    assert snapshot["expiries"][1]["at"] is None
    assert snapshot["seats"][1] == {"owner": "super", "licence": "guest", "used": 7}
    assert (snapshot["complete"], snapshot["unseen"]) == (False, [])
    assert snapshot["meters"][0] == {
        "name": "mails",
        "used": 12.0,
        "threshold": 100.0,
        "estimated": False,
    }


def _failed(*reasons: str, outcome: Outcome = Outcome.UNAUTHORIZED) -> list[str]:
    """The lines on sources, called a, b and so on, that failed for these reasons."""
    named = zip("abcdef", reasons, strict=False)
    return results.as_text(
        {
            SourceId("crm", name): ProbeResult(outcome, 1795502000.0, 0.25, reason=reason)
            for name, reason in named
        }
    ).splitlines()


def test_reason_that_several_sources_share_is_told_once() -> None:
    """Last, whatever address each had asked."""
    assert _failed("http://x/a refused: no", "http://x/b is odd", "http://x/c refused: no") == [
        "crm/a  unauthorized in 0.250 s",
        "crm/b  unauthorized in 0.250 s: http://x/b is odd",
        "crm/c  unauthorized in 0.250 s",
        "crm/a, crm/c: http://x refused: no",
    ]


def test_reason_of_many_sources_counts_them() -> None:
    """Their own lines stand right above."""
    assert _failed(*["http://x refused: no"] * 4)[-1] == "4 sources: http://x refused: no"


def test_sources_without_a_reason_share_none() -> None:
    """There is nothing to tell besides their lines."""
    assert _failed("", "") == [f"crm/{name}  unauthorized in 0.250 s" for name in "ab"]

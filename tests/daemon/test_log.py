"""People read the log on a terminal, machines as JSON, and the journal knows each line's level."""

from __future__ import annotations

import io
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import pytest
import structlog

from syseventd.log import configure

CHATTY = ("apscheduler", "aiohttp.access", "alembic", "asyncio")


@pytest.fixture(autouse=True)
def logging_restored() -> Iterator[None]:
    """The set-up is global; other tests get back theirs."""
    root = logging.getLogger()
    handlers, ours = root.handlers[:], structlog.get_config()
    levels = {logger: logger.level for logger in (root, *map(logging.getLogger, CHATTY))}
    yield
    root.handlers[:] = handlers
    structlog.configure(**ours)
    for logger, level in levels.items():
        logger.setLevel(level)


class Terminal:
    """A terminal that a stream writes to."""

    def __init__(self) -> None:
        self._reading, writing = os.openpty()
        self.stream: TextIO = os.fdopen(writing, "w", buffering=1)

    def text(self) -> str:
        self.stream.flush()
        return os.read(self._reading, 65536).decode()

    def close(self) -> None:
        self.stream.close()
        os.close(self._reading)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    logging.getLogger().handlers[:] = []
    terminal.close()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def one(stream: io.StringIO) -> dict[str, Any]:
    (line,) = lines(stream)
    return line


# --- what it looks like -----------------------------------------------------------------------


def test_a_line_is_json_where_nobody_watches() -> None:
    """Time, level and what happened come first: lines are read by people too."""
    stream = io.StringIO()
    configure("auto", "info", stream)
    structlog.get_logger("syseventd.pipeline").warning("probe_failed", target="crm", seconds=1.5)
    line = one(stream)
    assert list(line)[:3] == ["timestamp", "level", "event"]
    assert line["timestamp"].endswith("Z")
    assert {k: v for k, v in line.items() if k != "timestamp"} == {
        "level": "warning",
        "event": "probe_failed",
        "target": "crm",
        "seconds": 1.5,
        "logger": "syseventd.pipeline",
    }


def test_a_line_is_for_people_on_a_terminal(terminal: Terminal) -> None:
    """With colours, and no JSON."""
    configure("auto", "info", terminal.stream)
    structlog.get_logger("syseventd").warning("probe_failed", target="crm")
    text = terminal.text()
    assert "probe_failed" in text
    assert "\x1b[" in text
    assert "{" not in text


def test_json_can_be_asked_for_on_a_terminal(terminal: Terminal) -> None:
    """As the configuration says."""
    configure("json", "info", terminal.stream)
    structlog.get_logger("syseventd").warning("probe_failed")
    assert json.loads(terminal.text())["event"] == "probe_failed"


def test_lines_for_people_can_be_asked_for_everywhere() -> None:
    """Without colours where no terminal would show them."""
    stream = io.StringIO()
    configure("console", "info", stream)
    structlog.get_logger("syseventd").warning("probe_failed", target="crm")
    assert "probe_failed" in stream.getvalue()
    assert "target=crm" in stream.getvalue()
    assert "\x1b[" not in stream.getvalue()


def test_sentences_stand_below_their_line_for_people() -> None:
    """A refused reload is read as `check-config` prints it, a line a fault."""
    stream = io.StringIO()
    configure("console", "info", stream)
    faults = ["web.port: is no known key", "targets.crm.url: is missing"]
    structlog.get_logger("syseventd").error("reload_refused", faults=faults)
    first, *below = stream.getvalue().splitlines()
    assert "reload_refused" in first
    assert first.endswith("faults=2")
    assert below == [f"    {fault}" for fault in faults]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(["daemon"], "daemon"), (("a", "b"), "'a, b'"), ([1, 2], "[1, 2]"), ([], "[]")],
)
def test_names_stand_within_their_line_for_people(value: object, shown: str) -> None:
    """Without Python's brackets and quotes."""
    stream = io.StringIO()
    configure("console", "info", stream)
    structlog.get_logger("syseventd").warning("restart_needed", settings=value)
    assert stream.getvalue().endswith(f"settings={shown}\n")


def test_lists_stay_lists_for_machines() -> None:
    stream = io.StringIO()
    configure("json", "info", stream)
    structlog.get_logger("syseventd").error("reload_refused", faults=["a b", "c d"])
    assert one(stream)["faults"] == ["a b", "c d"]


@pytest.mark.parametrize("text", ["x\x1b[2Jy", "x\ny", "x\ry", "x\u2028y"])
def test_text_of_a_stranger_does_not_take_over_a_terminal(text: str) -> None:
    """What a target says can neither move the cursor nor pretend to be a line of ours."""
    stream = io.StringIO()
    configure("console", "info", stream)
    structlog.get_logger("ours").warning(
        f"failed {text}", reason=text, more=[text], worse=["a b", text]
    )
    first, *below = stream.getvalue().removesuffix("\n").split("\n")
    assert len(below) == 2
    assert all(line.isprintable() for line in (first, *below))


def test_stderr_is_where_it_goes_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output is for answers."""
    configure("json", "info")
    structlog.get_logger("syseventd").info("started")
    captured = capsys.readouterr()
    assert json.loads(captured.err)["event"] == "started"
    assert captured.out == ""


def test_text_stays_text() -> None:
    """Names are not escaped beyond recognition; a line break in one does not break the line."""
    stream = io.StringIO()
    configure("json", "info", stream)
    structlog.get_logger("syseventd").info("seen", name="Ärende\nåtta", raw="größer".encode())
    assert "Ärende" in stream.getvalue()
    assert (one(stream)["name"], one(stream)["raw"]) == ("Ärende\nåtta", "größer")


def test_what_is_no_json_is_shown_as_text() -> None:
    """A line is never lost because of what it holds."""
    stream = io.StringIO()
    configure("json", "info", stream)
    structlog.get_logger("syseventd").info("seen", path=Path("/etc/ssl"))
    assert one(stream)["path"] == "/etc/ssl"


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_what_is_below_the_level_is_left_out(level: str) -> None:
    """Of our loggers and of others'."""
    stream = io.StringIO()
    configure("json", level, stream)
    for name in ("debug", "info", "warning", "error"):
        getattr(structlog.get_logger("ours"), name)("said")
        getattr(logging.getLogger("theirs"), name)("said")
    number = ["debug", "info", "warning", "error"].index(level)
    expected = [n for n in ("debug", "info", "warning", "error")[number:] for _ in range(2)]
    assert [line["level"] for line in lines(stream)] == expected


def test_setting_up_twice_says_everything_once() -> None:
    """And to the newer stream alone."""
    older, newer = io.StringIO(), io.StringIO()
    configure("json", "info", older)
    configure("json", "info", newer)
    structlog.get_logger("syseventd").info("started")
    logging.getLogger("aiohttp").warning("odd")
    assert older.getvalue() == ""
    assert [line["event"] for line in lines(newer)] == ["started", "odd"]


# --- the standard library's loggers -----------------------------------------------------------


def test_the_libraries_loggers_end_in_the_same_place() -> None:
    """In the same form: message, level, name and extras."""
    stream = io.StringIO()
    configure("json", "info", stream)
    logging.getLogger("aiohttp.server").error("no %s for %d", "answer", 7, extra={"peer": "crm"})
    line = one(stream)
    assert list(line)[:3] == ["timestamp", "level", "event"]
    assert (line["level"], line["event"]) == ("error", "no answer for 7")
    assert (line["logger"], line["peer"]) == ("aiohttp.server", "crm")


@pytest.mark.parametrize("name", [*CHATTY, "apscheduler.scheduler"])
def test_chatty_libraries_are_heard_when_something_is_wrong(name: str) -> None:
    """They would fill the log at its usual level."""
    stream = io.StringIO()
    configure("json", "debug", stream)
    logging.getLogger(name).info("Running job")
    logging.getLogger(name).warning("Job missed")
    assert [line["event"] for line in lines(stream)] == ["Job missed"]


# --- exceptions -------------------------------------------------------------------------------


@pytest.mark.parametrize("logger", [structlog.get_logger("ours"), logging.getLogger("theirs")])
def test_an_exception_is_one_line_of_json(logger: Any) -> None:
    """With its traceback inside: what collects logs must not tear it apart."""
    stream = io.StringIO()
    configure("json", "info", stream)
    try:
        raise ZeroDivisionError("a plugin's mistake")
    except ZeroDivisionError:
        logger.exception("probe_broke")
    line = one(stream)
    assert (line["event"], line["level"]) == ("probe_broke", "error")
    assert line["exception"].startswith("Traceback (most recent call last):\n")
    assert line["exception"].endswith("ZeroDivisionError: a plugin's mistake")


def test_an_exception_that_is_handed_in_is_told_too() -> None:
    """As the daemon does with a task that died."""
    stream = io.StringIO()
    configure("json", "info", stream)
    structlog.get_logger("ours").critical("task_died", exc_info=ValueError("why"))
    assert "ValueError: why" in one(stream)["exception"]


def test_an_exception_is_readable_on_a_terminal(terminal: Terminal) -> None:
    """Over several lines."""
    configure("auto", "info", terminal.stream)
    structlog.get_logger("ours").error("broke", exc_info=ValueError("why"))
    assert "ValueError: why" in terminal.text()


# --- the journal ------------------------------------------------------------------------------


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TextIO]:
    """A stream that systemd says it connected to the journal."""
    with (tmp_path / "journal").open("w+") as stream:
        status = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
        yield stream


def text_of(stream: TextIO) -> str:
    stream.seek(0)
    return stream.read()


@pytest.mark.parametrize(
    ("level", "prefix"),
    [
        ("debug", "<7>"),
        ("info", "<6>"),
        ("warning", "<4>"),
        ("error", "<3>"),
        ("exception", "<3>"),
        ("critical", "<2>"),
    ],
)
@pytest.mark.parametrize("logger", [structlog.get_logger("ours"), logging.getLogger("theirs")])
def test_the_journal_is_told_each_lines_level(
    journal: TextIO, logger: Any, level: str, prefix: str
) -> None:
    """By the number that sd-daemon(3) gives it; an exception is an error."""
    configure("auto", "debug", journal)
    getattr(logger, level)("said")
    text = text_of(journal)
    assert text.startswith(prefix + "{")
    assert json.loads(text.removeprefix(prefix))["event"] == "said"


def test_a_traceback_stays_with_its_level(journal: TextIO) -> None:
    """The journal would take each further line as one of its own, at the usual level."""
    configure("auto", "debug", journal)
    try:
        raise ValueError("two\nlines")
    except ValueError:
        structlog.get_logger("ours").exception("broke")
    assert text_of(journal).count("\n") == 1
    assert text_of(journal).startswith("<3>")


@pytest.mark.parametrize("variable", ["", "1:2", "7", "a:b", "1:2:3", ":"])
def test_another_stream_is_not_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Someone sent stderr elsewhere, or the variable is not systemd's: lines are plain JSON."""
    monkeypatch.setenv("JOURNAL_STREAM", variable)
    with (tmp_path / "file").open("w+") as stream:
        configure("auto", "info", stream)
        structlog.get_logger("ours").info("said")
        assert json.loads(text_of(stream))["event"] == "said"


def test_a_stream_that_is_no_file_is_not_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has neither device nor inode."""
    monkeypatch.setenv("JOURNAL_STREAM", "1:2")
    stream = io.StringIO()
    configure("auto", "info", stream)
    structlog.get_logger("ours").info("said")
    assert one(stream)["event"] == "said"

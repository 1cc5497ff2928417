"""Durations that people write, secrets that nobody sees, and unknown keys that are faults."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from syseventd.settings import (
    LONGEST,
    UNITS,
    Duration,
    SecretFile,
    SecretVariable,
    Settings,
    SourceSettings,
    credentials_directory,
    format_duration,
    parse_duration,
)

CANARY = "canary-5e1f-never-shown"


class Login(Settings):
    password_file: SecretFile | None = None
    password_variable: SecretVariable | None = None
    patience: Duration = 5.0


def fault_of(**values: object) -> str:
    with pytest.raises(ValidationError) as raised:
        Login.model_validate(values)
    return str(raised.value)


# --- durations --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("15s", 15.0),
        ("5m", 300.0),
        ("2h", 7200.0),
        ("30d", 2592000.0),
        ("1w", 604800.0),
        ("250ms", 0.25),
        ("1.5h", 5400.0),
        ("1h30m", 5400.0),
        ("1m500ms", 60.5),
    ],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    """Each unit of the contract, alone and together."""
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("5 minutes", '"5 minutes" is not a duration; write "5m"'),
        ("5m ", '"5m " is not a duration; write "5m"'),
        ("5 min.", '"5 min." is not a duration; write "5m"'),
        ("1.5 Hours", '"1.5 Hours" is not a duration; write "1.5h"'),
        ("20 milliseconds", '"20 milliseconds" is not a duration; write "20ms"'),
        ("20 msec", '"20 msec" is not a duration; write "20ms"'),
        ("3 months", '"3 months" is not a duration; write "90d"'),
        ("2 years", '"2 years" is not a duration; write "730d"'),
        ("60", '"60" is not a duration; write "60s"'),
        ("2.5", '"2.5" is not a duration; write "2.5s"'),
        ("5 fortnights", '"5 fortnights" is not a duration; write "5m"'),
        ("soon", '"soon" is not a duration; write "5m"'),
        ("", '"" is not a duration; write "5m"'),
        ("-5m", '"-5m" is not a duration; write "5m"'),
        ("\u0665m", '"\u0665m" is not a duration; write "5m"'),
        ("999999999 days", '"999999999 days" is not a duration; write "5m"'),
        ("999 years", '"999 years" is not a duration; write "36500d"'),
        (60, '60 is not a duration; write "60s"'),
        (1.5, '1.5 is not a duration; write "1.5s"'),
        (100_000_000, '100000000 is not a duration; write "100000000s"'),
        (0, '0 is not a duration; write "5m"'),
        (-1, '-1 is not a duration; write "5m"'),
        (True, 'True is not a duration; write "5m"'),
        (math.inf, 'inf is not a duration; write "5m"'),
        (math.nan, 'nan is not a duration; write "5m"'),
        (None, 'None is not a duration; write "5m"'),
    ],
)
def test_what_is_no_duration_says_what_to_write(value: object, message: str) -> None:
    """The error quotes what was written and gives the nearest form that is read."""
    with pytest.raises(ValueError, match="is not a duration") as raised:
        parse_duration(value)
    assert str(raised.value) == message


WRITTEN = st.one_of(
    st.text(),
    st.floats(),
    st.integers(),
    st.from_regex(r"[0-9]+(\.[0-9]+)? ?[a-zA-Z]*\.?", fullmatch=True),
)


@given(WRITTEN)
@example("60000000m")
def test_what_the_error_says_to_write_is_a_duration(value: object) -> None:
    """Advice that is refused in its turn would be worse than none."""
    try:
        parse_duration(value)
    except ValueError as error:
        advice = str(error).rpartition(' write "')[2].removesuffix('"')
        assert parse_duration(advice) >= 0
    else:
        assume(False)


@given(st.floats(min_value=1.0, max_value=LONGEST - 1))
def test_a_formatted_duration_reads_as_the_same_to_the_millisecond(seconds: float) -> None:
    """However long it is: no exponent, no "60s"."""
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds, rel=1e-12, abs=6e-4)


@given(st.floats(min_value=0, max_value=1, exclude_max=True))
def test_a_formatted_fraction_of_a_second_reads_as_the_same(seconds: float) -> None:
    """Down to the nanosecond."""
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds, abs=1e-9)


@given(
    st.lists(
        st.tuples(st.integers(0, 500), st.sampled_from(sorted(UNITS))), min_size=1, max_size=10
    )
)
def test_a_sum_of_parts_is_read_and_formatted(parts: list[tuple[int, str]]) -> None:
    """What is written in any units reads as their sum, and so does what we make of it."""
    seconds = parse_duration("".join(f"{number}{unit}" for number, unit in parts))
    assert seconds == pytest.approx(sum(number * UNITS[unit] for number, unit in parts))
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (5400.0, "1h30m"),
        (0.25, "250ms"),
        (0.0, "0ms"),
        (1.5, "1.5s"),
        (60.0, "1m"),
        (59.9999999, "1m"),
        (3599.9999999, "1h"),
        (90061.0, "1d1h1m1s"),
        (LONGEST, "36500d"),
        (86400.0 * 1_234_567, "1234567d"),
    ],
)
def test_a_duration_is_written_in_the_largest_units(seconds: float, text: str) -> None:
    """As people would write it."""
    assert format_duration(seconds) == text


@pytest.mark.parametrize("text", ["36501d", "36500d1ms", "9" * 400 + "s"])
def test_a_duration_has_an_end(text: str) -> None:
    """What lies beyond is a slip of the pen; the error stays short."""
    with pytest.raises(ValueError, match='is too long; at the most write "36500d"') as raised:
        parse_duration(text)
    assert len(str(raised.value)) < 80


@pytest.mark.parametrize("text", ["0s", "0ms", "0h0m", "36501d"])
def test_a_setting_takes_a_length_that_can_be_waited(text: str) -> None:
    """More than zero, and less than for ever."""
    assert "patience" in fault_of(patience=text)


def test_editors_learn_how_a_duration_is_written() -> None:
    """The schema's pattern takes what we take."""
    schema = TypeAdapter(Duration).json_schema()
    assert schema["type"] == "string"
    assert {parse_duration(example) for example in schema["examples"]} == {15, 300, 7200, 2592000}


# --- secrets ----------------------------------------------------------------------------------


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(CANARY + "\n")
    return path


def test_a_secret_is_its_files_text_without_the_line_break(secret: Path) -> None:
    """As editors and `echo` leave it there."""
    login = Login.model_validate({"password_file": str(secret)})
    assert login.password_file is not None
    assert login.password_file.get_secret_value() == CANARY


def test_spaces_belong_to_the_secret(tmp_path: Path) -> None:
    """A password may begin and end with them."""
    path = tmp_path / "password"
    path.write_bytes(b" open sesame \r\n")
    login = Login.model_validate({"password_file": str(path)})
    assert login.password_file is not None
    assert login.password_file.get_secret_value() == " open sesame "


def test_a_relative_secret_is_a_credential_of_systemd(
    secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`LoadCredential=` lays it there."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secret.parent))
    assert credentials_directory() == secret.parent
    login = Login.model_validate({"password_file": "password"})
    assert login.password_file is not None
    assert login.password_file.get_secret_value() == CANARY


def test_a_relative_secret_without_credentials_says_what_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative to what, nobody could tell."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setattr("syseventd.settings.CREDENTIALS", tmp_path)
    assert credentials_directory() is None
    assert (f"names no file in {tmp_path}; put it there, or write an absolute path") in fault_of(
        password_file="password"
    )


def test_a_command_finds_the_credentials_that_systemd_would_lay(
    secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the same configuration can be checked by hand."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setattr("syseventd.settings.CREDENTIALS", secret.parent)
    for name in ("password", "syseventd_password"):
        assert Login.model_validate({"password_file": name}).password_file is not None


def test_a_credential_of_a_folder_has_systemds_name(
    secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`LoadCredential=` of a folder puts its own name before each file's."""
    secret.rename(secret.with_name("syseventd_crm_password"))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secret.parent))
    assert Login.model_validate({"password_file": "crm/password"}).password_file is not None


def test_a_credential_that_systemd_did_not_lay_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where to put it, and that the service must start anew."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    fault = fault_of(password_file="password")
    assert "names no file in /etc/syseventd/credentials, or one that came there after" in fault
    assert "put it there and restart the service" in fault


def test_a_place_where_we_may_not_look_is_told_as_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An administrator without rights sees why, and no traceback."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    name = "x" * 300  # even root can't look for a name as long
    assert "the file that it names can't be read: File name too long" in fault_of(
        password_file=name
    )


def test_a_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting names the variable."""
    monkeypatch.setenv("CRM_PASSWORD", CANARY)
    login = Login.model_validate({"password_variable": "CRM_PASSWORD"})
    assert login.password_variable is not None
    assert login.password_variable.get_secret_value() == CANARY


@pytest.mark.parametrize("content", ["", "\n", "\r\n"])
def test_an_empty_secret_is_a_fault(tmp_path: Path, content: str) -> None:
    """It is a file that someone forgot to fill."""
    path = tmp_path / "password"
    path.write_text(content)
    assert f"{path} is empty" in fault_of(password_file=str(path))


def test_a_secret_that_is_not_there_says_so(tmp_path: Path) -> None:
    """With the path, and why."""
    path = tmp_path / "missing"
    fault = fault_of(password_file=str(path))
    assert "names a file that is not there; see how its path is spelt" in fault
    assert f"{tmp_path} can't be read: Is a directory" in fault_of(password_file=str(tmp_path))


def test_a_secret_that_is_no_text_says_so_and_shows_none_of_it(tmp_path: Path) -> None:
    """Someone named a key in binary form."""
    path = tmp_path / "key.der"
    path.write_bytes(CANARY.encode() + b"\xff\xfe")
    fault = fault_of(password_file=str(path))
    assert f"{path} is not text in UTF-8" in fault
    assert CANARY not in fault


@pytest.mark.parametrize("value", ["", 5, ["x"]])
def test_what_names_no_file_or_variable_is_a_fault(value: object) -> None:
    """The error says what belongs there."""
    assert "names the file that holds the secret" in fault_of(password_file=value)
    assert "names the environment variable" in fault_of(password_variable=value)


def test_a_variable_that_is_not_set_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty one holds no secret either."""
    monkeypatch.delenv("CRM_PASSWORD", raising=False)
    assert "names a variable that the environment does not have" in fault_of(
        password_variable="CRM_PASSWORD"
    )
    monkeypatch.setenv("CRM_PASSWORD", "")
    assert "names a variable that the environment does not have" in fault_of(
        password_variable="CRM_PASSWORD"
    )


def test_a_secret_is_shown_nowhere(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not to programmers, not in dumps, not in JSON."""
    monkeypatch.setenv("CRM_PASSWORD", CANARY)
    login = Login.model_validate(
        {"password_file": str(secret), "password_variable": "CRM_PASSWORD"}
    )
    shown = (repr(login), str(login), str(login.model_dump()), login.model_dump_json())
    assert not [text for text in shown if CANARY in text]
    assert "**********" in login.model_dump_json()


def test_a_secret_is_not_in_the_errors_of_its_neighbours(
    secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another key's fault shows what was written, never what was read."""
    monkeypatch.setenv("CRM_PASSWORD", CANARY)
    values = {"password_file": str(secret), "password_variable": "CRM_PASSWORD", "pasword": 1}
    with pytest.raises(ValidationError) as raised:
        Login.model_validate(values)
    shown = (str(raised.value), raised.value.json(), str(raised.value.errors()))
    assert not [text for text in shown if CANARY in text]


def test_a_new_secret_makes_new_settings(secret: Path) -> None:
    """So a reload sees that a password was changed."""
    before = Login.model_validate({"password_file": str(secret)})
    assert before == Login.model_validate({"password_file": str(secret)})
    secret.write_text("another")
    assert before != Login.model_validate({"password_file": str(secret)})


def test_editors_learn_that_names_are_written_and_not_secrets() -> None:
    """In the schema a secret's file is plain text, neither a password nor write-only."""
    text = json.dumps(Login.model_json_schema())
    assert "writeOnly" not in text
    assert '"format": "password"' not in text


# --- settings classes -------------------------------------------------------------------------


def test_an_unknown_key_is_a_fault() -> None:
    """A slip of the pen must not be ignored."""
    assert "Extra inputs are not permitted" in fault_of(patence="5s")


def test_settings_are_immutable() -> None:
    """A reload replaces them whole."""
    with pytest.raises(ValidationError, match="frozen"):
        Login().patience = 3.0  # type: ignore[misc]


def test_a_source_is_watched_unless_told_otherwise() -> None:
    """All else is left to the source's and the daemon's defaults."""
    settings = SourceSettings()
    assert settings.enabled
    assert (settings.interval, settings.timeout, settings.stale_after) == (None, None, None)


def test_the_environment_is_left_alone(secret: Path) -> None:
    """Reading secrets sets no variable that a child process would inherit."""
    before = dict(os.environ)
    Login.model_validate({"password_file": str(secret)})
    assert dict(os.environ) == before


@pytest.mark.parametrize("laid", [True, False])
@pytest.mark.parametrize("key", ["password_file", "password_variable"])
@pytest.mark.parametrize("secret", ["hunter2!", "/hunter2!", "hunter2!" * 99])
def test_a_secret_where_its_place_should_be_is_not_repeated(
    key: str, secret: str, laid: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People write the password itself there; the fault would show it in logs and mails."""
    if laid:
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    else:
        monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(ValidationError) as raised:
        Login.model_validate({key: secret})
    (fault,) = raised.value.errors()
    assert "hunter2" not in fault["msg"]

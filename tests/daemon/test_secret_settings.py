"""Secrets in settings: where they are read from, and that nothing shows them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from syseventd.settings import SecretFile, SecretVariable, Settings, credentials_directory

CANARY = "canary-5e1f-never-shown"


class Login(Settings):
    password_file: SecretFile | None = None
    password_variable: SecretVariable | None = None


def fault_of(**values: object) -> str:
    with pytest.raises(ValidationError) as raised:
        Login.model_validate(values)
    return str(raised.value)


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

"""Where a secret is read from, and what is said when it isn't there."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from syseventd.settings import SecretFile, SecretVariable, Settings


class Login(Settings):
    """Settings with secrets."""

    password_file: SecretFile | None = None
    password_env: SecretVariable | None = None


def _read(name: object) -> str:
    secret = Login.model_validate({"password_file": name}).password_file
    assert secret is not None
    return secret.get_secret_value()


def _refusal(**values: object) -> str:
    with pytest.raises(ValidationError) as caught:
        Login.model_validate(values)
    return str(caught.value.errors()[0]["ctx"]["error"])


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """systemd's credentials directory, empty."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    return tmp_path


def test_absolute_path_is_read(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("p ä\n")
    assert _read(str(tmp_path / "password")) == "p ä"


def test_one_line_break_at_the_end_does_not_count(tmp_path: Path) -> None:
    """Editors add it; spaces and further lines belong to the secret."""
    (tmp_path / "password").write_bytes(b" a\nb \r\n")
    assert _read(str(tmp_path / "password")) == " a\nb "


def test_credential_is_found_by_its_own_name(credentials: Path) -> None:
    (credentials / "crm-password").write_text("one")
    (credentials / "syseventd_crm-password").write_text("other")
    assert _read("crm-password") == "one"


def test_credential_of_a_loaded_folder_is_found(credentials: Path) -> None:
    """LoadCredential=syseventd:/etc/syseventd/credentials lays each file as syseventd_NAME."""
    (credentials / "syseventd_crm-password").write_text("other")
    assert _read("crm-password") == "other"


def test_credential_of_a_folder_below_is_found(credentials: Path) -> None:
    """systemd writes _ for each / of what is below a loaded folder."""
    (credentials / "syseventd_crm_password").write_text("below")
    assert _read("crm/password") == "below"


def test_command_by_hand_reads_whence_systemd_takes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`syseventd check-config` in a shell sees what the service would see."""
    (tmp_path / "crm-password").write_text("by hand")
    monkeypatch.setattr("syseventd.settings.CREDENTIALS", tmp_path)
    assert _read("crm-password") == "by hand"


def test_credential_that_is_not_there_says_where_to_put_it(credentials: Path) -> None:
    assert _refusal(password_file="crm-password") == (
        "names no file in /etc/syseventd/credentials, or one that came there after the start; "
        "put it there and restart the service, or write an absolute path"
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", "is empty"), (b"\n", "is empty"), (b"\xff", "is not text in UTF-8")],
)
def test_file_that_holds_no_secret(content: bytes, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_bytes(content)
    assert _refusal(password_file=str(path)) == f"{path} {problem}"


def test_folder_is_no_secret(tmp_path: Path) -> None:
    assert _refusal(password_file=str(tmp_path)) == f"{tmp_path} can't be read: Is a directory"


@pytest.mark.parametrize("name", ["", "a\0b", 5, True, ["a"]])
def test_what_is_no_name_of_a_file(name: object) -> None:
    assert _refusal(password_file=name) == "names the file that holds the secret"


def test_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_PASSWORD", "from the environment")
    secret = Login.model_validate({"password_env": "CRM_PASSWORD"}).password_env
    assert secret is not None
    assert secret.get_secret_value() == "from the environment"


@pytest.mark.parametrize("name", ["", 5, None.__class__])
def test_what_is_no_name_of_a_variable(name: object) -> None:
    expected = "names the environment variable that holds the secret"
    assert _refusal(password_env=name) == expected


def test_variable_that_is_not_there() -> None:
    expected = "names a variable that the environment does not have"
    assert _refusal(password_env="SYSEVENTD_NOT_SET") == expected


def test_secret_is_not_shown_by_its_settings(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hunter2")
    login = Login.model_validate({"password_file": str(tmp_path / "password")})
    assert "hunter2" not in f"{login} {login!r} {login.model_dump()} {login.model_dump_json()}"

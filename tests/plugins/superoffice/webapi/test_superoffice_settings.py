"""What the configuration of an installation may say, and what a fault says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from syseventd.settings import SourceSettings
from syseventd_superoffice.auth_settings import BasicAuth
from syseventd_superoffice.settings import SuperOfficeSettings, sooner

AUTH = {"method": "basic", "user": "monitor", "password_env": "CRM_PASSWORD"}
SECRET = "hunter2-canary"

CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIBejCCAR+gAwIBAgIUcvsXvpyq8DM0uNc0pgT7jzBvYbMwCgYIKoZIzj0EAwIw
-----END CERTIFICATE-----
"""


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_PASSWORD", SECRET)


def _fault(**block: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        SuperOfficeSettings.model_validate({"url": "https://crm.example.com", "auth": AUTH} | block)
    assert SECRET not in str(caught.value)
    return str(caught.value.errors()[0]["msg"])


def test_a_slash_at_the_end_of_the_url_does_no_harm() -> None:
    """Addresses are kept without a slash at their end."""
    read = SuperOfficeSettings.model_validate(
        {"url": "https://CRM.example.com/SuperOffice/", "auth": AUTH}
    )
    assert read.url == "https://crm.example.com/SuperOffice"
    assert (read.language, read.ca_file) == ("en", None)


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.7:8080/SuperOffice",
        "https://[2001:db8::7]/SuperOffice",
        "http://crm",
        "https://crm-1.example.com.",
        "https://crm_1.example.com",
        "https://1.crm2",
    ],
)
def test_any_name_or_number_of_a_host_will_do(url: str) -> None:
    """Short names, names with a dot at their end or an underscore, and IP addresses."""
    assert SuperOfficeSettings.model_validate({"url": url, "auth": AUTH}).url == url


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"https://monitor:{SECRET}@crm.example.com", "can't hold a user"),
        (f"https://monitor:12/{SECRET}@crm.example.com", "can't hold a user"),
        ("ftp://crm.example.com", "is no http"),
        ("crm.example.com", "is no http"),
        ("https://crm.example.com:99999", "is no http"),
        ("https://crm.example.com:0", "is no http"),
        ("http:///SuperOffice", "is no http"),
        ("https://crm..example.com", "is no http"),
        (f"https://{'crm' * 22}.example.com", "is no http"),
        ("https://192.0.2.1.7/SuperOffice", "is no http"),
        ("https://crm.example.com/Super Office", "is no http"),
        ("https://crm.example.com?a=b", "leave out"),
        ("https://crm.example.com/SuperOffice#x", "leave out"),
        ("https://crm.example.com/SuperOffice/api/v1/", "ends before"),
        ("https://crm.example.com/\r\nX: y", "plain characters"),
        ("https://crm.exämple.com", "plain characters"),
        (7, "plain characters"),
    ],
)
def test_a_bad_url_is_a_fault_that_says_what_to_write(url: object, said: str) -> None:
    """The fault tells what is wrong with the address, and never repeats it."""
    assert said in _fault(url=url)


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        ({"password_env": None}, "exactly one of password_file and password_env"),
        ({"password_file": "here"}, "exactly one of password_file and password_env"),
        ({"user": "a:b"}, 'can\'t hold ":"'),
        ({"user": "a\nb"}, 'can\'t hold ":"'),
        ({"user": ""}, "at least 1 character"),
        ({"method": "kerberos"}, "Input tag 'kerberos' found using 'method'"),
        ({"password": SECRET}, "Extra inputs are not permitted"),
    ],
)
def test_a_bad_login_is_a_fault(tmp_path: Path, auth: dict[str, Any], said: str) -> None:
    """Each way to get the login wrong is told apart."""
    if "password_file" in auth:
        file = tmp_path / "password"
        file.write_text(SECRET)
        auth = {"password_file": str(file)}
    assert said in _fault(auth=AUTH | auth)


def test_the_password_comes_from_a_file(tmp_path: Path) -> None:
    """A file's last line break is no part of the password."""
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\n")
    auth = BasicAuth.model_validate(
        {"method": "basic", "user": "monitor", "password_file": str(file)}
    )
    assert auth.password.get_secret_value() == SECRET
    assert SECRET not in repr(auth)


@pytest.mark.parametrize("language", ["", "english", "en\r\nX: y", "en_GB"])
def test_a_language_that_is_none_is_a_fault(language: str) -> None:
    """Only what can stand in a header passes."""
    assert "should match pattern" in _fault(language=language)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.pem", None, "No such file"),
        ("words.pem", "no certificate", "holds no certificate in PEM"),
        ("umlaut.pem", "ä", "holds no certificate in PEM"),
        ("broken.pem", CERTIFICATE, "holds no certificate in PEM"),
    ],
)
def test_a_bad_ca_file_is_a_fault(
    tmp_path: Path, name: str, content: str | None, said: str
) -> None:
    """The file is read when the configuration is, and the fault names it."""
    file = tmp_path / name
    if content is not None:
        file.write_text(content, encoding="utf-8")
    fault = _fault(ca_file=str(file))
    assert said in fault
    assert name in fault


@pytest.mark.parametrize("path", ["ca.pem", 5])
def test_a_ca_file_is_an_absolute_path(path: object) -> None:
    """A relative path would depend on where the daemon was started."""
    assert "is no absolute path" in _fault(ca_file=path)


def test_a_ca_file_is_kept_as_its_text(tmp_path: Path, authority: Any) -> None:
    """What is trusted later is what was checked, whatever happens to the file."""
    file = tmp_path / "ca.pem"
    file.write_text(authority.pem, encoding="ascii")
    read = SuperOfficeSettings.model_validate(
        {"url": "https://crm.example.com", "auth": AUTH, "ca_file": str(file)}
    )
    assert read.ca_file == authority.pem


@pytest.mark.parametrize(
    ("interval", "wish"), [(None, 15.0), ("60s", 15.0), ("15s", None), ("2s", None)]
)
def test_a_wish_to_be_asked_sooner_never_slows_a_source_down(
    interval: str | None, wish: float | None
) -> None:
    """Who configured a shorter interval gets it, also while something is active."""
    settings = SourceSettings.model_validate({"interval": interval} if interval else {})
    assert sooner(15.0, settings) == wish

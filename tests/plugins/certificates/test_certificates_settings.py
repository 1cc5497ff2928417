"""What may be written in a target's block, and what is said of the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from syseventd_certificates.settings import (
    CertificatesSettings,
    Endpoint,
    parse_endpoint,
)

CANARY = "canary-in-the-mine"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("crm.example.com:8443", "crm.example.com:8443"),
        ("CRM.example.com", "crm.example.com:443"),
        ("192.0.2.7", "192.0.2.7:443"),
        ("[2001:db8::1]", "[2001:db8::1]:443"),
        ("[::1]:8443", "[::1]:8443"),
        ("bücher.example:1", "bücher.example:1"),
    ],
)
def test_an_endpoint_reads_with_and_without_a_port(text: str, name: str) -> None:
    """Every spelling of an endpoint has one name."""
    assert str(parse_endpoint(text)) == name


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("https://crm.example.com/x", 'is a URL; write "crm.example.com"'),
        ("https:///", 'is a URL; write "host:port"'),
        ("::1", 'needs brackets; write "[::1]:443"'),
        ("[crm]:443", "has no IPv6 address in its brackets"),
        ("[127.0.0.1]:443", "has no IPv6 address in its brackets"),
        ("[fe80::1%\n]:443", "has no IPv6 address in its brackets"),
        ("[fe80::1%\0]:443", "has no IPv6 address in its brackets"),
        ("crm:0", "has no port from 1 to 65535"),
        ("crm:65536", "has no port from 1 to 65535"),
        ("crm:", "has no port from 1 to 65535"),
        ("crm:https", "has no port from 1 to 65535"),
        ("crm:443:1", "has no port from 1 to 65535"),
        (":443", "does not begin with a host name"),
        ("a b:443", "does not begin with a host name"),
        ("a..b:443", "does not begin with a host name"),
        ("x" * 64 + ":443", "does not begin with a host name"),
        ("", "is not an endpoint"),
        (443, "443 is not an endpoint"),
    ],
)
def test_a_wrong_endpoint_says_what_to_write(value: object, problem: str) -> None:
    """The fault names the value and what is wrong with it."""
    with pytest.raises(ValidationError) as caught:
        CertificatesSettings.model_validate({"endpoints": [value]})
    (fault,) = caught.value.errors()
    assert problem in fault["msg"]
    assert fault["loc"] == ("endpoints", 0)


@given(st.text())
def test_any_text_is_an_endpoint_or_a_fault(text: str) -> None:
    """No text makes anything but an endpoint, whose own name reads back, or a ValueError."""
    try:
        endpoint = parse_endpoint(text)
    except ValueError:
        return
    assert parse_endpoint(str(endpoint)) == endpoint


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ({"paths": ["certs"]}, '"certs" is relative; write an absolute path'),
        ({"paths": ["~/certs"]}, "is relative"),
        ({"paths": [""]}, "is not a path"),
        ({"paths": ["/a\0b"]}, "is not a path"),
        ({"paths": [7]}, "7 is not a path"),
        ({}, "nothing to watch; name at least one of paths or endpoints"),
        ({"paths": ["/a"], "warn_before": "30"}, 'write "30s"'),
        ({"paths": ["/a"], "server": "x"}, "not permitted"),
    ],
)
def test_a_wrong_block_says_what_is_wrong(block: dict[str, Any], problem: str) -> None:
    """Each fault of the block is told in words."""
    with pytest.raises(ValidationError, match=problem):
        CertificatesSettings.model_validate(block)


def test_a_path_is_written_in_one_way() -> None:
    """Slashes that add nothing are dropped: the path is a name."""
    assert CertificatesSettings.model_validate({"paths": ["/etc//ssl/./x/"]}).paths == (
        "/etc/ssl/x",
    )


def test_the_password_comes_from_a_file(tmp_path: Path) -> None:
    """The file's text without its line break is the password, and is shown nowhere."""
    (tmp_path / "password").write_text("cänary\n", encoding="utf-8")
    settings = CertificatesSettings.model_validate(
        {"paths": ["/a"], "password_file": str(tmp_path / "password")}
    )
    assert settings.password == "cänary".encode()
    assert "cänary" not in repr(settings)


def test_the_password_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The named variable holds the password."""
    monkeypatch.setenv("P12_PASSWORD", "canary")
    settings = CertificatesSettings.model_validate(
        {"paths": ["/a"], "password_env": "P12_PASSWORD"}
    )
    assert settings.password == b"canary"


def fault_of(**block: str) -> str:
    with pytest.raises(ValidationError) as caught:
        CertificatesSettings.model_validate({"paths": ["/a"], **block})
    (fault,) = caught.value.errors()
    return fault["msg"]


@pytest.mark.parametrize("credentials", [None, "/nowhere"])
@pytest.mark.parametrize("key", ["password_file", "password_env"])
@pytest.mark.parametrize(
    "value", [CANARY, f"/{CANARY}", f"/x/{CANARY}", f"/{CANARY}\0", CANARY * 99]
)
def test_a_password_in_place_of_its_name_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, credentials: str | None, key: str, value: str
) -> None:
    """The fault is printed, logged and shown; it says what is wrong without the value."""
    if credentials is None:
        monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    else:
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", credentials)
    assert CANARY not in fault_of(**{key: value})


def test_a_password_file_that_is_there_is_named(tmp_path: Path) -> None:
    """Then the value is no password, and the reason is what the administrator needs."""
    (tmp_path / "empty").touch()
    assert fault_of(password_file=str(tmp_path)).endswith(
        f"{tmp_path} can't be read: Is a directory"
    )
    assert fault_of(password_file=f"{tmp_path}/empty").endswith("/empty is empty")


@pytest.mark.parametrize("file", ["p12", "syseventd_p12"])
def test_a_credential_that_is_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    """Under its own name, or under that of a folder's file."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / file).touch()
    assert fault_of(password_file="p12").endswith(f"{tmp_path}/{file} is empty")


def test_two_passwords_are_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of the two could only be forgotten."""
    monkeypatch.setenv("P12_PASSWORD", "canary")
    (tmp_path / "password").write_text("canary")
    block = {
        "paths": ["/a"],
        "password_env": "P12_PASSWORD",
        "password_file": str(tmp_path / "password"),
    }
    with pytest.raises(ValidationError, match="both given; keep one"):
        CertificatesSettings.model_validate(block)


def test_a_host_is_told_whom_we_look_for_and_an_address_is_not() -> None:
    """SNI knows names only."""
    assert Endpoint("crm.example.com", 443).server_name == "crm.example.com"
    assert Endpoint("::1", 443).server_name is None
    assert Endpoint("crm.example.com.", 443).server_name == "crm.example.com"  # RFC 6066


def test_the_schema_tells_editors_what_to_write() -> None:
    """Paths and endpoints are lists of text, with examples."""
    properties = TypeAdapter(CertificatesSettings).json_schema()["properties"]
    assert properties["endpoints"]["items"]["type"] == "string"
    assert properties["paths"]["items"]["pattern"] == "^/"

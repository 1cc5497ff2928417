"""What the configuration of an online tenant may say, and what a fault says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from syseventd_superoffice.settings import SuperOfficeSettings

SECRET = "hunter2-canary"
BASIC = {"method": "basic", "user": "monitor", "password_env": "SECRET"}
TICKET = {"method": "ticket", "ticket_env": "SECRET"}
BEARER = {
    "method": "bearer",
    "client_id": "c1",
    "client_secret_env": "SECRET",
    "refresh_token_env": "SECRET",
}
UNFIT = (
    "holds spaces, line breaks or other characters that none of its kind has; "
    "write it alone, on one line"
)
SYSTEM_USER = {
    "method": "system-user",
    "system_token_env": "SECRET",
    "private_key_env": "KEY",
    "client_secret_env": "SECRET",
}


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch, application_key: Any) -> None:
    monkeypatch.setenv("SECRET", SECRET)
    monkeypatch.setenv("KEY", application_key.pem)
    monkeypatch.setenv("SPACED", f"{SECRET} with spaces")
    monkeypatch.setenv("LINES", f"{SECRET}\nline")


def read(**block: Any) -> SuperOfficeSettings:
    given = {"tenant": "Cust12345", "auth": SYSTEM_USER} | block
    return SuperOfficeSettings.model_validate({k: v for k, v in given.items() if v is not ...})


def fault(**block: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        read(**block)
    assert SECRET not in str(caught.value)
    [first, *_] = caught.value.errors()
    return str(first["msg"]).removeprefix("Value error, ")


@pytest.mark.parametrize("auth", [TICKET, BEARER, SYSTEM_USER])
def test_a_tenant_needs_its_name_and_a_login(auth: dict[str, Any]) -> None:
    """No address: SuperOffice says where it is."""
    settings = read(auth=auth)
    assert (settings.url, settings.tenant) == (None, "Cust12345")
    assert settings.login_host == "https://online.superoffice.com"
    assert settings.issuer == "https://online.superoffice.com"
    assert settings.windows == ("nightly",)
    assert SECRET not in repr(settings)
    assert "PRIVATE KEY" not in repr(settings)


@pytest.mark.parametrize("environment", ["sod", "qaonline", "online"])
def test_each_environment_has_its_login_host(environment: str) -> None:
    """Development, stage and production."""
    assert read(environment=environment).login_host == f"https://{environment}.superoffice.com"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080",
        "https://localhost:8443/x",
        "http://[::1]:81",
        "https://sod.superoffice.com",
    ],
)
def test_another_login_host(url: str) -> None:
    """On this machine, for tests; or one of SuperOffice's."""
    settings = read(login_url=f"{url}/", environment="sod")
    assert settings.login_host == url
    assert settings.issuer == "https://sod.superoffice.com"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example",
        "http://sod.superoffice.com",
        "https://sod.superoffice.com.evil.example",
        "http://192.0.2.1",
    ],
)
def test_a_login_host_of_somebody_else(url: str) -> None:
    """Secrets go nowhere else."""
    assert fault(login_url=url) == (
        "is neither https://….superoffice.com nor on this machine, such as "
        '"http://127.0.0.1:8080"; secrets go nowhere else'
    )


def test_windows_are_what_is_named() -> None:
    """An empty list means none at all."""
    assert read(maintenance=[]).windows == ()
    assert read(maintenance=["weekend", "upgrade"]).windows == ("weekend", "upgrade")
    assert "Input should be 'nightly', 'weekend', 'patching' or 'upgrade'" in fault(
        maintenance=["always"]
    )


URL = "https://crm.example.com"


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (
            {"url": URL},
            "url: SuperOffice itself says where a tenant is; leave out url, or tenant",
        ),
        (
            {"auth": BASIC},
            'auth: SuperOffice Online takes no password; write method = "system-user", '
            '"bearer" or "ticket"',
        ),
        (
            {"tenant": ..., "auth": BASIC},
            'needs url = "https://crm.example.com/SuperOffice" (onsite) or '
            'tenant = "Cust12345" (SuperOffice Online); '
            "a block database can stand in the place of url",
        ),
        (
            {"tenant": ..., "url": URL},
            'auth: method = "system-user" is SuperOffice Online\'s; write tenant instead of url, '
            'or method = "basic" or "ticket"',
        ),
        (
            {"tenant": ..., "url": URL, "auth": BEARER},
            'auth: method = "bearer" is SuperOffice Online\'s; write tenant instead of url, '
            'or method = "basic" or "ticket"',
        ),
        (
            {"tenant": ..., "url": URL, "auth": TICKET, "environment": "sod"},
            "environment: is for SuperOffice Online alone; it needs tenant",
        ),
        (
            {"tenant": ..., "url": URL, "auth": TICKET, "maintenance": ["nightly"]},
            "maintenance: is for SuperOffice Online alone; it needs tenant",
        ),
        (
            {"tenant": ..., "url": URL, "auth": TICKET, "login_url": "http://127.0.0.1"},
            "login_url: is for SuperOffice Online alone; it needs tenant",
        ),
    ],
)
def test_what_does_not_fit_together(block: dict[str, Any], said: str) -> None:
    """Each fault says what to write instead."""
    assert fault(**block) == said


@pytest.mark.parametrize(
    ("url", "write"),
    [
        ("https://online3.superoffice.com/Cust12345", 'tenant = "Cust12345"'),
        ("https://online.superoffice.com/cust98/default.aspx", 'tenant = "Cust12345"'),
        ("http://ONLINE3.SuperOffice.com./Cust98765/api/", 'tenant = "Cust98765"'),
        ("https://superoffice.com", 'tenant = "Cust12345"'),
        ("https://sod2.superoffice.com:8443/Cust7", 'tenant = "Cust7" and environment = "sod"'),
        (
            "https://qaonline.superoffice.com/CS/CS.svc",
            'tenant = "Cust12345" and environment = "qaonline"',
        ),
    ],
)
def test_an_address_of_a_tenant_is_none_of_an_installation(url: str, write: str) -> None:
    """People copy it from their browser: it says which tenant to write."""
    said = fault(tenant=..., url=url, auth=TICKET)
    assert said == f"is an address of SuperOffice Online; write {write} in its place"


@pytest.mark.parametrize(
    "url", ["https://crm.notsuperoffice.com", "https://superoffice.com.example.com/Cust12345"]
)
def test_an_address_that_only_sounds_so_is_taken(url: str) -> None:
    """What counts is whose name it is."""
    assert read(tenant=..., url=url, auth=TICKET).url == url


def test_onsite_takes_a_ticket_too() -> None:
    """And has no windows."""
    settings = read(tenant=..., url=URL, auth=TICKET)
    assert (settings.url, settings.windows) == (URL, ())


@pytest.mark.parametrize(
    "tenant", ["", "12345", "Cust/../x", "Cust 1", "C" * 60, "Cüst1", "Cust1\n"]
)
def test_a_tenant_that_is_none(tenant: str) -> None:
    """Only what can stand in an address passes."""
    said = 'is no context identifier; write letters and digits, as in "Cust12345"'
    assert fault(tenant=tenant) == said


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        (
            SYSTEM_USER | {"private_key_env": ...},
            "needs exactly one of private_key_file and private_key_env",
        ),
        (
            SYSTEM_USER | {"private_key_env": "SECRET"},
            "private_key_env: the variable SECRET holds no private RSA key in PEM "
            "(without a passphrase) or in .NET's XML",
        ),
        (
            SYSTEM_USER | {"system_token_env": ...},
            "needs exactly one of system_token_file and system_token_env",
        ),
        (
            SYSTEM_USER | {"system_token_env": "LINES"},
            "system_token_env: the variable LINES holds line breaks or other control characters; "
            "write it alone, on one line",
        ),
        (
            SYSTEM_USER | {"client_secret_env": ...},
            "needs exactly one of client_secret_file and client_secret_env",
        ),
        (
            SYSTEM_USER | {"client_secret_env": "SPACED"},
            f"client_secret_env: the variable SPACED {UNFIT}",
        ),
        (
            BEARER | {"refresh_token_env": ...},
            "needs exactly one of refresh_token_file and refresh_token_env",
        ),
        (
            BEARER | {"refresh_token_env": "SPACED"},
            f"refresh_token_env: the variable SPACED {UNFIT}",
        ),
        (BEARER | {"client_id": "a b"}, "String should match pattern '^[!-~]+$'"),
        (TICKET | {"ticket_env": ...}, "needs exactly one of ticket_file and ticket_env"),
        (
            TICKET | {"ticket_env": "LINES"},
            f"ticket_env: the variable LINES {UNFIT}",
        ),
        (
            TICKET | {"client_secret_env": "SPACED"},
            f"client_secret_env: the variable SPACED {UNFIT}",
        ),
        (
            TICKET | {"client_secret_env": "SECRET", "client_secret_file": "/there"},
            "needs exactly one of client_secret_file and client_secret_env",
        ),
    ],
)
def test_a_login_that_lacks_something(tmp_path: Path, auth: dict[str, Any], said: str) -> None:
    """Each way to get a login wrong is told apart, and shows no secret."""
    auth = {key: value for key, value in auth.items() if value is not ...}
    if "client_secret_file" in auth:
        file = tmp_path / "secret"
        file.write_text(SECRET)
        auth["client_secret_file"] = str(file)
    assert fault(auth=auth) == said


@pytest.mark.parametrize(
    ("login", "key"),
    [
        (SYSTEM_USER, "private_key"),
        (SYSTEM_USER, "system_token"),
        (SYSTEM_USER, "client_secret"),
        (BEARER, "refresh_token"),
        (TICKET, "ticket"),
    ],
)
def test_a_file_that_holds_no_such_secret_is_named(
    tmp_path: Path, login: dict[str, Any], key: str
) -> None:
    """The path and the key that names it, never the content."""
    file = tmp_path / "secret"
    file.write_text(f"{SECRET} and\nmore")
    auth = {name: value for name, value in login.items() if name != f"{key}_env"}
    assert fault(auth=auth | {f"{key}_file": str(file)}).startswith(f"{key}_file: {file} holds ")


@pytest.mark.parametrize("types", [["contact", "a b"], [""], [7], ["x" * 60], ["a"] * 21])
def test_types_of_status_monitors_are_names(types: list[Any]) -> None:
    """They are sent to the installation as they are."""
    assert "should" in fault(status_monitor_types=types)

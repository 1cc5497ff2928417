"""Where our login may go online: to SuperOffice's own hosts, or to this machine in tests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from syseventd_superoffice.hosts import endpoint_of, is_loopback, is_vendors

ONLINE = "https://online.superoffice.com"
HERE = "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("told", "base"),
    [
        ("https://online2.superoffice.com/Cust12345", "https://online2.superoffice.com/Cust12345"),
        ("https://App.SuperOffice.com/cust12345/", "https://app.superoffice.com/cust12345"),
        (
            "https://disasterrecovery.superoffice.com/Cust12345/api/",
            "https://disasterrecovery.superoffice.com/Cust12345",
        ),
        (
            "https://eu.app.superoffice.com:443/Cust12345",
            "https://eu.app.superoffice.com/Cust12345",
        ),
        (" https://app.superoffice.com/Cust12345 ", "https://app.superoffice.com/Cust12345"),
    ],
)
def test_endpoints_of_a_tenant(told: str, base: str) -> None:
    """Any subdomain of SuperOffice's, with the tenant's own name as its path."""
    assert endpoint_of(told, "Cust12345", ONLINE) == base


@pytest.mark.parametrize(
    "told",
    [
        "http://online2.superoffice.com/Cust12345",
        "https://superoffice.com/Cust12345",
        "https://evilsuperoffice.com/Cust12345",
        "https://superoffice.com.evil.example/Cust12345",
        "https://online2.superoffice.com.evil.example/Cust12345",
        "https://online2.superoffice.com@evil.example/Cust12345",
        "https://user:pw@online2.superoffice.com/Cust12345",
        "https://online2.superoffice.com:8443/Cust12345",
        "https://online2.superoffice.com/Cust99999",
        "https://online2.superoffice.com/Cust12345/../Cust99999",
        "https://online2.superoffice.com/Cust12345%2f..%2fCust99999",
        "https://online2.superoffice.com/x/Cust12345",
        "https://online2.superoffice.com/Cust12345?x=1",
        "https://online2.superoffice.com/Cust12345#x",
        "https://online2.superoffice.com/",
        "https://online2.superoffice.cöm/Cust12345",
        "https://evil.example#.superoffice.com/Cust12345",
        "https://evil.example\\.superoffice.com/Cust12345",
        "http://127.0.0.1/Cust12345",
        "ftp://online2.superoffice.com/Cust12345",
        "online2.superoffice.com/Cust12345",
        "https://[/Cust12345",
        "",
        "https://online2.superoffice.com/" + "x" * 9_000,
        7,
        None,
    ],
)
def test_addresses_that_a_reply_made_up(told: object) -> None:
    """Our login goes to none of them."""
    assert endpoint_of(told, "Cust12345", ONLINE) is None


def test_a_login_host_on_this_machine_has_its_tenants_here() -> None:
    """A simulator's tenants are where it is, and nowhere else."""
    assert endpoint_of(f"{HERE}/Cust1", "Cust1", HERE) == f"{HERE}/Cust1"
    assert endpoint_of("http://localhost:9/Cust1", "Cust1", HERE) == "http://localhost:9/Cust1"
    assert endpoint_of("https://app.superoffice.com/Cust1", "Cust1", HERE) is None
    assert endpoint_of("http://192.0.2.1/Cust1", "Cust1", HERE) is None


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1", True),
        ("http://127.8.9.1:80", True),
        ("https://[::1]:5", True),
        ("http://localhost", True),
        ("http://u@localhost", False),
        ("http://localhost.evil.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://10.0.0.1", False),
        ("ftp://127.0.0.1", False),
        ("http:///x", False),
    ],
)
def test_this_machine(url: str, loopback: bool) -> None:
    """Numbers of this machine, and the one name that always means it."""
    assert is_loopback(URL(url)) is loopback


@given(st.from_regex(r"[a-z0-9.@:/\\\[\]%#?-]{0,40}", fullmatch=True))
def test_whatever_is_believed_is_superoffices(text: str) -> None:
    """However an address is made up, it leads to the tenant at SuperOffice's, or nowhere."""
    for told in (text, f"https://{text}.superoffice.com/cust1", f"https://{text}/cust1"):
        base = endpoint_of(told, "cust1", ONLINE)
        if base is not None:
            url = URL(base)
            assert is_vendors(url)
            assert url.path == "/cust1"
            assert "@" not in base

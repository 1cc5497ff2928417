"""What a login host says, fit to be shown: without our secrets, short, and never half a book."""

from __future__ import annotations

from typing import Any

import pytest

from syseventd_superoffice.redaction import Secrets
from syseventd_superoffice.webapi.login_host import LONGEST_WORDS, LoginHost

SECRET = "canary-4711"


@pytest.fixture
def host() -> LoginHost:
    """One that is asked nothing."""
    wire: Any = None
    return LoginHost(wire, "https://online.superoffice.com", Secrets(SECRET))


def test_a_value_is_shown_without_a_secret_that_the_end_would_cut(host: LoginHost) -> None:
    """Half a secret is one too."""
    assert host.shown("x" * 52 + SECRET) == '"' + "x" * 52 + '…"'


def test_a_value_that_is_no_text_is_shown_as_json_writes_it(host: LoginHost) -> None:
    """There is nothing of ours in it."""
    assert host.shown(7) == "7"


def test_of_a_book_nothing_is_shown(host: LoginHost) -> None:
    """To look through it for secrets would hold up everybody."""
    longest = "x" * LONGEST_WORDS
    assert host.shown(longest).startswith('"xxx')
    assert host.shown(f"{longest}x") == '"…"'
    assert host.quote(f"{longest}x") == ""

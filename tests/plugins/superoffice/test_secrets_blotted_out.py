"""What must not be shown is blotted out of what strangers say: what lasts, and what was given."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd_superoffice.redaction import LONGEST_PASSING, MOST_CHARACTERS, MOST_PASSING, Secrets

SECRET = "canary-4711"


def test_what_lasts_and_what_was_given() -> None:
    """Both are blotted out; nothing else is."""
    secrets = Secrets("first-secret")
    secrets.keep("second-secret")
    secrets.add("given-secret")
    said = "first-secret, second-secret; given-secret. And so on"
    assert secrets.redact(said) == "…, …; …. And so on"


def test_the_oldest_that_was_given_is_forgotten() -> None:
    """Tickets come and go; those that are configured stay."""
    secrets = Secrets("lasting-secret")
    for number in range(MOST_PASSING + 1):
        secrets.add(f"given-secret-{number:03}")
    assert secrets.redact("given-secret-000 given-secret-001") == "given-secret-000 …"
    assert secrets.redact("lasting-secret") == "…"


def test_the_same_that_was_given_again_takes_no_place() -> None:
    """A login that is renewed with the same ticket pushes nothing out."""
    secrets = Secrets()
    secrets.add("given-secret-a")
    for _ in range(MOST_PASSING + 1):
        secrets.add("given-secret-b")
    assert secrets.redact("given-secret-a") == "…"


def test_long_ones_that_were_given_push_out_the_older() -> None:
    """A stranger that gives ever longer tickets does not keep us busy: all are bounded at once."""
    secrets = Secrets("lasting-secret")
    oldest, older, newest = (letter * (MOST_CHARACTERS // 2) for letter in "abc")
    secrets.add(oldest)
    secrets.add(older)
    assert secrets.redact(f"{oldest} {older}") == "… …"
    secrets.add(newest)
    assert secrets.redact(f"{oldest} {older} {newest}") == f"{oldest} … …"
    secrets.add("d" * LONGEST_PASSING)
    assert secrets.redact(f"{newest} {'d' * LONGEST_PASSING}") == f"{newest} …"
    assert secrets.redact("lasting-secret") == "…"


def test_what_is_no_secret_by_its_length() -> None:
    """A server that grants "the" as a ticket does not make its own words unreadable."""
    secrets = Secrets()
    secrets.add("the")
    secrets.add("x" * (LONGEST_PASSING + 1))
    secrets.add("")
    assert secrets.redact("the xx") == "the xx"


def test_nothing_is_blotted_out_for_an_empty_secret() -> None:
    """An application without a client secret has none to hide."""
    assert Secrets("").redact("words") == "words"


def test_a_secret_within_another() -> None:
    """What is left of the longer one would show the rest of it."""
    secrets = Secrets(SECRET, f"{SECRET}-and-more")
    assert secrets.redact(f"{SECRET}-and-more") == "…"


def test_secrets_do_not_show_themselves() -> None:
    """Not even to whoever looks at the object."""
    assert SECRET not in repr(Secrets(SECRET))


@given(
    st.text(), st.text(), st.text(st.characters(codec="utf-8", exclude_characters="…"), min_size=8)
)
def test_a_secret_is_gone_wherever_it_stands(before: str, after: str, secret: str) -> None:
    """Whatever is around it."""
    secrets = Secrets()
    secrets.add(secret)
    left = secrets.redact(f"{before}{secret}{after}")
    assert secret not in left


@pytest.mark.parametrize(
    "written",
    [
        "pa&lt;ss&amp;w&#39;o&quot;rd-ü1",
        "pa&lt;ss&amp;w&#x27;o&quot;rd-ü1",
        "pa&lt;ss&amp;w&apos;o&#34;rd-ü1",
        "pa&lt;ss&amp;w'o&quot;rd-ü1",
        "pa&lt;ss&amp;w&#39;o&quot;rd-&#252;1",
    ],
)
def test_a_secret_on_a_page(written: str) -> None:
    """HTML escapes quotes or not, by name or by number."""
    assert Secrets("pa<ss&w'o\"rd-ü1").redact(f"<p>{written}</p>") == "<p>…</p>"


@pytest.mark.parametrize("written", ["&amp;€&#252;", "&amp;&#8364;&#252;", "&amp;€ü"])
def test_a_secret_beyond_latin_letters_on_a_page(written: str) -> None:
    """Some number all that is beyond ASCII; .NET only what is of Latin-1."""
    assert Secrets("&€ü").redact(written) == "…"


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_secret_in_base64(encode: Callable[[bytes], bytes]) -> None:
    """With and without what pads it."""
    secrets = Secrets("sécret-4711>?")
    written = encode("sécret-4711>?".encode()).decode()
    assert secrets.redact(f"{written} {written.rstrip('=')}").strip("…= ") == ""

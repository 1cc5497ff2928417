"""Which certificates belong together, and what is told of them."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from syseventd_certificates.certificates import (
    Certificate,
    extract,
    format_serial,
    name_chains,
    printable,
)


def certificate(position: int, subject: str, issuer: str, ends: float = 1000.0) -> Certificate:
    return Certificate(position, subject, issuer, subject, "01", 0.0, ends)


@given(st.permutations(range(4)), st.lists(st.floats(0, 1e9), min_size=4, max_size=4))
def test_a_chain_in_any_order_is_one_expiry(order: list[int], ends: list[float]) -> None:
    """It carries the leaf's name and the earliest date of all."""
    names = ["leaf", "lower", "upper", "root"]
    issuers = ["lower", "upper", "root", "root"]
    found = [certificate(i, names[n], issuers[n], ends[n]) for i, n in enumerate(order, start=1)]
    (chain,) = name_chains("/x.pem", found)
    assert (chain.name, chain.expiry.subject, chain.expiry.at) == ("/x.pem", "leaf", min(ends))


def test_the_issuer_that_expires_first_is_named() -> None:
    """A date that is not the leaf's own needs an explanation."""
    found = [certificate(1, "leaf", "ca", 2000), certificate(2, "ca", "ca", 1000)]
    (chain,) = name_chains("/x.pem", found)
    assert (chain.culprit, chain.expiry.at) == ("ca", 1000)


def test_unrelated_certificates_are_numbered_by_their_place() -> None:
    """The first has the file's name, the further ones their number behind it."""
    found = [certificate(i, name, name) for i, name in ((1, "a"), (2, "b"), (4, "c"))]
    assert [c.name for c in name_chains("/x.pem", found)] == ["/x.pem", "/x.pem#2", "/x.pem#4"]


def test_a_chain_with_a_stranger_hides_nobody() -> None:
    """In a bundle each certificate keeps its own date."""
    found = [
        certificate(1, "leaf", "ca", 9),
        certificate(2, "ca", "ca", 5),
        certificate(3, "x", "x", 7),
    ]
    assert [c.expiry.at for c in name_chains("/x.pem", found)] == [9, 5, 7]


def test_two_roots_of_one_name_are_no_chain() -> None:
    """A renewed root has its predecessor's name, and did not issue it."""
    found = [certificate(1, "ca", "ca", 5), certificate(2, "ca", "ca", 9)]
    assert [c.expiry.at for c in name_chains("/x.pem", found)] == [5, 9]


def test_issuers_in_a_circle_are_no_chain() -> None:
    """Cross-signed certificates end no search."""
    circle = [certificate(1, "a", "b"), certificate(2, "b", "a")]
    assert len(name_chains("/x.pem", circle)) == 2
    assert len(name_chains("/x.pem", [certificate(3, "leaf", "a"), *circle])) == 1


def test_nothing_is_no_chain() -> None:
    """A file without certificates has no expiry."""
    assert name_chains("/x.pem", []) == ()


@pytest.mark.parametrize(
    ("number", "text"), [(0, "00"), (1, "01"), (255, "FF"), (0xABC, "0ABC"), (-1, "-01")]
)
def test_a_serial_reads_as_openssl_prints_it(number: int, text: str) -> None:
    """Whole bytes, upper case, no colons."""
    assert format_serial(number) == text


def test_an_endless_serial_is_cut() -> None:
    """It becomes a label; eight megabytes of one are no number that anybody compares."""
    assert format_serial(1 << 40_000) == "01" + "0" * 997 + "…"


def test_the_facts_are_extracted(mint: Any) -> None:
    """Names, serial and both dates of a real certificate."""
    leaf = mint("leaf", issuer=mint("ca"), serial=0xABCDE)
    facts = extract(leaf.certificate, 3)
    assert (facts.position, facts.subject, facts.issuer) == (3, "CN=leaf", "CN=ca")
    assert (facts.common_name, facts.serial, facts.not_after) == ("leaf", "0ABCDE", leaf.ends)
    assert facts.not_before == leaf.certificate.not_valid_before_utc.timestamp()


def test_the_year_9999_means_never(mint: Any) -> None:
    """RFC 5280 writes "no well-defined expiration" like this."""
    endless = mint(ends=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert extract(endless.certificate, 1).not_after == math.inf


class Ancient:
    """A certificate as no library will make one: it holds from the year 1 to the year 2."""

    def __init__(self, sound: x509.Certificate) -> None:
        self.subject, self.issuer, self.serial_number = sound.subject, sound.issuer, 1
        self.not_valid_before_utc = datetime(1, 1, 1, tzinfo=UTC)
        self.not_valid_after_utc = datetime(2, 1, 1, tzinfo=UTC)


def test_a_date_of_antiquity_is_still_a_date(mint: Any) -> None:
    """What can't be told apart from "since ever" is left out, and what ended then has ended."""
    ancient: Any = Ancient(mint().certificate)
    (chain,) = name_chains("/x.pem", [extract(ancient, 1)])
    assert chain.expiry.not_before is None
    assert chain.expiry.at == datetime(1000, 1, 1, tzinfo=UTC).timestamp()


def test_a_certificate_without_a_common_name_has_a_title(mint: Any) -> None:
    """What people call it is never empty."""
    assert extract(mint(name="").certificate, 1).title == "serial 0ABC"
    assert extract(mint(name="x").certificate, 1).title == "x"


@given(st.text(st.characters(exclude_categories=()), max_size=2000))
def test_printable_text_is_one_line_in_utf8(text: str) -> None:
    """Whatever stands in a subject can be logged, sent and shown."""
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown) <= 1000
    assert shown.encode("utf-8").decode() == shown


def test_an_endless_subject_is_cut() -> None:
    """A megabyte of name is no name."""
    assert printable("x" * 2000) == "x" * 999 + "…"
    assert printable("x" * 1000) == "x" * 1000

"""Which certificates belong together, and what is told of them."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from hashlib import sha256
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


def certificate(mark: object, subject: str, issuer: str, ends: float = 1000.0) -> Certificate:
    """Its fingerprint is `mark`."""
    return Certificate(str(mark), subject, issuer, subject, "01", 0.0, ends)


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


@given(st.permutations("ABCD"), st.integers(1, 4))
def test_unrelated_certificates_are_named_by_their_fingerprints(order: list[str], cut: int) -> None:
    """An update that adds, removes or moves one renames no other: silences go on to fit."""
    found = [certificate(mark, f"root {mark}", f"root {mark}") for mark in order]
    names = {c.expiry.subject: c.name for c in name_chains("/x.pem", found)}
    assert names == {f"root {mark}": f"/x.pem#{mark}" for mark in "ABCD"}
    fewer = {c.expiry.subject: c.name for c in name_chains("/x.pem", found[:cut])}
    assert cut == 1 or fewer.items() <= names.items()


def test_what_is_renewed_keeps_its_name() -> None:
    """Alone, with its issuers, or beside authorities' that form no chain with it."""
    authorities = [certificate(mark, "ca", "root") for mark in "AB"]
    for beside in ([], authorities[:1], authorities):
        for mark in "XY":
            found = [*beside, certificate(mark, "leaf", "ca")]
            names = {c.name for c in name_chains("/x.pem", found) if c.expiry.subject == "leaf"}
            assert names == {"/x.pem"}


def test_two_servers_certificates_are_both_named_by_their_fingerprints() -> None:
    """The file is about neither alone."""
    found = [certificate("A", "a", "ca"), certificate("B", "b", "ca"), certificate("C", "ca", "ca")]
    names = {c.name for c in name_chains("/x.pem", found)}
    assert names == {"/x.pem#A", "/x.pem#B", "/x.pem#C"}


def test_what_stands_beside_a_damaged_one_is_named_by_its_fingerprint() -> None:
    """Else a leaf's later date would take the place of its issuer's, which can't be read."""
    leaf = certificate("A", "leaf", "ca")
    (chain,) = name_chains("/x.pem", [leaf], own=leaf, damaged=True)
    assert chain.name == "/x.pem#A"


def test_a_chain_with_a_stranger_hides_nobody() -> None:
    """In a bundle each certificate keeps its own date."""
    found = [
        certificate(1, "leaf", "ca", 9),
        certificate(2, "ca", "ca", 5),
        certificate(3, "x", "x", 7),
    ]
    chains = name_chains("/x.pem", found)
    assert [c.expiry.at for c in chains] == [9, 5, 7]
    assert [c.name for c in chains] == ["/x.pem", "/x.pem#2", "/x.pem#3"]


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
    facts = extract(leaf.certificate)
    assert (facts.subject, facts.issuer) == ("CN=leaf", "CN=ca")
    assert facts.fingerprint == sha256(leaf.der).hexdigest().upper()[:12]
    assert (facts.common_name, facts.serial, facts.not_after) == ("leaf", "0ABCDE", leaf.ends)
    assert facts.not_before == leaf.certificate.not_valid_before_utc.timestamp()


def test_the_year_9999_means_never(mint: Any) -> None:
    """RFC 5280 writes "no well-defined expiration" like this."""
    endless = mint(ends=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert extract(endless.certificate).not_after == math.inf


class Ancient:
    """A certificate as no library will make one: it holds from the year 1 to the year 2."""

    def __init__(self, sound: x509.Certificate) -> None:
        self.subject, self.issuer, self.serial_number = sound.subject, sound.issuer, 1
        self.fingerprint = sound.fingerprint
        self.not_valid_before_utc = datetime(1, 1, 1, tzinfo=UTC)
        self.not_valid_after_utc = datetime(2, 1, 1, tzinfo=UTC)


def test_a_date_of_antiquity_is_still_a_date(mint: Any) -> None:
    """What can't be told apart from "since ever" is left out, and what ended then has ended."""
    ancient: Any = Ancient(mint().certificate)
    (chain,) = name_chains("/x.pem", [extract(ancient)])
    assert chain.expiry.not_before is None
    assert chain.expiry.at == datetime(1000, 1, 1, tzinfo=UTC).timestamp()


def test_a_certificate_without_a_common_name_has_a_title(mint: Any) -> None:
    """What people call it is never empty."""
    assert extract(mint(name="").certificate).title == "serial 0ABC"
    assert extract(mint(name="x").certificate).title == "x"


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

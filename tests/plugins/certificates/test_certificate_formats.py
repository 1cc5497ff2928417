"""PEM, DER and PKCS#12, whole and damaged."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd_certificates.formats import Contents, read_chain, read_contents
from syseventd_certificates.opening import CannotOpen, Opener

DAMAGED = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
CUT_OFF = b"-----BEGIN CERTIFICATE-----\nMIIB"


def read(data: bytes, password: bytes | None = None) -> Contents:
    with Opener(password) as opener:
        return read_contents(data, opener.open)


def subjects(data: bytes, password: bytes | None = None) -> list[str]:
    contents = read(data, password)
    assert contents.fault == ""
    return [certificate.subject for certificate in contents.certificates]


def test_pem_reads_with_text_around_it(mint: Any) -> None:
    """What `openssl x509 -text` writes before the block does no harm, nor does a key behind it."""
    minted = mint("a")
    assert subjects(b"\xef\xbb\xbfCertificate:\n" + minted.pem + minted.key_pem) == ["CN=a"]


def test_pem_reads_with_any_line_ends(mint: Any) -> None:
    """Files from Windows, and from one line."""
    assert subjects(mint("a").pem.replace(b"\n", b"\r\n")) == ["CN=a"]


def test_der_reads(mint: Any) -> None:
    """A .cer from Windows."""
    assert subjects(mint("a").der) == ["CN=a"]


@pytest.mark.parametrize("label", [b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE"])
def test_old_labels_read(mint: Any, label: bytes) -> None:
    """OpenSSL's own labels are certificates too."""
    assert subjects(mint("a").pem.replace(b"CERTIFICATE", label)) == ["CN=a"]


def test_what_openssl_trusts_it_for_is_passed_over(mint: Any) -> None:
    """A trusted certificate has a second element behind the first."""
    body = base64.encodebytes(mint("a").der + b"\x30\x03\x02\x01\x07")
    block = b"-----BEGIN TRUSTED CERTIFICATE-----\n%b-----END TRUSTED CERTIFICATE-----\n" % body
    assert subjects(block) == ["CN=a"]


def test_a_repeated_certificate_counts_once(mint: Any) -> None:
    """A chain with its root twice is a chain."""
    minted = mint("a")
    assert subjects(minted.pem * 3) == ["CN=a"]


def test_a_key_alone_is_no_fault(mint: Any) -> None:
    """PEM without a certificate holds none, and nothing is wrong."""
    assert subjects(mint().key_pem) == []


@pytest.mark.parametrize("password", [b"", b"secret"])
def test_pkcs12_reads_with_its_further_certificates(mint: Any, password: bytes) -> None:
    """The key's own certificate comes first."""
    authority = mint("ca")
    data = mint("leaf", issuer=authority).pkcs12(password, [authority])
    assert subjects(data, password or None) == ["CN=leaf", "CN=ca"]


def test_pkcs12_without_a_password_reads_although_one_is_configured(mint: Any) -> None:
    """Not every file of a folder has the folder's password."""
    assert subjects(mint("leaf").pkcs12(), b"secret") == ["CN=leaf"]


def test_pkcs12_with_another_password_is_a_fault(mint: Any) -> None:
    """The fault says which of the two cases it is."""
    data = mint().pkcs12(b"secret")
    assert "the password is another" in read(data, b"other").fault
    assert "needs a password" in read(data).fault


def test_damaged_blocks_are_counted_while_the_rest_is_read(mint: Any) -> None:
    """The fault names the first of them by its place in the file."""
    contents = read(mint("a").pem + DAMAGED + mint("b").pem + CUT_OFF)
    assert [c.subject for c in contents.certificates] == ["CN=a", "CN=b"]
    assert contents.fault.startswith("2 of 4 certificates damaged, number 2: ")


def test_a_block_without_its_end_is_a_fault(mint: Any) -> None:
    """A file that is being written, or that a disk cut off."""
    contents = read(CUT_OFF + b"\n" + mint("b").pem)
    assert contents.fault == "1 of 2 certificates damaged, number 1: its end is missing"
    assert [c.subject for c in contents.certificates] == ["CN=b"]


def test_a_certificate_that_is_too_large_is_a_fault(mint: Any) -> None:
    """To take apart a name of megabytes would keep the whole daemon waiting."""
    huge = mint().der + bytes(256 * 1024)
    block = b"-----BEGIN CERTIFICATE-----\n%b-----END CERTIFICATE-----\n"
    contents = read(mint("a").pem + block % base64.encodebytes(huge))
    assert contents.fault == "1 of 2 certificates damaged, number 2: it is larger than 256 KiB"
    assert [c.subject for c in contents.certificates] == ["CN=a"]
    assert read_chain([huge]).fault.endswith("it is larger than 256 KiB")


def test_an_end_without_a_beginning_is_passed_over(mint: Any) -> None:
    """There is nothing that it could be the end of."""
    assert subjects(b"-----END CERTIFICATE-----\n" + mint("a").pem) == ["CN=a"]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "is empty"),
        (b"hello", "is neither PEM, DER nor PKCS#12"),
        (b"\x30", "1 of 1 certificates damaged"),
        (b"\x30\x82", "1 of 1 certificates damaged"),
        (b"\x30\x03\x02\x01\x03", "can't be opened"),
        (b"\x30\x80\x02\x01\x03", "can't be opened"),
    ],
)
def test_garbage_is_a_fault(data: bytes, fault: str) -> None:
    """Nothing that can't be read passes for nothing."""
    assert fault in read(data).fault


def refuse(data: bytes) -> bytes:
    raise CannotOpen("by order", passing=False)


@given(st.binary() | st.binary().map(lambda tail: b"0\x82" + tail))
def test_no_bytes_raise(data: bytes) -> None:
    """Any bytes are contents or a fault."""
    assert isinstance(read_contents(data, refuse).fault, str)


@pytest.fixture(scope="module")
def sound(mint: Any) -> bytes:
    return bytes(mint("a").der)


@given(st.dictionaries(st.integers(0, 280), st.integers(0, 255), min_size=1, max_size=4))
def test_no_damage_to_a_certificate_raises(sound: bytes, damage: dict[int, int]) -> None:
    """A certificate with some bytes changed is read or is a fault."""
    damaged = bytearray(sound)
    for place, value in damage.items():
        damaged[place % len(damaged)] = value
    contents = read_chain([bytes(damaged)])
    assert contents.certificates or contents.fault


def test_a_hostile_file_costs_one_pass() -> None:
    """Ten million bytes of beginnings without an end."""
    data = b"-----BEGIN CERTIFICATE-----\n" * (10 * 1024**2 // 28)
    started = time.process_time()
    assert "certificates damaged" in read(data).fault
    assert time.process_time() - started < 10

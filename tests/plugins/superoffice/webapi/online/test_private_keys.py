"""Private keys as people keep them: PEM of any kind, .NET's XML; and what is no key."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as to
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from syseventd_superoffice.rsa_keys import read_private_key


def _key_of(p: int, q: int) -> rsa.RSAPrivateKey:
    """A key made from two primes that everybody knows."""
    d = pow(65537, -1, (p - 1) * (q - 1))
    parts = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *parts, rsa.RSAPublicNumbers(65537, p * q)).private_key()


def _xml(key: rsa.RSAPrivateKey, **changed: str) -> str:
    numbers = key.private_numbers()
    parts = {
        "Modulus": numbers.public_numbers.n,
        "Exponent": numbers.public_numbers.e,
        "P": numbers.p,
        "Q": numbers.q,
        "DP": numbers.dmp1,
        "DQ": numbers.dmq1,
        "InverseQ": numbers.iqmp,
        "D": numbers.d,
    }
    text = {
        name: base64.b64encode(n.to_bytes((n.bit_length() + 7) // 8)).decode()
        for name, n in parts.items()
    } | changed
    lines = "\n".join(f"  <{name}>{value}</{name}>" for name, value in text.items())
    return f"<RSAKeyValue>\n{lines}\n</RSAKeyValue>"


@pytest.mark.parametrize("form", [to.PrivateFormat.PKCS8, to.PrivateFormat.TraditionalOpenSSL])
def test_pem_is_read(application_key: Any, form: to.PrivateFormat) -> None:
    """Both kinds of PEM hold the same key."""
    pem = application_key.private.private_bytes(to.Encoding.PEM, form, to.NoEncryption())
    read = read_private_key(pem.decode())
    assert read.private_numbers() == application_key.private.private_numbers()


def test_xml_is_read(application_key: Any) -> None:
    """The form in which the vendor's samples keep a key."""
    read = read_private_key(_xml(application_key.private))
    assert read.private_numbers() == application_key.private.private_numbers()


def test_a_key_is_checked_once(application_key: Any) -> None:
    """Many tenants of one application share it."""
    assert read_private_key(application_key.pem) is read_private_key(application_key.pem)


@pytest.mark.parametrize("part", ["Modulus", "P", "D", "InverseQ"])
@pytest.mark.parametrize("value", ["", "AQAB", "!", "QUJD" * 3])
def test_xml_whose_numbers_fit_not_together(application_key: Any, part: str, value: str) -> None:
    """A number that was changed makes no key."""
    with pytest.raises(ValueError, match="holds no private RSA key"):
        read_private_key(_xml(application_key.private, **{part: value}))


def test_keys_of_another_kind() -> None:
    """A key for another algorithm, or with a passphrase, is told as such."""
    other = ec.generate_private_key(ec.SECP256R1())
    pem = other.private_bytes(to.Encoding.PEM, to.PrivateFormat.PKCS8, to.NoEncryption())
    with pytest.raises(ValueError, match="holds no private RSA key in PEM"):
        read_private_key(pem.decode())


def test_a_key_that_is_too_short() -> None:
    """It would protect nothing, wherever it comes from."""
    with pytest.raises(ValueError, match="holds an RSA key of 648 bits; that is too short"):
        read_private_key(_xml(_key_of(2**127 - 1, 2**521 - 1)))


def test_a_key_with_a_passphrase(application_key: Any) -> None:
    """Nobody is there to type it."""
    locked = application_key.private.private_bytes(
        to.Encoding.PEM, to.PrivateFormat.PKCS8, to.BestAvailableEncryption(b"x")
    )
    with pytest.raises(ValueError, match="without a passphrase"):
        read_private_key(locked.decode())


def test_a_public_key_is_no_private_one(application_key: Any) -> None:
    """The other half is easily mistaken for it."""
    public = application_key.private.public_key().public_bytes(
        to.Encoding.PEM, to.PublicFormat.SubjectPublicKeyInfo
    )
    with pytest.raises(ValueError, match="holds no private RSA key"):
        read_private_key(public.decode())


def test_a_book_is_no_key(application_key: Any) -> None:
    """What is too long is not looked at."""
    with pytest.raises(ValueError, match="holds no private RSA key"):
        read_private_key(application_key.pem + "\n" * 20_000)


@given(st.text())
def test_any_text_is_refused_with_the_same_words(text: str) -> None:
    """And is not repeated: it may be a secret."""
    for written in (text, f"<RSAKeyValue>{text}</RSAKeyValue>"):
        with pytest.raises(ValueError, match="holds no private RSA key in PEM"):
            read_private_key(written)

"""Reads an application's private RSA key, in PEM or in .NET's XML. Pure."""

from __future__ import annotations

import base64
import binascii
import functools
import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

LONGEST_KEY = 20_000
"""Characters of the longest key that is read: one of 16,384 bits has some 13,000."""

SMALLEST_KEY = 1024
"""Bits. What is smaller protects nothing, and no issuer hands it out."""

_XML_PART = re.compile(
    r"<(Modulus|Exponent|P|Q|DP|DQ|InverseQ|D)>([A-Za-z0-9+/=\s]*)</\1>", re.ASCII
)


@functools.lru_cache(maxsize=256)
def read_private_key(text: str) -> rsa.RSAPrivateKey:
    """The key. Raises ValueError that repeats nothing of it.

    To check a key takes a third of a second: a thousand tenants of one application share it.
    """
    key = None
    if len(text) <= LONGEST_KEY:
        key = _from_xml(text) if "<RSAKeyValue>" in text else _from_pem(text)
    if key is None:
        raise ValueError("holds no private RSA key in PEM (without a passphrase) or in .NET's XML")
    if key.key_size < SMALLEST_KEY:
        raise ValueError(f"holds an RSA key of {key.key_size} bits; that is too short to be safe")
    return key


def _from_pem(text: str) -> rsa.RSAPrivateKey | None:
    try:
        key = serialization.load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, rsa.RSAPrivateKey) else None


def _from_xml(text: str) -> rsa.RSAPrivateKey | None:
    """Its eight numbers, found by name: no XML parser, hence nothing that one can be led to do."""
    found = dict(_XML_PART.findall(text))
    try:
        part = {
            name: int.from_bytes(base64.b64decode("".join(value.split()), validate=True))
            for name, value in found.items()
        }
        public = rsa.RSAPublicNumbers(part["Exponent"], part["Modulus"])
        return rsa.RSAPrivateNumbers(
            part["P"], part["Q"], part["D"], part["DP"], part["DQ"], part["InverseQ"], public
        ).private_key()
    except (KeyError, ValueError, binascii.Error):
        return None

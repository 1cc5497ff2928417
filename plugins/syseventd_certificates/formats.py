"""From bytes to the certificates in them: PEM, DER and PKCS#12, told apart by their content."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from cryptography import x509

from syseventd_certificates.certificates import Certificate, extract, printable
from syseventd_certificates.opening import CannotOpen

_ANY_PEM = b"-----BEGIN "
_MARKER = re.compile(rb"-----(BEGIN|END) (X509 |TRUSTED )?CERTIFICATE-----")
_SEQUENCE = b"\x30"
_INTEGER = b"\x02"
_LONG_LENGTH = 0x80

MOST_BYTES = 256 * 1024
"""Of one certificate. Servers can't show a longer one, and a name that fills megabytes keeps
everybody waiting while it is taken apart."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Contents:
    """The certificates in a file; `fault` says in words what could not be read, if anything.

    `passing` says that the same file may well be read without fault at another time.
    """

    certificates: tuple[Certificate, ...] = ()
    fault: str = ""
    passing: bool = False


def read_contents(data: bytes, open_pkcs12: Callable[[bytes], bytes]) -> Contents:
    """The certificates in a file's `data`. PEM without any, a private key say, is no fault.

    `open_pkcs12` gives the certificates of such a file as PEM, or raises CannotOpen.
    """
    if not data:
        return Contents(fault="is empty")
    if _ANY_PEM in data:
        return _collect(_split_pem(data), _load_block)
    if not data.startswith(_SEQUENCE):
        return Contents(fault="is neither PEM, DER nor PKCS#12")
    # PKCS#12 begins with its version, a number; a certificate with a further sequence.
    header, _ = _measure(data)
    if data.startswith(_INTEGER, header):
        return _read_pkcs12(data, open_pkcs12)
    return read_chain([data])


def read_chain(chain: Iterable[bytes]) -> Contents:
    """The certificates in a TLS server's reply, each in DER."""
    return _collect(chain, _load)


def _collect(items: Iterable[T], load: Callable[[T], x509.Certificate]) -> Contents:
    """What `load` makes of each item; repeated certificates once; the damaged ones counted."""
    found: dict[x509.Certificate, Certificate] = {}
    damaged, first_fault, position = 0, "", 0
    for position, item in enumerate(items, start=1):
        try:
            certificate = load(item)
            if certificate not in found:
                found[certificate] = extract(certificate)
        except Exception as error:  # a malformed certificate raises nearly anything
            damaged += 1
            first_fault = first_fault or f"number {position}: {printable(str(error))}"
    fault = f"{damaged} of {position} certificates damaged, {first_fault}" if damaged else ""
    return Contents(tuple(found.values()), fault)


def _split_pem(data: bytes) -> Iterator[tuple[bytes, bytes] | None]:
    """Each certificate block as its label and its text; None for one that is cut off.

    One pass over the markers, however they are mixed: a hostile file costs no more than another.
    """
    begin: re.Match[bytes] | None = None
    for marker in _MARKER.finditer(data):
        if marker[1] == b"BEGIN":
            if begin is not None:
                yield None
            begin = marker
        elif begin is not None:
            yield begin[2] or b"", data[begin.end() : marker.start()]
            begin = None
    if begin is not None:
        yield None


def _load_block(block: tuple[bytes, bytes] | None) -> x509.Certificate:
    if block is None:
        raise ValueError("its end is missing")
    label, text = block
    der = base64.b64decode(b"".join(text.split()), validate=True)
    if label == b"TRUSTED ":
        # What OpenSSL trusts it for stands behind the certificate.
        header, length = _measure(der)
        der = der[: header + length]
    return _load(der)


def _load(der: bytes) -> x509.Certificate:
    if len(der) > MOST_BYTES:
        raise ValueError(f"it is larger than {MOST_BYTES // 1024} KiB")
    return x509.load_der_x509_certificate(der)


def _measure(der: bytes) -> tuple[int, int]:
    """How many bytes the header of the first DER element takes, and how many its content."""
    short = der[1] if len(der) > 1 else 0
    if short <= _LONG_LENGTH:
        return 2, short
    header = 2 + short - _LONG_LENGTH
    return header, int.from_bytes(der[2:header], "big")


def _read_pkcs12(data: bytes, open_pkcs12: Callable[[bytes], bytes]) -> Contents:
    try:
        return _collect(_split_pem(open_pkcs12(data)), _load_block)
    except CannotOpen as error:
        return Contents(fault=printable(str(error)), passing=error.passing)

"""What we want to know of a certificate, and which certificates belong together as a chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography.x509.oid import NameOID

from syseventd import NEVER, Expiry, Timestamp

if TYPE_CHECKING:
    from cryptography import x509

MOST_CHARACTERS = 1000
"""A subject, or a serial, may be of any length; what is longer than this was made to do harm."""

_LAST_YEAR = 9000
"""RFC 5280 writes "no end" as the year 9999."""

_FIRST = datetime(1000, 1, 1, tzinfo=UTC)
"""Before it nothing was signed: a year like 1 stands for "since ever"."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The facts of one certificate; `position` counts from 1 in the file or reply it came in."""

    position: int
    subject: str
    issuer: str
    common_name: str
    serial: str
    not_before: Timestamp | None
    not_after: Timestamp

    @property
    def title(self) -> str:
        """What people call it."""
        return self.common_name or self.subject or f"serial {self.serial}"


@dataclass(frozen=True, slots=True)
class Chain:
    """A certificate with those that issued it, as far as they are there, under one name.

    `expiry` is the earliest of the chain, told of the certificate that the others vouch for.
    `common_name` is that certificate's; `culprit` is the issuer that expires before it, if any.
    """

    expiry: Expiry
    common_name: str
    culprit: str = ""

    @property
    def name(self) -> str:
        return self.expiry.name


def extract(certificate: x509.Certificate, position: int) -> Certificate:
    """The facts of `certificate`. Raises ValueError, and others, where it is malformed."""
    subject = certificate.subject
    names = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return Certificate(
        position=position,
        subject=printable(subject.rfc4514_string()),
        issuer=printable(certificate.issuer.rfc4514_string()),
        common_name=printable(str(names[-1].value)) if names else "",
        serial=format_serial(certificate.serial_number),
        not_before=_start(certificate.not_valid_before_utc),
        not_after=_end(certificate.not_valid_after_utc),
    )


def printable(text: str) -> str:
    """`text` on one line, without control characters, of bounded length."""
    if len(text) > MOST_CHARACTERS:
        text = text[: MOST_CHARACTERS - 1] + "…"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " for c in text)


def format_serial(number: int) -> str:
    """Whole bytes in upper-case hexadecimal, as `openssl x509 -serial` prints them."""
    digits = f"{abs(number):X}"
    digits = digits.rjust(len(digits) + len(digits) % 2, "0")
    return printable(f"-{digits}" if number < 0 else digits)


def _start(at: datetime) -> Timestamp | None:
    return at.timestamp() if at >= _FIRST else None


def _end(at: datetime) -> Timestamp:
    return NEVER if at.year >= _LAST_YEAR else max(at, _FIRST).timestamp()


def name_chains(where: str, certificates: Sequence[Certificate]) -> tuple[Chain, ...]:
    """What was found at `where`, named.

    If all of it is one chain, in whatever order, it is one thing. Else every certificate stands
    for itself, with its position in its name: nothing hides behind an earlier date.
    """
    if chain := _as_chain(certificates):
        return (_join(where, chain),)
    return tuple(_join(where, [certificate]) for certificate in certificates)


def _join(where: str, chain: Sequence[Certificate]) -> Chain:
    leaf = chain[0]
    first = min(chain, key=lambda c: c.not_after)
    position = min(c.position for c in chain)
    expiry = Expiry(
        kind="certificate",
        name=where if position == 1 else f"{where}#{position}",
        at=first.not_after,
        not_before=leaf.not_before,
        subject=leaf.subject,
        issuer=leaf.issuer,
        serial=leaf.serial,
    )
    return Chain(expiry, leaf.common_name, culprit="" if first is leaf else first.title)


def _as_chain(certificates: Sequence[Certificate]) -> list[Certificate] | None:
    """All of `certificates`, each followed by its issuer, or None if they are no single chain."""
    issuers = {c.issuer for c in certificates if c.issuer != c.subject}
    leaves = [c for c in certificates if c.subject not in issuers]
    if len(leaves) != 1:
        return None
    by_subject = {c.subject: c for c in certificates}
    chain = [by_subject.pop(leaves[0].subject)]
    while issuer := by_subject.pop(chain[-1].issuer, None):
        chain.append(issuer)
    return chain if len(chain) == len(certificates) else None

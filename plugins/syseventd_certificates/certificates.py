"""What we want to know of a certificate, and which certificates belong together as a chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from syseventd import NEVER, Expiry, Timestamp

if TYPE_CHECKING:
    from cryptography import x509

MOST_CHARACTERS = 1000
"""A subject, or a serial, may be of any length; what is longer than this was made to do harm."""

FINGERPRINT_DIGITS = 12
"""So many of a SHA-256 fingerprint's 64: enough to tell apart all that any file holds."""

_LAST_YEAR = 9000
"""RFC 5280 writes "no end" as the year 9999."""

_FIRST = datetime(1000, 1, 1, tzinfo=UTC)
"""Before it nothing was signed: a year like 1 stands for "since ever"."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The facts of one certificate; `fingerprint` is how its SHA-256 one begins, as openssl's."""

    fingerprint: str
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
    `title` is what people call that one; `culprit` is the issuer that expires before it, if any.
    """

    expiry: Expiry
    title: str
    culprit: str = ""

    @property
    def name(self) -> str:
        return self.expiry.name


def extract(certificate: x509.Certificate) -> Certificate:
    """The facts of `certificate`. Raises ValueError, and others, where it is malformed."""
    subject = certificate.subject
    names = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return Certificate(
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex()[:FINGERPRINT_DIGITS].upper(),
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


def name_chains(
    where: str,
    certificates: Sequence[Certificate],
    *,
    own: Certificate | None = None,
    damaged: bool = False,
) -> tuple[Chain, ...]:
    """What was found at `where`, named.

    If all of it is one chain, in whatever order, it is one thing, named by its place: what is
    renewed there keeps its name. Else every certificate stands for itself, with its fingerprint
    in its name: nothing hides behind an earlier date, and one that comes or goes renames no
    other. Only the one that the place is about, `own` or the only one that is no authority's,
    has the place's name alone. Where a part is `damaged` nobody knows what that belonged to:
    then none has it.
    """
    if not damaged and (chain := _as_chain(certificates)):
        return (_join(where, chain),)
    plain = None if damaged else own or _only_leaf(certificates)
    return tuple(
        _join(where if c is plain else f"{where}#{c.fingerprint}", [c]) for c in certificates
    )


def _join(name: str, chain: Sequence[Certificate]) -> Chain:
    leaf = chain[0]
    first = min(chain, key=lambda c: c.not_after)
    expiry = Expiry(
        kind="certificate",
        name=name,
        at=first.not_after,
        not_before=leaf.not_before,
        subject=leaf.subject,
        issuer=leaf.issuer,
        serial=leaf.serial,
    )
    return Chain(expiry, leaf.title, culprit="" if first is leaf else first.title)


def _as_chain(certificates: Sequence[Certificate]) -> list[Certificate] | None:
    """All of `certificates`, each followed by its issuer, or None if they are no single chain."""
    leaves = _leaves(certificates)
    if len(leaves) != 1:
        return None
    by_subject = {c.subject: c for c in certificates}
    chain = [by_subject.pop(leaves[0].subject)]
    while issuer := by_subject.pop(chain[-1].issuer, None):
        chain.append(issuer)
    return chain if len(chain) == len(certificates) else None


def _only_leaf(certificates: Sequence[Certificate]) -> Certificate | None:
    """The one that vouches for none, itself included, if there is just one."""
    leaves = [c for c in _leaves(certificates) if c.issuer != c.subject]
    return leaves[0] if len(leaves) == 1 else None


def _leaves(certificates: Sequence[Certificate]) -> list[Certificate]:
    """Those that vouch for no other."""
    issuers = {c.issuer for c in certificates if c.issuer != c.subject}
    return [c for c in certificates if c.subject not in issuers]

"""Watches certificates: PEM, DER and PKCS#12 files, folders of them, and TLS endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syseventd import Target, hookimpl
from syseventd.interface import EventKind, SourceType, TargetType
from syseventd.settings import SourceSettings
from syseventd_certificates.settings import CertificatesSettings

if TYPE_CHECKING:
    from syseventd_certificates.source import CertificatesSource

INTERVAL = 3600.0
TIMEOUT = 30.0


@hookimpl
def target_types() -> list[TargetType]:
    """Files, folders and endpoints that are watched together."""
    return [
        TargetType(
            "certificates",
            settings=CertificatesSettings,
            description="certificates in files, in folders and at TLS endpoints",
        )
    ]


@hookimpl
def source_types() -> list[SourceType]:
    """The one thing there is to ask: until when do they hold?"""
    return [
        SourceType(
            "certificates",
            target_type="certificates",
            create=_create,
            interval=INTERVAL,
            timeout=TIMEOUT,
            description="until when each certificate holds",
        )
    ]


@hookimpl
def event_kinds() -> list[EventKind]:
    """What can happen to a certificate."""
    return [
        EventKind(
            "certificate-expiring",
            title="Certificate expires",
            effect="Once it has expired, clients refuse to connect to what it protects.",
        ),
        EventKind(
            "certificate-unreadable",
            title="Certificate can't be read",
            effect="Whether it expires or was renewed goes unnoticed; its last known date stays.",
        ),
    ]


def _create(target: Target, connection: None, settings: SourceSettings) -> CertificatesSource:
    # Imported here: who only lists plugins need not load a cryptographic library.
    from syseventd_certificates.source import CertificatesSource

    assert isinstance(target.settings, CertificatesSettings)  # noqa: S101 - the daemon made it
    return CertificatesSource(target.settings, settings.timeout or TIMEOUT)

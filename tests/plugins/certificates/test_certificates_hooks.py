"""What the plugin offers to the daemon."""

from __future__ import annotations

import subprocess
import sys

import syseventd_certificates as plugin
from syseventd import Target
from syseventd.interface import SourceType
from syseventd.settings import SourceSettings
from syseventd_certificates.settings import CertificatesSettings
from syseventd_certificates.source import CertificatesSource


def test_a_target_type_is_offered() -> None:
    """`type = "certificates"` is known, with its settings."""
    (target_type,) = plugin.target_types()
    assert (target_type.name, target_type.settings) == ("certificates", CertificatesSettings)


def test_a_source_type_is_offered() -> None:
    """Its source asks hourly, and for half a minute at most."""
    (source_type,) = plugin.source_types()
    assert (source_type.name, source_type.target_type) == ("certificates", "certificates")
    assert (source_type.interval, source_type.timeout) == (3600, 30)


def test_the_source_is_made_from_the_target() -> None:
    """`create` makes what probes the target."""
    source_type: SourceType = plugin.source_types()[0]
    settings = CertificatesSettings.model_validate({"paths": ["/a"]})
    target = Target("host", "certificates", settings)
    assert isinstance(source_type.create(target, None, SourceSettings()), CertificatesSource)


def test_both_event_kinds_have_a_title_and_an_effect() -> None:
    """Who is woken by one reads what it means."""
    kinds = {kind.name: kind for kind in plugin.event_kinds()}
    assert kinds.keys() == {"certificate-expiring", "certificate-unreadable"}
    assert all(kind.title and kind.effect for kind in kinds.values())


def test_listing_the_plugin_loads_no_cryptography() -> None:
    """The library is heavy, and only a probe needs it."""
    code = (
        "import sys, syseventd_certificates as p; p.target_types(); p.source_types();"
        "print('cryptography' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout == "False\n"

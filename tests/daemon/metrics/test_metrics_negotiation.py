"""Which text a client gets, and whether compressed: by its Accept headers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syseventd.metrics import Format
from syseventd.metrics.negotiation import wanted_format, wants_gzip

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", Format.TEXT),
        ("*/*", Format.TEXT),
        ("text/html,application/xhtml+xml,*/*;q=0.8", Format.TEXT),
        (OPENMETRICS, Format.OPENMETRICS),
        ("Application/OpenMetrics-Text;Version=1.0.0", Format.OPENMETRICS),
        ('application/openmetrics-text;version="1.0.0"', Format.OPENMETRICS),
        ("application/openmetrics-text", Format.TEXT),
        ("application/openmetrics-text; version=0.0.1", Format.TEXT),
        (f"{OPENMETRICS};q=0", Format.TEXT),
        (f"{OPENMETRICS};q=0.000, */*;q=0", Format.TEXT),
        (f"{OPENMETRICS};q=0.5,text/plain;version=0.0.4;q=0.4", Format.OPENMETRICS),
        (f"{OPENMETRICS};q=0.4,text/plain;version=0.0.4;q=0.5", Format.TEXT),
        (f"text/plain;version=0.0.4,{OPENMETRICS}", Format.OPENMETRICS),
        (f"*/*,{OPENMETRICS};q=0.9", Format.TEXT),
        (f"*/*,text/plain;q=0.1,{OPENMETRICS};q=0.9", Format.OPENMETRICS),
        (f"text/*;q=0.95,*/*;q=0.1,{OPENMETRICS};q=0.9", Format.TEXT),
        (f"text/plain;version=1.0.0,{OPENMETRICS};q=0.3", Format.OPENMETRICS),
        (f"{OPENMETRICS};q=nan", Format.TEXT),
        (f"{OPENMETRICS};q=2", Format.TEXT),
        (f"{OPENMETRICS};escaping=allow-utf-8;q=0.6,*/*;q=0.1", Format.OPENMETRICS),
    ],
)
def test_the_liked_text_is_given(accept: str, form: Format) -> None:
    """OpenMetrics 1.0.0 where it is asked for at least as gladly, else the text format."""
    assert wanted_format(accept) is form


@pytest.mark.parametrize(
    "accept",
    [
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
        "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
        "application/openmetrics-text;version=0.0.1;q=0.5,"
        "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,"
        "*/*;q=0.2",
    ],
)
def test_prometheus_gets_openmetrics(accept: str) -> None:
    """What Prometheus 2 and 3 send."""
    assert wanted_format(accept) is Format.OPENMETRICS


@pytest.mark.parametrize(
    ("accept", "zipped"),
    [
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("br;q=1, gzip ; q=0.2", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("*, gzip;q=0", False),
        ("*;q=0, gzip", True),
        ("*;q=0", False),
        ("identity", False),
        ("gzip;q=much", False),
    ],
)
def test_gzip_for_those_who_read_it(accept: str, zipped: bool) -> None:
    """Compressed where gzip is welcome; "*" speaks for it only where it isn't named."""
    assert wants_gzip(accept) is zipped


@given(st.text())
def test_no_header_breaks_it(header: str) -> None:
    """Whatever a header says, there is an answer."""
    assert wanted_format(header) in Format
    assert wants_gzip(header) in (True, False)

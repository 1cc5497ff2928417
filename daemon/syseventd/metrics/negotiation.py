"""What a client wants, from its Accept headers: which of two texts, and whether compressed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from syseventd.metrics.text import Format

_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")
_OPENMETRICS = "application/openmetrics-text"


class _Offer(NamedTuple):
    """One item of such a header, in lower case, and how much the client likes it, from 0 to 1."""

    name: str
    parameters: Mapping[str, str]
    quality: float


def wanted_format(accept: str) -> Format:
    """OpenMetrics for those who read its version 1.0.0 at least as gladly as the text format."""
    openmetrics = text = 0.0
    closest = -1
    for offer in _offers(accept):
        version = offer.parameters.get("version")
        if offer.name == _OPENMETRICS and version == "1.0.0":
            openmetrics = max(openmetrics, offer.quality)
        closeness = _closeness(offer.name, version)
        if closeness > closest:
            closest, text = closeness, offer.quality
    return Format.OPENMETRICS if 0 < openmetrics >= text else Format.TEXT


def wants_gzip(accept_encoding: str) -> bool:
    """Whether gzip is named, or else anything is welcome, and not with a quality of 0."""
    qualities = {offer.name: offer.quality for offer in _offers(accept_encoding)}
    return qualities.get("gzip", qualities.get("*", 0.0)) > 0


def _closeness(name: str, version: str | None) -> int:
    """How precisely an offer speaks of the text format; -1: of another one."""
    if name == "text/plain" and version in (None, "0.0.4"):
        return 3 if version else 2
    return {"text/*": 1, "*/*": 0}.get(name, -1)


def _offers(header: str) -> Iterator[_Offer]:
    for item in header.split(","):
        name, *rest = (part.strip() for part in item.split(";"))
        pairs = [part.partition("=") for part in rest]
        parameters = {key.strip().lower(): value.strip().strip('"') for key, _, value in pairs}
        quality = parameters.pop("q", "1")
        # What can't be read is taken for a refusal: the text format is for everyone anyway.
        yield _Offer(
            name.lower(), parameters, float(quality) if _QUALITY.fullmatch(quality) else 0.0
        )

"""What `/api` tells anybody: which versions answer here, and that all of it is simulated."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from syseventd_superoffice.simulator.licensing import COMPANY
from syseventd_superoffice.simulator.reading import Reading
from syseventd_superoffice.simulator.world import Product

TITLE = "A simulated CRM installation"


def versions(base_url: str, product: Product, reading: Reading) -> dict[str, str]:
    """The vendor's keys, with values that nobody can take for a real installation's."""
    return {
        "v1": base_url,
        "NetServerVersion": product.version,
        "NetServerAssembly": "syseventd_superoffice.simulator (simulated)",
        "NetServerDate": reading.utc(product.built),
        "NetServerLabel": product.label,
        "NetServer": product.label,
        "Services": "Services87",
        "ServicesCurrent": "Services88",
        "Version": "v1",
        "Documentation": TITLE,
    }


def as_html(facts: Mapping[str, str]) -> str:
    """The same for a person with a browser."""
    rows = "\n".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts.items()
    )
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{TITLE}</title>
<h1>{TITLE}</h1>
<p>{escape(COMPANY)}: nothing here is real. It answers as a SuperOffice WebAPI does, for trying
out syseventd.</p>
<table>
{rows}
</table>
</html>
"""

"""Which hosts our login may go to online: SuperOffice's own, and this machine in tests. Pure."""

from __future__ import annotations

from ipaddress import ip_address

from yarl import URL

VENDOR = "superoffice.com"

LONGEST_ADDRESS = 500


def is_vendors(url: URL) -> bool:
    """Whether an address is SuperOffice's: https, a name below superoffice.com, the usual port."""
    below = is_online(url) and (url.host or "").rstrip(".").lower() != VENDOR
    return url.scheme == "https" and url.port == 443 and below and _is_plain(url)


def is_online(url: URL) -> bool:
    """Whether an address leads to SuperOffice Online, whichever way it is written."""
    host = (url.host or "").lower().rstrip(".")
    return host == VENDOR or host.endswith(f".{VENDOR}")


def is_loopback(url: URL) -> bool:
    """Whether an address leads to this machine."""
    host = url.host or ""
    try:
        here = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
    return here and url.scheme in ("http", "https") and _is_plain(url)


def endpoint_of(text: object, tenant: str, login_host: str) -> str | None:
    """Where SuperOffice says that a tenant is, without a slash at its end; None if it can't be.

    Replies say it, and replies can be forged: only an address of SuperOffice's that ends with
    the tenant's own name will do. A tenant whose login host is this machine is on this machine.
    """
    if not isinstance(text, str) or len(text) > LONGEST_ADDRESS or not text.isascii():
        return None
    try:
        url = URL(text.strip())
        allowed = is_loopback(url) if is_loopback(URL(login_host)) else is_vendors(url)
        path = url.raw_path.rstrip("/")
    except ValueError:
        return None
    path = path.removesuffix("/api")
    if not allowed or url.raw_query_string or url.raw_fragment:
        return None
    if path.lower() != f"/{tenant.lower()}":
        return None
    return f"{url.origin()}{path}"


def _is_plain(url: URL) -> bool:
    return url.user is None and url.password is None
